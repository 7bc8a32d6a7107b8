/** One map of the real ViT, large: any layer and head, for CLS or a patch, both ways. */

import { topK } from "../attention.js";
import { wireControls } from "../controls.js";
import { find } from "../elements.js";
import { followReal } from "../follow-real.js";
import { askingToken, createRealMap } from "../real-map.js";
import { filesFor, mapsOf, patchesOf } from "../real-vit.js";
import { showTop } from "../top.js";
import { createWeightTable } from "../weight-table.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const grid = /** @type {[number, number]} */ ([Number(root.dataset.rows), Number(root.dataset.cols)]);
  const lines = [...root.querySelectorAll("[data-rank]")];
  const table = createWeightTable(find(root, "[data-weights]"));
  const controls = wireControls(root, context);
  const large = createRealMap(root, context);

  const following = followReal(
    root,
    context,
    { wanted: (state) => filesFor(state.layer, askingToken(state, grid), state.direction) },
    (files, state) => {
      const token = askingToken(state, grid);
      const maps = mapsOf(files, state.layer, token, state.direction);
      if (!maps) return;
      const own = state.direction === "to" ? maps : (mapsOf(files, state.layer, token, "to") ?? maps);
      const patches = patchesOf(large.draw(maps, own, state));
      const query = token > 0 ? token - 1 : null;
      table.show(patches, query);
      showTop(lines, topK(patches, lines.length), query, grid[1]);
    },
  );
  return {
    destroy() {
      following.destroy();
      large.destroy();
      controls.destroy();
    },
  };
}
