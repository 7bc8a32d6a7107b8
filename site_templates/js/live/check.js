/** A reader's own run held against the published numbers. Knows no DOM. */

import { totalVariation } from "./changes.js";

/** @typedef {import("../attention.js").Matrix} Matrix */
/**
 * @typedef {object} Check of one table of weights
 * @property {number} count weights compared
 * @property {number} largest difference of any weight
 * @property {number} mean total variation of a row
 * @property {number} most total variation of the worst row
 */

/**
 * @param {Matrix} ours (rows, N)
 * @param {Matrix} published (rows, N)
 * @returns {Check}
 */
export function check(ours, published) {
  const checks = ours.map((row, index) => checkRow(row, published[index]));
  return together(checks);
}

/**
 * Of several tables, as if they were one.
 * @param {Check[]} checks
 * @returns {Check}
 */
export function together(checks) {
  const count = checks.reduce((sum, one) => sum + one.count, 0);
  return {
    count,
    largest: Math.max(...checks.map((one) => one.largest)),
    mean: checks.reduce((sum, one) => sum + one.mean * one.count, 0) / count,
    most: Math.max(...checks.map((one) => one.most)),
  };
}

/** @param {ArrayLike<number>} ours @param {ArrayLike<number>} published @returns {Check} */
function checkRow(ours, published) {
  if (ours.length !== published.length) throw new RangeError(`${ours.length} weights do not compare with ${published.length}.`);
  let largest = 0;
  for (let index = 0; index < ours.length; index += 1) largest = Math.max(largest, Math.abs(ours[index] - published[index]));
  const moved = totalVariation(ours, published);
  return { count: ours.length, largest, mean: moved, most: moved };
}

/**
 * A small difference as people read it: two digits that say something, never more than six places, and below those a bound.
 * @param {number} value 0 or more
 */
export function difference(value) {
  if (value === 0) return "0";
  if (value < 0.000001) return "less than 0.000001";
  const places = Math.min(6, Math.max(1, 1 - Math.floor(Math.log10(value))));
  return value.toFixed(places);
}
