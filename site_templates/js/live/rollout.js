/**
 * Attention rollout (Abnar and Zuidema 2020) and its variants: the tested twin of `fused` and `token_rollout` in
 * `explainer/vit_attention.py`. Knows no DOM.
 */

/**
 * One matrix of a layer's heads: (H, N, N) -> (N, N).
 * @param {Float64Array} maps
 * @param {number} heads H
 * @param {string} fusion `mean`, `max` or `min`
 * @returns {Float64Array}
 */
export function fuse(maps, heads, fusion) {
  const size = maps.length / heads;
  const one = maps.slice(0, size);
  for (let head = 1; head < heads; head += 1) {
    const start = head * size;
    if (fusion === "mean") for (let index = 0; index < size; index += 1) one[index] += maps[start + index];
    else if (fusion === "max") for (let index = 0; index < size; index += 1) one[index] = Math.max(one[index], maps[start + index]);
    else if (fusion === "min") for (let index = 0; index < size; index += 1) one[index] = Math.min(one[index], maps[start + index]);
    else throw new RangeError(`Heads cannot be fused by ${fusion}.`);
  }
  if (fusion === "mean") for (let index = 0; index < size; index += 1) one[index] /= heads;
  return one;
}

/**
 * A' of one layer: the smallest weights dropped, the identity added, rows made to sum to 1.
 * @param {Float64Array} matrix (N, N), from `fuse`; it stays as it is
 * @param {number} tokens N
 * @param {number} discard the share of weights, the smallest ones, that is set to zero
 * @returns {Float64Array} (N, N)
 */
export function withSelf(matrix, tokens, discard) {
  const one = matrix.slice();
  if (discard > 0) {
    const least = smallest(matrix, Math.trunc(discard * matrix.length));
    for (let index = 0; index < one.length; index += 1) if (one[index] < least) one[index] = 0;
  }
  for (let token = 0; token < tokens; token += 1) {
    const start = token * tokens;
    one[start + token] += 1;
    let sum = 0;
    for (let index = start; index < start + tokens; index += 1) sum += one[index];
    for (let index = start; index < start + tokens; index += 1) one[index] /= sum;
  }
  return one;
}

/**
 * CLS's row of R_1 ... R_L: with R_l = A'_l ... A'_1 it is a row times matrices, so that no other row need be known.
 * @param {readonly Float64Array[]} layers A'_1 ... A'_L, (N, N) each
 * @param {number} tokens N
 * @returns {Float64Array} (L, N)
 */
export function clsRollout(layers, tokens) {
  const steps = new Float64Array(layers.length * tokens);
  layers.forEach((layer, last) => {
    let row = layer.slice(0, tokens);
    for (let below = last - 1; below >= 0; below -= 1) row = timesMatrix(row, layers[below]);
    steps.set(row, last * tokens);
  });
  return steps;
}

/** @param {Float64Array} row (N,) @param {Float64Array} matrix (N, N) */
function timesMatrix(row, matrix) {
  const result = new Float64Array(row.length);
  for (let token = 0; token < row.length; token += 1) {
    const [weight, start] = [row[token], token * row.length];
    for (let index = 0; index < row.length; index += 1) result[index] += weight * matrix[start + index];
  }
  return result;
}

/**
 * The number that would stand at a place if the values were sorted, without sorting them (Hoare's selection, 1961).
 * @param {Float64Array} values
 * @param {number} place
 */
function smallest(values, place) {
  const part = values.slice();
  let [low, high] = [0, part.length - 1];
  while (low < high) {
    const pivot = part[(low + high) >> 1];
    let [left, right] = [low, high];
    while (left <= right) {
      while (part[left] < pivot) left += 1;
      while (part[right] > pivot) right -= 1;
      if (left > right) break;
      [part[left], part[right]] = [part[right], part[left]];
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return part[place];
}
