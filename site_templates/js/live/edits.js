/**
 * Changes to a photo's 224 x 224 px before a model sees it, square by square. Knows no DOM.
 *
 * Pixels are (224, 224, 3) bytes, red, green, blue. A mask has one entry a square of the grid, in reading order: 1 where the
 * square is changed.
 *
 *     blank    every px of the square becomes the photo's mean colour: each channel's mean over all px, rounded
 *     grey     each px keeps its luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded, and loses its colour
 *     shuffle  the chosen squares change places among themselves, in an order that a fixed seed decides
 */

import { IMAGE_SIZE } from "../patch-grid.js";
import { permutation } from "../permutation.js";

/** @typedef {"blank" | "grey" | "shuffle"} How */
/** @typedef {readonly [number, number, number]} Rgb */

/** Of the order in which squares are shuffled. */
export const SEED = 1;

const LUMA = Object.freeze([0.299, 0.587, 0.114]);

/**
 * The photo's mean colour, rounded.
 * @param {Uint8Array} pixels
 * @returns {Rgb}
 */
export function meanColour(pixels) {
  const sums = [0, 0, 0];
  for (let index = 0; index < pixels.length; index += 3) {
    for (let channel = 0; channel < 3; channel += 1) sums[channel] += pixels[index + channel];
  }
  const [red, green, blue] = sums.map((sum) => Math.round((3 * sum) / pixels.length));
  return [red, green, blue];
}

/**
 * The photo with the masked squares changed; the photo itself stays as it is.
 * @param {Uint8Array} pixels
 * @param {ArrayLike<number>} mask (grid*grid,)
 * @param {number} grid squares along a side; divides 224
 * @param {How} how
 * @returns {Uint8Array}
 */
export function edited(pixels, mask, grid, how) {
  const side = IMAGE_SIZE / grid;
  if (!Number.isInteger(side) || mask.length !== grid * grid) {
    throw new RangeError(`A mask of ${mask.length} does not fit ${grid} x ${grid} squares of ${IMAGE_SIZE} px.`);
  }
  const changed = Uint8Array.from(pixels);
  const chosen = Array.from({ length: mask.length }, (_, square) => square).filter((square) => mask[square]);
  if (how === "shuffle") {
    permutation(SEED, chosen.length).forEach((from, to) => {
      eachLine(chosen[to], grid, (start, at) => {
        const source = lineOf(chosen[from], grid, at);
        changed.set(pixels.subarray(source, source + 3 * side), start);
      });
    });
    return changed;
  }
  const mean = how === "blank" ? meanColour(pixels) : null;
  for (const square of chosen) {
    eachLine(square, grid, (start) => {
      for (let at = start; at < start + 3 * side; at += 3) changed.set(mean ?? greyOf(pixels, at), at);
    });
  }
  return changed;
}

/** @param {Uint8Array} pixels @param {number} at @returns {Rgb} */
function greyOf(pixels, at) {
  const luma = Math.round(LUMA[0] * pixels[at] + LUMA[1] * pixels[at + 1] + LUMA[2] * pixels[at + 2]);
  return [luma, luma, luma];
}

/**
 * Where a line of a square begins among the bytes.
 * @param {number} square
 * @param {number} grid
 * @param {number} line px below the square's top
 */
function lineOf(square, grid, line) {
  const side = IMAGE_SIZE / grid;
  return 3 * ((Math.floor(square / grid) * side + line) * IMAGE_SIZE + (square % grid) * side);
}

/** @param {number} square @param {number} grid @param {(start: number, line: number) => void} visit */
function eachLine(square, grid, visit) {
  for (let line = 0; line < IMAGE_SIZE / grid; line += 1) visit(lineOf(square, grid, line), line);
}
