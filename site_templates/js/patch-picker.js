/** The patches over a square picture, as many as the reader's patch size makes: one is read, a picked one asks. */

import { createCellGrid } from "./cell-grid.js";
import { find } from "./elements.js";
import { cellAt, centerOf, patchGrid } from "./patch-grid.js";
import { createPatchMarks } from "./patch-marks.js";

/** @typedef {import("./patch-grid.js").Cell} Cell */

/**
 * @param {HTMLElement} root the figure: its `[data-cells]`, `[data-marks]` and `[data-spoken]`
 * @param {import("./state.js").Store} state
 * @param {object} options
 * @param {string} options.label of the grid, spoken
 * @param {(cell: Cell) => string} options.describe a patch, shown to assistive technology and said when keys read it
 * @param {(cell: Cell | null) => void} [options.onRead] null: nothing is read any more
 * @returns {{show: () => Cell, destroy: () => void}} `show` draws the lines between patches, rings the query's patch and returns it
 */
export function createPatchPicker(root, state, { label, describe, onRead = () => {} }) {
  const marks = createPatchMarks(find(root, "[data-marks]"));
  const live = find(root, "[data-spoken]");
  const size = () => patchGrid(state.get().patchSize);
  const cells = createCellGrid(find(root, "[data-cells]"), {
    ...size(),
    label,
    describe,
    onPick: ({ row, col }) => state.set({ at: centerOf(row, col, size().rows, size().cols) }),
    onRead: (cell, how) => {
      marks.reading(cell, state.get().patchSize);
      onRead(cell);
      if (cell && how === "keyboard") live.textContent = describe(cell);
    },
  });
  return {
    show() {
      const { at, patchSize } = state.get();
      const { rows, cols } = size();
      const cell = cellAt(at, rows, cols);
      marks.lines(patchSize);
      marks.query(cell, patchSize);
      marks.reading(null, patchSize);
      cells.resize(rows, cols);
      cells.select(cell);
      return cell;
    },
    destroy: cells.destroy,
  };
}
