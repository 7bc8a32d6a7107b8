/** A map of what was measured on each patch: heatmap, readout and table, of values that are counted in a unit. */

import { find } from "./elements.js";
import { createHeatmap } from "./heatmap.js";
import { cellAt, centerOf, tokenOf } from "./patch-grid.js";
import { createWeightTable } from "./weight-table.js";

/**
 * @param {object} parts
 * @param {ParentNode} parts.root holds the `.heatmap` and the `[data-readout]`
 * @param {HTMLElement} parts.table the `[data-weights]`
 * @param {HTMLElement} parts.live where keyboard readings are announced
 * @param {number} parts.rows
 * @param {number} parts.cols
 * @param {string} parts.unit what the values count
 * @param {Pick<import("./main.js").Context, "state" | "colormap">} context
 * @returns {{draw: (values: ArrayLike<number>, maximum: number) => void, destroy: () => void}} values (rows*cols,)
 */
export function createMeasuredMap({ root, table, live, rows, cols, unit }, { state, colormap }) {
  const readout = find(root, "[data-readout]");
  const numbers = createWeightTable(table);
  /** @type {ArrayLike<number>} */
  let shown = [];

  /** @param {number} row @param {number} col */
  const describe = (row, col) =>
    `row ${row + 1}, column ${col + 1}: ${(shown[tokenOf(row, col, cols)] ?? 0).toFixed(2)} ${unit}`;
  const readHere = () => {
    const { row, col } = cellAt(state.get().at, rows, cols);
    readout.textContent = describe(row, col);
  };
  const heatmap = createHeatmap(find(root, ".heatmap"), {
    rows,
    cols,
    colormap,
    label: find(root, ".heatmap").dataset.label ?? "",
    describe,
    onPick: (row, col) => state.set({ at: centerOf(row, col, rows, cols) }),
    onRead: (cell, how) => {
      if (cell) readout.textContent = describe(cell.row, cell.col);
      else readHere();
      if (cell && how === "keyboard") live.textContent = describe(cell.row, cell.col);
    },
  });
  return {
    draw(values, maximum) {
      shown = values;
      heatmap.draw({ weights: values, query: cellAt(state.get().at, rows, cols), maximum });
      numbers.show(values, null);
      readHere();
    },
    destroy: heatmap.destroy,
  };
}
