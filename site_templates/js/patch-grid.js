/**
 * Patch geometry: pixel <-> row and column <-> token. Rows, columns and tokens are 0-based here and 1-based on the page;
 * `at` is (x, y) in px of the square crop (224), never CSS px.
 */

/** Side of the square crop that every model sees, px. */
export const IMAGE_SIZE = 224;

/** The patch sizes a reader can choose, px of the crop. */
export const PATCH_SIZES = Object.freeze([8, 14, 16, 32]);

/** @typedef {{row: number, col: number}} Cell 0-based */

/**
 * The cell of a rows x cols grid that holds a point; points on or beyond the far edges belong to the last cell.
 * @param {readonly [number, number]} at (x, y), px of the crop
 * @param {number} rows
 * @param {number} cols
 * @param {number} [size] side of the crop, px
 * @returns {Cell}
 */
export function cellAt([x, y], rows, cols, size = IMAGE_SIZE) {
  return { row: within(Math.floor((y / size) * rows), rows), col: within(Math.floor((x / size) * cols), cols) };
}

/**
 * The centre of a cell, whole px of the crop (x, y): a point that `cellAt` maps back to the cell.
 * @param {number} row
 * @param {number} col
 * @param {number} rows
 * @param {number} cols
 * @param {number} [size] side of the crop, px
 * @returns {[number, number]}
 */
export function centerOf(row, col, rows, cols, size = IMAGE_SIZE) {
  return [Math.floor(((col + 0.5) * size) / cols), Math.floor(((row + 0.5) * size) / rows)];
}

/**
 * Token i = cols * row + col: the patches in reading order.
 * @param {number} row
 * @param {number} col
 * @param {number} cols
 */
export function tokenOf(row, col, cols) {
  return cols * row + col;
}

/**
 * The inverse of `tokenOf`.
 * @param {number} token
 * @param {number} cols
 * @returns {Cell}
 */
export function rowColOf(token, cols) {
  return { row: Math.floor(token / cols), col: token % cols };
}

/** A place as the page tells it, counted from 1. @param {Cell} cell */
export function placeWords({ row, col }) {
  return `row ${row + 1}, column ${col + 1}`;
}

/**
 * What cutting the crop into squares of `patchSize` px gives. Throws a RangeError where the patches do not fill the crop.
 * @param {number} patchSize P, px
 * @param {number} [size] side of the crop, px
 * @returns {{rows: number, cols: number, tokens: number, vectorLength: number}} vectorLength is 3 P^2
 */
export function patchGrid(patchSize, size = IMAGE_SIZE) {
  const rows = size / patchSize;
  if (!Number.isInteger(rows) || rows < 1) {
    throw new RangeError(`Image side ${size} is not a multiple of patch side ${patchSize}.`);
  }
  return { rows, cols: rows, tokens: rows * rows, vectorLength: 3 * patchSize * patchSize };
}

/**
 * The values of one patch in raster order, red, green and blue of each pixel in turn: (size, size, 3) -> (3 P^2,).
 * @param {Uint8Array} pixels (size, size, 3), row-major
 * @param {Cell} cell
 * @param {number} patchSize P, px
 * @param {number} [size] side of the crop, px
 * @returns {Uint8Array}
 */
export function flattenPatch(pixels, { row, col }, patchSize, size = IMAGE_SIZE) {
  const line = 3 * patchSize;
  const vector = new Uint8Array(line * patchSize);
  for (let y = 0; y < patchSize; y += 1) {
    const start = 3 * ((row * patchSize + y) * size + col * patchSize);
    vector.set(pixels.subarray(start, start + line), y * line);
  }
  return vector;
}

/**
 * @param {number} index
 * @param {number} count
 */
function within(index, count) {
  return Math.min(count - 1, Math.max(0, index));
}
