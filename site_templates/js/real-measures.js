/**
 * What the published measures of a real ViT say: even shares, lengths, rollout steps. The tested twin of
 * `explainer/real_measures_views.py`. Knows no DOM.
 *
 * N tokens: token 0 is CLS, token 1 + cols*row + col a patch. An even share is 1/N of the whole.
 */

import { effectiveNumber } from "./attention.js";
import { rowColOf } from "./patch-grid.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */
/** @typedef {ArrayLike<number>} Row */
/** @typedef {{fusion: string, discard: number, published: boolean}} Recipe */
/** @typedef {{row: number, col: number, shares: number}} Spot 0-based */

/**
 * CLS's row of one rollout step.
 * @param {Tensor} pack (recipes, L, N)
 * @param {number} recipe index
 * @param {number} layer 0-based
 * @returns {Row} (N,)
 */
export function rolloutStep(pack, recipe, layer) {
  const [recipes, layers, tokens] = pack.shape;
  if (!(recipe >= 0 && recipe < recipes && layer >= 0 && layer < layers)) {
    throw new RangeError(`${pack.name}: no step ${layer} of recipe ${recipe} among ${layers} of ${recipes}.`);
  }
  const start = (recipe * layers + layer) * tokens;
  return pack.data.subarray(start, start + tokens);
}

/**
 * Where a recipe stands in the published order.
 * @param {readonly Recipe[]} recipes
 * @param {string} fusion
 * @param {number} discard
 */
export function recipeOf(recipes, fusion, discard) {
  const index = recipes.findIndex((recipe) => recipe.fusion === fusion && recipe.discard === discard);
  if (index < 0) throw new RangeError(`No rollout was published with fusion ${fusion} and discard ${discard}.`);
  return index;
}

/**
 * Weights on CLS and the patches -> the patches' weights in even shares.
 * @param {Row} row (N,)
 * @returns {Float64Array} (N - 1,)
 */
export function patchShares(row) {
  return Float64Array.from({ length: row.length - 1 }, (_, patch) => row[patch + 1] * row.length);
}

/**
 * The greatest of the patches' values and its place; of equals the first.
 * @param {Row} shares (rows*cols,)
 * @param {number} cols
 * @returns {Spot}
 */
export function brightest(shares, cols) {
  let patch = 0;
  for (let index = 1; index < shares.length; index += 1) if (shares[index] > shares[patch]) patch = index;
  return { ...rowColOf(patch, cols), shares: shares[patch] };
}

/**
 * How many equal patches would be as spread out: CLS's own part is left out, the rest made whole.
 * @param {Row} shares (rows*cols,)
 */
export function effectivePatches(shares) {
  const total = Array.from(shares).reduce((sum, share) => sum + share, 0);
  return effectiveNumber(Float64Array.from(shares, (share) => share / total));
}

/**
 * Token lengths -> the patches' lengths as multiples of their median.
 * @param {Row} norms (N,)
 * @returns {Float64Array} (N - 1,)
 */
export function relativeLengths(norms) {
  const patches = Float64Array.from({ length: norms.length - 1 }, (_, patch) => norms[patch + 1]);
  const sorted = patches.slice().sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return patches.map((length) => length / median);
}

/**
 * The shortest and the longest patch, as multiples of the median.
 * @param {Row} norms (N,)
 * @returns {[number, number]}
 */
export function lengthSpread(norms) {
  const lengths = relativeLengths(norms);
  return [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))];
}

/**
 * Where an axis from 1 to `most` that counts in tens shows a value: 0 at 1 and below, 1 at `most`.
 * @param {number} value
 * @param {number} most
 */
export function logarithmic(value, most) {
  return Math.log(Math.max(value, 1)) / Math.log(most);
}

/**
 * The heads with the least and the greatest value, 0-based; of equals the first.
 * @param {readonly (readonly number[])[]} table (L, H)
 * @returns {Record<"least" | "greatest", {layer: number, head: number, value: number}>}
 */
export function extremes(table) {
  const lanes = table.flatMap((heads, layer) => heads.map((value, head) => ({ layer, head, value })));
  return {
    least: lanes.reduce((best, lane) => (lane.value < best.value ? lane : best)),
    greatest: lanes.reduce((best, lane) => (lane.value > best.value ? lane : best)),
  };
}

/**
 * The heights at which a plot of `height` px shows a value from 0 to `most`, from the top.
 * @param {number} value
 * @param {number} most
 * @param {number} height
 */
export function heightOf(value, most, height) {
  return (height * (1 - value / most)).toFixed(2);
}
