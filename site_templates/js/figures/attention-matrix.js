/** All N x N weights as one picture: a row asks, a column answers. Each cell is shown as two patches of the photo. */

import { topK } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { createCellGrid } from "../cell-grid.js";
import { fill, find, setAttributes } from "../elements.js";
import { followStandIn } from "../follow-stand-in.js";
import { brushOf, paintWeights } from "../heatmap.js";
import { showLegend } from "../legend.js";
import { cellAt, centerOf, IMAGE_SIZE, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { attentionOf } from "../stand-in.js";
import { createWeightTable } from "../weight-table.js";

/** @typedef {import("../patch-grid.js").Cell} Cell here: row = query token, col = key token */

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const count = rows * cols;
  const matrixBox = find(root, "[data-matrix]");
  const live = find(root, "[data-spoken]");
  const table = createWeightTable(find(root, "[data-weights]"));
  const band = root.querySelectorAll("[data-band]");
  const cross = find(root, "[data-cross]");
  const queryRings = root.querySelectorAll("[data-query]");
  const keyRings = root.querySelectorAll("[data-key]");
  const variants = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-variant]")]);
  /** @type {CanvasRenderingContext2D | undefined} */
  let brush;
  /** @type {import("../attention.js").Matrix} */
  let matrix = [];

  /** @param {number} token */
  const place = (token) => placeWords(rowColOf(token, cols));
  /** @param {Cell} cell */
  const weightAt = ({ row, col }) => matrix[row][col].toFixed(3);
  const resting = () => {
    const { row, col } = cellAt(state.get().at, rows, cols);
    const token = tokenOf(row, col, cols);
    // Its loudest answer but its own: two patches to look at.
    const other = topK(matrix[token], 2).find((answer) => answer.token !== token);
    return { row: token, col: other?.token ?? token };
  };
  /** @param {Cell} cell */
  const describe = (cell) => {
    const places = `query ${place(cell.row)}; key ${place(cell.col)}`;
    // Before the numbers are here, and where they never come, no number is better than a wrong one.
    return matrix.length > 0 ? `${places}; weight ${weightAt(cell)}` : places;
  };

  /** @param {Cell} cell */
  const showCell = (cell) => {
    for (const ring of queryRings) setAttributes(ring, boxOf(cell.row, cols));
    for (const ring of keyRings) setAttributes(ring, boxOf(cell.col, cols));
    setAttributes(cross, { x: cell.col, y: cell.row });
    fill(root, { "query-place": place(cell.row), "key-place": place(cell.col), weight: weightAt(cell) });
  };

  const grid = createCellGrid(find(root, "[data-cells]"), {
    rows: count,
    cols: count,
    label: matrixBox.dataset.label ?? "",
    describe,
    onPick: (cell) => {
      const { row, col } = rowColOf(cell.row, cols);
      state.set({ at: centerOf(row, col, rows, cols) });
    },
    onRead: (cell, how) => {
      if (matrix.length > 0) showCell(cell ?? resting());
      if (cell && how === "keyboard") live.textContent = describe(cell);
    },
  });

  const following = followStandIn(root, context, (document) => {
    const { variant, temperature, scale } = state.get();
    matrix = attentionOf(document, variant, temperature);
    const flat = matrix.flatMap((row) => Array.from(row));
    const maximum = scale === "absolute" ? ABSOLUTE_MAXIMUM : flat.reduce((most, weight) => Math.max(most, weight));
    brush ??= brushOf(matrixBox, count, count);
    brush.putImageData(new ImageData(paintWeights(flat, maximum, colormap), count, count), 0, 0);
    showLegend(find(root, ".legend"), maximum, scale === "absolute");

    const cell = resting();
    for (const line of band) setAttributes(line, { y: cell.row - 0.25 });
    grid.select(cell);
    showCell(cell);
    table.show(matrix[cell.row], cell.row);
    for (const name of variants) name.hidden = name.dataset.variant !== variant;
    fill(root, { temperature: temperature.toFixed(2), "asking-place": place(cell.row) });
  });

  return {
    destroy() {
      following.destroy();
      grid.destroy();
    },
  };
}

/**
 * A token's patch on the photo, px of the crop.
 * @param {number} token
 * @param {number} cols
 */
function boxOf(token, cols) {
  const side = IMAGE_SIZE / cols;
  const { row, col } = rowColOf(token, cols);
  return { x: col * side, y: row * side, width: side, height: side };
}
