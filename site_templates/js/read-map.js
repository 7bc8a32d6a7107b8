/**
 * A heatmap that is read: the cell under the pointer or the keys is told in the figure's readout, and aloud when it was the
 * keyboard that went there. The markup is `components/heatmap.html`.
 */

import { createHeatmap } from "./heatmap.js";
import { cellAt, centerOf, placeWords, tokenOf } from "./patch-grid.js";

/** @typedef {import("./patch-grid.js").Cell} Cell */
/** @typedef {readonly [number, number]} Point x, y, px of the crop */
/**
 * @param {HTMLElement} box the `.heatmap`, whose `data-label` names its grid
 * @param {object} options
 * @param {number} options.rows
 * @param {number} options.cols
 * @param {import("./colormap.js").Colormap} options.colormap
 * @param {(token: number) => string} options.tell what follows a cell's place in words: ", weight 0.123"; "" while unknown
 * @param {HTMLElement} options.readout
 * @param {HTMLElement} options.live
 * @param {() => string} [options.rest] what the readout says when nothing is read; its `data-rest`, unless given
 * @param {string} [options.name] opens what is told, where one readout serves several maps
 * @param {(at: Point) => void} options.onPick the centre of the cell that was chosen
 * @returns {{draw: (drawing: {weights: ArrayLike<number>, at: Point, maximum: number}) => void, describe: (cell: Cell) => string,
 *   destroy: () => void}} `draw`: weights (rows*cols,), the query point
 */
export function createReadMap(box, { rows, cols, colormap, tell, readout, live, rest, name, onPick }) {
  /** @param {Cell} cell */
  const describe = (cell) => `${placeWords(cell)}${tell(tokenOf(cell.row, cell.col, cols))}`;
  const heatmap = createHeatmap(box, {
    rows,
    cols,
    colormap,
    label: box.dataset.label ?? "",
    describe: (row, col) => describe({ row, col }),
    onPick: (row, col) => onPick(centerOf(row, col, rows, cols)),
    onRead: (cell, how) => {
      const words = cell && (name ? `${name}: ${describe(cell)}` : describe(cell));
      readout.textContent = words ?? (rest ? rest() : (readout.dataset.rest ?? ""));
      if (words && how === "keyboard") live.textContent = words;
    },
  });
  return {
    draw: ({ weights, at, maximum }) => heatmap.draw({ weights, query: cellAt(at, rows, cols), maximum }),
    describe,
    destroy: heatmap.destroy,
  };
}
