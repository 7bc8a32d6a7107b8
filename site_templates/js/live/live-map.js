/**
 * A map on the very pixels that a model saw, for grids that change with the model. Looks and reads like `heatmap.js`'s; the
 * markup is `components/live_map.html`.
 */

import { createCellGrid } from "../cell-grid.js";
import { brushOn, find } from "../elements.js";
import { paintWeights } from "../heatmap.js";
import { IMAGE_SIZE } from "../patch-grid.js";
import { createPatchMarks } from "../patch-marks.js";
import { imageOf } from "./rgb.js";

/** @typedef {import("../patch-grid.js").Cell} Cell */
/**
 * @typedef {object} LiveMap
 * @property {(pixels: Uint8Array) => void} photo 224 x 224 x 3 px
 * @property {(drawing: {grid: readonly [number, number], values: ArrayLike<number>, query: Cell | null, maximum: number}) => void} draw
 *   values (rows*cols,)
 * @property {() => void} destroy
 */

/**
 * @param {HTMLElement} box the `.heatmap`
 * @param {object} options
 * @param {import("../colormap.js").Colormap} options.colormap
 * @param {(cell: Cell) => string} options.describe a cell, in words: spoken
 * @param {(cell: Cell, grid: readonly [number, number]) => void} options.onPick
 * @param {(cell: Cell | null, how: "keyboard" | "pointer") => void} options.onRead
 * @returns {LiveMap}
 */
export function createLiveMap(box, { colormap, describe, onPick, onRead }) {
  const map = /** @type {HTMLCanvasElement} */ (find(box, "canvas.heatmap-map"));
  const marks = createPatchMarks(find(box, "[data-marks]"));
  /** @type {readonly [number, number]} */
  let grid = [1, 1];
  const side = () => IMAGE_SIZE / grid[1];
  const cells = createCellGrid(find(box, "[data-cells]"), {
    rows: 1,
    cols: 1,
    label: box.dataset.label ?? "",
    describe,
    onPick: (cell) => onPick(cell, grid),
    onRead: (cell, how) => {
      marks.reading(cell, side());
      onRead(cell, how);
    },
  });
  return {
    photo(pixels) {
      drawPixels(/** @type {HTMLCanvasElement} */ (find(box, "canvas.heatmap-photo")), pixels);
    },
    draw({ grid: [rows, cols], values, query, maximum }) {
      if (grid[0] !== rows || grid[1] !== cols) {
        grid = [rows, cols];
        [map.width, map.height] = [cols, rows];
        cells.resize(rows, cols);
        marks.lines(side());
      }
      brushOn(map).putImageData(new ImageData(paintWeights(values, maximum, colormap), cols, rows), 0, 0);
      find(box, "[data-rings]").toggleAttribute("hidden", query === null);
      if (query) {
        marks.query(query, side());
        cells.select(query);
      }
    },
    destroy: cells.destroy,
  };
}

/**
 * (224, 224, 3) bytes onto a canvas of that size.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} pixels
 */
export function drawPixels(canvas, pixels) {
  brushOn(canvas).putImageData(imageOf(pixels, IMAGE_SIZE), 0, 0);
}
