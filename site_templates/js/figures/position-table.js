/** The learned position table: how alike the codes of all places are, as a field of maps, and one of them large. */

import { createCellGrid } from "../cell-grid.js";
import { fill, find } from "../elements.js";
import { followReal } from "../follow-real.js";
import { lineMeans } from "../model-views.js";
import { IMAGE_SIZE, cellAt, centerOf, placeWords, tokenOf } from "../patch-grid.js";
import { createPatchMarks } from "../patch-marks.js";
import { createPixels } from "../pixels.js";
import { createWeightTable } from "../weight-table.js";

/** @typedef {import("../patch-grid.js").Cell} Cell */

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const side = IMAGE_SIZE / cols;
  const map = find(root, "[data-map]");
  const paint = createPixels(map);
  const floor = Number(map.dataset.floor);
  const readout = find(root, "[data-readout]");
  const live = find(root, "[data-spoken]");
  const table = createWeightTable(find(root, "[data-weights]"));
  /** @type {ArrayLike<number>} of all places, (P*P,) */
  let all = [];
  /** @type {ArrayLike<number>} of all places to the chosen one, (P,) */
  let likeness = [];

  const chosen = () => cellAt(state.get().at, rows, cols);
  /** @param {number} value */
  const written = (value) => value.toFixed(3).replace("-", "−");
  /** A place among all maps, as it compares with the chosen one. @param {Cell} cell */
  const describe = (cell) => {
    const value = likeness[tokenOf(cell.row, cell.col, cols)];
    return value === undefined ? placeWords(cell) : `${placeWords(cell)}, likeness ${written(value)}`;
  };

  /** @param {string} selector of a box with marks and cells @param {string} label */
  const reader = (selector, label) => {
    const box = find(root, selector);
    const marks = createPatchMarks(find(box, "[data-marks]"));
    const cells = createCellGrid(find(box, "[data-cells]"), {
      rows,
      cols,
      label,
      describe,
      onPick: ({ row, col }) => {
        state.set({ at: centerOf(row, col, rows, cols) });
        live.textContent = `Shown large: ${placeWords({ row, col })}`;
      },
      onRead: (cell, how) => {
        marks.reading(cell, side);
        readout.textContent = cell ? describe(cell) : (readout.dataset.rest ?? "");
        if (cell && how === "keyboard") live.textContent = describe(cell);
      },
    });
    return { marks, cells };
  };
  const readers = [
    reader("[data-places]", "Maps of all places; choose one to see it large"),
    reader("[data-one]", "Likeness of every place’s code to the chosen one’s"),
  ];

  const draw = () => {
    const cell = chosen();
    const token = tokenOf(cell.row, cell.col, cols);
    const places = rows * cols;
    likeness = Array.prototype.slice.call(all, token * places, (token + 1) * places);
    paint(cols, rows, (index) => {
      const share = Math.max(0, (likeness[index] - floor) / (1 - floor));
      // Squared, since the map reads weights by their root and likenesses are shown in proportion.
      return [...colormap.color(share * share, 1), 255];
    });
    for (const { marks, cells } of readers) {
      marks.query(cell, side);
      marks.reading(null, side);
      cells.select(cell);
    }
    table.show(likeness, token);
    const means = lineMeans(likeness, cell, cols);
    fill(root, {
      row: cell.row + 1,
      column: cell.col + 1,
      "mean-row": written(means.row),
      "mean-column": written(means.column),
      "mean-elsewhere": written(means.elsewhere),
      "least-row": means.least.row + 1,
      "least-column": means.least.col + 1,
      least: written(means.least.likeness),
    });
  };

  const following = followReal(root, context, { wanted: () => ["positions"] }, (files) => {
    all = files.positions.data;
    draw();
  });
  return {
    destroy() {
      following.destroy();
      for (const { cells } of readers) cells.destroy();
    },
  };
}
