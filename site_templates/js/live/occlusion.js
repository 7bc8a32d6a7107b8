/**
 * Occlusion (Zeiler and Fergus 2014): each square of the photo is hidden in turn, and what the model then makes of every
 * patch, and of the whole, is compared with what it made of the photo as it is. Knows no DOM.
 */

import { spearman } from "../map-agreement.js";
import { turned, turnedTokens } from "./changes.js";
import { edited } from "./edits.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {import("./seen.js").Seen} Seen */
/**
 * @typedef {object} Occlusion
 * @property {number} squares along a side
 * @property {number} done squares that were hidden so far
 * @property {Float32Array[]} patches of each hidden square: degrees by which each patch's vector turned
 * @property {number[]} summary of each hidden square: degrees by which the summary's vector turned
 */
/**
 * @typedef {object} Comparison of attention with occlusion, over all squares but the asker's own
 * @property {number} correlation Spearman's
 * @property {number} count squares compared
 * @property {Place} favourite the square with the most attention
 * @property {Place} strongest the one whose loss turns the vector most
 */
/** @typedef {{square: number, weight: number, degrees: number, rank: number}} Place rank: 1-based, by the other measure */

/**
 * @param {(pixels: Uint8Array) => Promise<Seen>} look runs the model
 * @param {Uint8Array} pixels the photo
 * @param {Seen} whole what the model sees in it
 * @param {object} options
 * @param {number} options.squares along a side
 * @param {"blank" | "grey"} options.how
 * @param {(so: Occlusion) => void} options.onStep after each square
 * @returns {Promise<Occlusion>} rejects as `look` does
 */
export async function occlude(look, pixels, whole, { squares, how, onStep }) {
  /** @type {Occlusion} */
  const found = { squares, done: 0, patches: [], summary: [] };
  for (let square = 0; square < squares * squares; square += 1) {
    const mask = new Uint8Array(squares * squares);
    mask[square] = 1;
    const seen = await look(edited(pixels, mask, squares, how));
    found.patches.push(turnedTokens(whole.patches, seen.patches, whole.width));
    found.summary.push(turned(whole.summary, seen.summary));
    found.done = square + 1;
    onStep(found);
  }
  return found;
}

/**
 * By how much each square's loss turns one vector, degrees; 0 where it was not hidden yet.
 * @param {Occlusion} occlusion
 * @param {number | "cls"} asker
 * @returns {Float64Array} (squares*squares,)
 */
export function turnsOf({ squares, done, patches, summary }, asker) {
  return Float64Array.from({ length: squares * squares }, (_, square) => {
    if (square >= done) return 0;
    return asker === "cls" ? summary[square] : patches[square][asker];
  });
}

/**
 * @param {Row} weights attention on the squares (N,)
 * @param {Row} degrees (N,)
 * @param {number | null} own the asker's square, which is left out: without itself, everything changes
 * @returns {Comparison}
 */
export function compared(weights, degrees, own) {
  const squares = Array.from(weights, (_, square) => square).filter((square) => square !== own);
  /** @param {Row} by @param {number} square */
  const rank = (by, square) => 1 + squares.filter((other) => by[other] > by[square]).length;
  /** @param {Row} by @param {Row} other @returns {Place} */
  const first = (by, other) => {
    const square = squares.reduce((best, one) => (by[one] > by[best] ? one : best));
    return { square, weight: weights[square], degrees: degrees[square], rank: rank(other, square) };
  };
  return {
    correlation: spearman(
      squares.map((square) => weights[square]),
      squares.map((square) => degrees[square]),
    ),
    count: squares.length,
    favourite: first(weights, degrees),
    strongest: first(degrees, weights),
  };
}
