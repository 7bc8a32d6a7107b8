/**
 * Is attention the same when its tokens come in another order? The tested twin of `compare_shuffled` in
 * `explainer/attention_views.py`. Knows no DOM.
 */

import { logits, softmax, tokens } from "./attention.js";

/** @typedef {import("./attention.js").Matrix} Matrix */
/**
 * @typedef {object} Comparison
 * @property {Matrix} original (N, N): of the tokens in reading order
 * @property {Matrix} shuffled (N, N): of the tokens in their new slots
 * @property {number} largest |shuffled[a][b] - original[order[a]][order[b]]|, 0 where attention permutes with its tokens
 * @property {number} changed slots whose patch now listens most to another patch than before, itself left aside
 */

/**
 * @param {Matrix} features (N, D)
 * @param {readonly number[]} order order[slot] is the token that stands there
 * @param {import("./attention.js").Variant} variant positions, where it has them, belong to the slots
 * @param {{positionAlpha: number, grid: readonly [number, number], temperature: number}} options
 * @returns {Comparison}
 */
export function compareShuffled(features, order, variant, { positionAlpha, grid, temperature }) {
  /** @param {Matrix} sequence */
  const attend = (sequence) => {
    const z = tokens(sequence, variant, positionAlpha, grid);
    return softmax(logits(z, z), temperature);
  };
  const original = attend(features);
  const shuffled = attend(order.map((token) => features[token]));
  let largest = 0;
  let changed = 0;
  order.forEach((token, slot) => {
    const expected = order.map((other) => original[token][other]);
    shuffled[slot].forEach((weight, other) => {
      largest = Math.max(largest, Math.abs(weight - expected[other]));
    });
    if (loudestOther(shuffled[slot], slot) !== loudestOther(expected, slot)) changed += 1;
  });
  return { original, shuffled, largest, changed };
}

/**
 * @param {ArrayLike<number>} weights
 * @param {number} self
 */
function loudestOther(weights, self) {
  let best = -1;
  for (let index = 0; index < weights.length; index += 1) {
    if (index !== self && (best < 0 || weights[index] > weights[best])) best = index;
  }
  return best;
}

/**
 * A small number for the eye: "0", "1.3 × 10⁻¹⁵", "0.125".
 * @param {number} value 0 or above
 */
export function scientific(value) {
  if (value === 0) return "0";
  if (value >= 0.001) return value.toFixed(3);
  const [digits, exponent] = value.toExponential(1).split("e");
  const raised = [...exponent].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("");
  return `${digits} × 10${raised}`;
}
