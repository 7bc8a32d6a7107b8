/** Shuffles that a seed reproduces: the tested twin of `permutation` in `explainer/attention_views.py`. Knows no DOM. */

/**
 * Pseudo-random integers below a bound, by a linear congruential generator modulo 2^32 (multiplier 1664525, increment
 * 1013904223): good enough for a shuffle to look at, and the same in any language.
 * @param {number} seed
 * @returns {(bound: number) => number}
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The high bits are the random ones; the product stays far below 2^53.
    return Math.floor((state * bound) / 2 ** 32);
  };
}

/**
 * Fisher-Yates: order[slot] is the token that lands there.
 * @param {number} seed
 * @param {number} count
 * @returns {number[]}
 */
export function permutation(seed, count) {
  const random = createRandom(seed);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let slot = count - 1; slot > 0; slot -= 1) swap(order, slot, random(slot + 1));
  return order;
}

/**
 * Exchanges two slots of an order, in place.
 * @param {number[]} order
 * @param {number} a
 * @param {number} b
 */
export function swap(order, a, b) {
  [order[a], order[b]] = [order[b], order[a]];
}
