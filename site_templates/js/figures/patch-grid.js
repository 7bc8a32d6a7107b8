/** The photo under a grid of patches: how many there are, and how long each one's vector is. */

import { wireControls } from "../controls.js";
import { fill, find, noteShown, thousands } from "../elements.js";
import { photoById } from "../manifest.js";
import { patchGrid, placeWords, tokenOf } from "../patch-grid.js";
import { createPatchPicker } from "../patch-picker.js";
import { showPicture } from "../picture.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest } = context;
  const picture = find(root, "picture");
  const sizes = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-size]")]);
  const live = find(root, "[data-spoken]");
  const controls = wireControls(root, context);

  const picker = createPatchPicker(root, state, {
    label: "The photo's patches",
    describe: (cell) => {
      const { rows, cols, tokens } = patchGrid(state.get().patchSize);
      return `${placeWords(cell)} of ${rows} by ${cols}: patch ${tokenOf(cell.row, cell.col, cols) + 1} of ${tokens}`;
    },
  });

  const show = () => {
    const { photo: id, patchSize } = state.get();
    const photo = photoById(manifest, id);
    const { rows, cols, tokens, vectorLength } = patchGrid(patchSize);
    const cell = picker.show();
    showPicture(picture, photo.display, photo.alt);
    noteShown(root, photo);
    fill(root, {
      patchSize,
      grid: `${rows} × ${cols}`,
      tokens,
      vector: thousands(vectorLength),
      row: cell.row + 1,
      column: cell.col + 1,
      number: tokenOf(cell.row, cell.col, cols) + 1,
    });
    for (const line of sizes) line.toggleAttribute("data-current", line.dataset.size === String(patchSize));
  };
  const unsubscribe = state.subscribe((_, changed) => {
    if (!changed.has("photo") && !changed.has("at") && !changed.has("patchSize")) return;
    show();
    const { patchSize } = state.get();
    const { tokens, vectorLength } = patchGrid(patchSize);
    if (changed.has("patchSize")) live.textContent = `${tokens} patches of ${thousands(vectorLength)} numbers`;
  });
  show();
  return {
    destroy() {
      unsubscribe();
      picker.destroy();
      controls.destroy();
    },
  };
}
