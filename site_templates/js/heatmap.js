/**
 * A heatmap on a picture: one colour a cell, screened over the dimmed photo, with the query's ring and a grid of cells for
 * pointer and keyboard. Holds no state of the page. The markup is `components/heatmap.html`.
 */

import { createCellGrid } from "./cell-grid.js";
import { brushOn, find } from "./elements.js";
import { IMAGE_SIZE } from "./patch-grid.js";
import { createPatchMarks } from "./patch-marks.js";

/** @typedef {import("./patch-grid.js").Cell} Cell */
/** @typedef {import("./colormap.js").Colormap} Colormap */
/**
 * @typedef {object} HeatmapOptions
 * @property {number} rows
 * @property {number} cols
 * @property {Colormap} colormap
 * @property {string} label of the whole grid, spoken
 * @property {(row: number, col: number) => string} describe a cell, in words: spoken
 * @property {(row: number, col: number) => void} onPick
 * @property {(cell: Cell | null, how: "keyboard" | "pointer") => void} [onRead] null: nothing is being read any more
 */
/**
 * @typedef {object} Heatmap
 * @property {(drawing: {weights: ArrayLike<number>, query: Cell | null, maximum: number}) => void} draw weights (rows*cols,)
 * @property {() => void} destroy
 */

/**
 * @param {HTMLElement} root the `.heatmap`
 * @param {HeatmapOptions} options
 * @returns {Heatmap}
 */
export function createHeatmap(root, { rows, cols, colormap, label, describe, onPick, onRead = () => {} }) {
  /** @type {CanvasRenderingContext2D | undefined} the build's picture stays until there is something to draw */
  let brush;
  const marks = createPatchMarks(find(root, "[data-marks]"));
  const side = IMAGE_SIZE / cols;
  const cells = createCellGrid(find(root, "[data-cells]"), {
    rows,
    cols,
    label,
    describe: ({ row, col }) => describe(row, col),
    onPick: ({ row, col }) => onPick(row, col),
    onRead: (cell, how) => {
      marks.reading(cell, side);
      onRead(cell, how);
    },
  });

  return {
    draw({ weights, query, maximum }) {
      brush ??= brushOf(root, rows, cols);
      brush.putImageData(new ImageData(paintWeights(weights, maximum, colormap), cols, rows), 0, 0);
      if (query) {
        marks.query(query, side);
        cells.select(query);
      }
    },
    destroy: cells.destroy,
  };
}

/**
 * (N,) weights -> (4 N,) opaque RGBA bytes in the same order.
 * @param {ArrayLike<number>} weights
 * @param {number} maximum
 * @param {Colormap} colormap
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function paintWeights(weights, maximum, colormap) {
  const bytes = new Uint8ClampedArray(4 * weights.length).fill(255);
  for (let index = 0; index < weights.length; index += 1) bytes.set(colormap.color(weights[index], maximum), 4 * index);
  return bytes;
}

/**
 * The live map's canvas of cols x rows px, in the place of the build's picture, which it looks like.
 * @param {HTMLElement} root
 * @param {number} rows
 * @param {number} cols
 * @returns {CanvasRenderingContext2D}
 */
export function brushOf(root, rows, cols) {
  const first = find(root, ".heatmap-map");
  const canvas = first instanceof HTMLCanvasElement ? first : document.createElement("canvas");
  const brush = brushOn(canvas);
  if (canvas === first) return brush;
  canvas.width = cols;
  canvas.height = rows;
  canvas.className = first.className;
  canvas.setAttribute("aria-hidden", "true");
  first.replaceWith(canvas);
  return brush;
}
