/** A map of what was measured on each patch: heatmap, readout and table. At rest it reads the query point's patch. */

import { find } from "./elements.js";
import { cellAt } from "./patch-grid.js";
import { createReadMap } from "./read-map.js";
import { createWeightTable } from "./weight-table.js";

/**
 * @param {object} parts
 * @param {ParentNode} parts.root holds the `.heatmap` and the `[data-readout]`
 * @param {HTMLElement} parts.table the `[data-weights]`
 * @param {HTMLElement} parts.live where keyboard readings are announced
 * @param {number} parts.rows
 * @param {number} parts.cols
 * @param {(value: number) => string} parts.tell a value, after its place: ": 1.25 even shares"
 * @param {Pick<import("./main.js").Context, "state" | "colormap">} context
 * @returns {{draw: (values: ArrayLike<number>, maximum: number) => void, destroy: () => void}} values (rows*cols,)
 */
export function createMeasuredMap({ root, table, live, rows, cols, tell }, { state, colormap }) {
  const readout = find(root, "[data-readout]");
  const numbers = createWeightTable(table);
  /** @type {ArrayLike<number>} at first the build's, where its table holds them */
  let shown = numbers.read();
  const here = () => map.describe(cellAt(state.get().at, rows, cols));
  const map = createReadMap(find(root, ".heatmap"), {
    rows,
    cols,
    colormap,
    tell: (token) => (token in shown ? tell(shown[token]) : ""),
    readout,
    live,
    rest: here,
    onPick: (at) => state.set({ at }),
  });
  return {
    draw(values, maximum) {
      shown = values;
      map.draw({ weights: values, at: state.get().at, maximum });
      numbers.show(values, null);
      readout.textContent = here();
    },
    destroy: map.destroy,
  };
}

/** Values that are counted in a unit. @param {string} unit @returns {(value: number) => string} */
export function inUnits(unit) {
  return (value) => `: ${value.toFixed(2)} ${unit}`;
}
