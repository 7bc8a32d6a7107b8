/**
 * One layer's queries and keys as the build publishes them: the tested twin of `pack_layer` in
 * `explainer/vit_packs.py`, as its reader gets it. Knows no DOM.
 */

import { toSteps } from "./digits.js";

/** Step of the published queries and keys. */
const STEP = 2 ** -7;

/** Keeps a channel that never changes from being divided by zero. */
const LEAST = 1e-6;

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
  const values = new Float32Array(2 * half);
  for (let head = 0; head < heads; head += 1) {
    for (let channel = 0; channel < width; channel += 1) {
      const from = head * tokens * width + channel;
      const to = (head * width + channel) * tokens;
      const [spreadQ, spreadK] = [query, key].map((part) => fround(deviation(part, from, width, tokens) + fround(LEAST)));
      const balance = fround(sqrt(fround(spreadK / spreadQ)));
      for (let token = 0; token < tokens; token += 1) {
        values[to + token] = query[from + token * width] * balance;
        values[half + to + token] = key[from + token * width] / balance;
      }
    }
  }
  return { name, shape: [2, heads, width, tokens], data: toSteps(values, STEP) };
}

/**
 * The standard deviation of every `step`-th number; single precision at every step and one sum in order, as NumPy takes it: a
 * last bit decides how a number half-way between two steps is rounded, and that, now and then, the order of two cells.
 * @param {Float32Array} values
 * @param {number} from
 * @param {number} step
 * @param {number} count
 */
function deviation(values, from, step, count) {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum = fround(sum + values[from + index * step]);
  const mean = fround(sum / count);
  let squares = 0;
  for (let index = 0; index < count; index += 1) {
    const centred = fround(values[from + index * step] - mean);
    squares = fround(squares + fround(centred * centred));
  }
  return fround(sqrt(fround(squares / count)));
}
