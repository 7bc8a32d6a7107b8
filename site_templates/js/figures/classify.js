/** What ViT-B/16 calls a photo, and what has reached the CLS token from which it reads the name. */

import { wireControls } from "../controls.js";
import { fill, find, setAttributes } from "../elements.js";
import { followReal } from "../follow-real.js";
import { createMeasuredMap, inUnits } from "../measured-map.js";
import { brightest, patchShares, recipeOf, rolloutStep } from "../real-measures.js";
import { showUnitLegend } from "../unit-legend.js";

const MODEL = "vit_b_16";
const STEPS = "vit_b_16_rollout";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const fixedMaximum = Number(root.dataset.maximum);
  const lines = [...root.querySelectorAll("[data-rank]")];
  const controls = wireControls(root, context);
  const map = createMeasuredMap(
    { root, table: find(root, "[data-weights]"), live: find(root, "[data-spoken]"), rows, cols, tell: inUnits("even shares") },
    context,
  );

  /** @param {import("../follow-real.js").Files} files */
  const draw = ({ [MODEL]: document, [STEPS]: pack }) => {
    const { scale } = state.get();
    const row = rolloutStep(pack, recipeOf(document.rollout, "mean", 0), document.layers - 1);
    const shares = patchShares(row);
    const spot = brightest(shares, cols);
    const absolute = scale === "absolute";
    const maximum = absolute ? fixedMaximum : spot.shares;
    map.draw(shares, maximum);
    showUnitLegend(root, maximum, absolute);
    lines.forEach((line, rank) => {
      const { label, probability } = document.top5[rank];
      const percent = 100 * probability;
      fill(line, { label, probability: `${percent.toFixed(1)}%` });
      setAttributes(find(line, "[data-bar]"), { width: `${percent.toFixed(2)}%` });
    });
    fill(root, {
      kept: (100 * row[0]).toFixed(1),
      row: spot.row + 1,
      column: spot.col + 1,
      brightest: spot.shares.toFixed(1),
    });
  };

  const following = followReal(root, context, { wanted: () => [MODEL, STEPS], model: MODEL }, draw);
  return {
    destroy() {
      following.destroy();
      map.destroy();
      controls.destroy();
    },
  };
}
