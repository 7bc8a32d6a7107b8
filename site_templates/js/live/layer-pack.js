/**
 * One layer's queries and keys as the build publishes them: the tested twin of `pack_layer` in
 * `explainer/vit_packs.py`, as its reader gets it. Knows no DOM.
 */

import { toStep } from "./digits.js";

/** Step of the published queries and keys. */
const STEP = 2 ** -7;

/** Keeps a channel that never changes from being divided by zero. */
const LEAST = Math.fround(1e-6);

const { fround, sqrt } = Math;

/** @typedef {import("../tensor.js").Tensor} Tensor */
/** @typedef {import("./layer-maps.js").Shape} Shape */

/**
 * (H, N, d) each -> (2, H, d, N): q*g and k/g, channel by channel, in steps. g = sqrt(std k / std q) of each head's channel makes
 * one step fit both; it cancels in q . k.
 * @param {string} name
 * @param {Float32Array} query
 * @param {Float32Array} key
 * @param {Shape} shape
 * @returns {Tensor}
 */
export function layerPack(name, query, key, { heads, tokens, width }) {
  const half = heads * width * tokens;
  const data = new Float32Array(2 * half);
  for (let head = 0; head < heads; head += 1) {
    const from = head * tokens * width;
    const [spreadQ, spreadK] = [query, key].map((part) => deviations(part.subarray(from, from + tokens * width), width));
    const balance = spreadQ.map((spread, channel) => sqrt(fround(fround(spreadK[channel] + LEAST) / fround(spread + LEAST))));
    for (let token = 0; token < tokens; token += 1) {
      for (let channel = 0; channel < width; channel += 1) {
        const at = from + token * width + channel;
        const to = (head * width + channel) * tokens + token;
        data[to] = toStep(fround(query[at] * balance[channel]), STEP);
        data[half + to] = toStep(fround(key[at] / balance[channel]), STEP);
      }
    }
  }
  return { name, shape: [2, heads, width, tokens], data };
}

/**
 * The standard deviation of each column; single precision at every step and one sum in order, as NumPy takes it: a last bit
 * decides how a number half-way between two steps is rounded, and that, now and then, the order of two cells.
 * @param {Float32Array} rows (N, d)
 * @param {number} width d
 * @returns {Float32Array} (d,)
 */
function deviations(rows, width) {
  const count = rows.length / width;
  const sums = new Float32Array(width);
  for (let from = 0; from < rows.length; from += width) {
    for (let channel = 0; channel < width; channel += 1) sums[channel] += rows[from + channel];
  }
  const means = sums.map((sum) => sum / count);
  const squares = new Float32Array(width);
  for (let from = 0; from < rows.length; from += width) {
    for (let channel = 0; channel < width; channel += 1) {
      const centred = fround(rows[from + channel] - means[channel]);
      squares[channel] += fround(centred * centred);
    }
  }
  return squares.map((sum) => sqrt(fround(sum / count)));
}
