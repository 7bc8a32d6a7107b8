/** The squares that a reader changes, and a model's own patches: two grids over the same crop. Knows no DOM. */

import { cellAt, tokenOf } from "../patch-grid.js";

/**
 * The patch of a grid at a point of the crop, in reading order.
 * @param {readonly [number, number]} at px (x, y)
 * @param {readonly [number, number]} grid rows, columns
 */
export function patchAt(at, [rows, cols]) {
  const { row, col } = cellAt(at, rows, cols);
  return tokenOf(row, col, cols);
}

/**
 * The patches that share any px with a masked square.
 * @param {ArrayLike<number>} mask (squares*squares,)
 * @param {number} squares along a side
 * @param {readonly [number, number]} grid rows, columns of the patches
 * @returns {Uint8Array} (rows*cols,)
 */
export function touchedPatches(mask, squares, [rows, cols]) {
  const touched = new Uint8Array(rows * cols);
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const [top, bottom] = [Math.floor((row * squares) / rows), Math.ceil(((row + 1) * squares) / rows)];
      const [left, right] = [Math.floor((col * squares) / cols), Math.ceil(((col + 1) * squares) / cols)];
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) if (mask[y * squares + x]) touched[row * cols + col] = 1;
      }
    }
  }
  return touched;
}

/**
 * A mask on other squares: each new one is chosen where its middle lay in a chosen one.
 * @param {ArrayLike<number>} mask (before*before,)
 * @param {number} before squares along a side
 * @param {number} after
 * @returns {Uint8Array} (after*after,)
 */
export function onOtherSquares(mask, before, after) {
  return Uint8Array.from({ length: after * after }, (_, square) => {
    const [row, col] = [Math.floor(square / after), square % after];
    return mask[Math.floor(((row + 0.5) * before) / after) * before + Math.floor(((col + 0.5) * before) / after)] ? 1 : 0;
  });
}
