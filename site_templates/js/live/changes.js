/** How far a changed photo moves what a model makes of it. Knows no DOM. */

/** @typedef {import("../attention.js").Row} Row */

const DEGREES = 180 / Math.PI;

/**
 * Half the sum of the absolute differences of two distributions: 0 where they agree, 1 where they share nothing.
 * @param {Row} one (N,)
 * @param {Row} other (N,)
 */
export function totalVariation(one, other) {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += Math.abs(one[index] - other[index]);
  return sum / 2;
}

/**
 * cos of the angle between two vectors, in [-1, 1]; 1 where one of them is nothing but noughts.
 * @param {Row} one (D,)
 * @param {Row} other (D,)
 */
export function cosine(one, other) {
  let [product, square, otherSquare] = [0, 0, 0];
  for (let index = 0; index < one.length; index += 1) {
    product += one[index] * other[index];
    square += one[index] * one[index];
    otherSquare += other[index] * other[index];
  }
  if (square === 0 || otherSquare === 0) return 1;
  return Math.max(-1, Math.min(1, product / Math.sqrt(square * otherSquare)));
}

/**
 * The angle by which a vector has turned, degrees.
 * @param {Row} one (D,)
 * @param {Row} other (D,)
 */
export function turned(one, other) {
  return DEGREES * Math.acos(cosine(one, other));
}

/**
 * By how many degrees each token has turned.
 * @param {Float32Array} before (N*D,)
 * @param {Float32Array} after (N*D,)
 * @param {number} width D
 * @returns {Float32Array} (N,)
 */
export function turnedTokens(before, after, width) {
  return Float32Array.from({ length: before.length / width }, (_, token) => {
    const [from, to] = [token * width, (token + 1) * width];
    return turned(before.subarray(from, to), after.subarray(from, to));
  });
}

/**
 * The tokens' mean: what MobileNet's own classifier pools, and our stand-in for CLS.
 * @param {Float32Array} tokens (N*D,)
 * @param {number} width D
 * @returns {Float64Array} (D,)
 */
export function meanToken(tokens, width) {
  const mean = new Float64Array(width);
  for (let index = 0; index < tokens.length; index += 1) mean[index % width] += tokens[index];
  return mean.map((sum) => (sum * width) / tokens.length);
}

/**
 * What two maps that should tell of the same thing have to say of each other.
 * @param {number} correlation Spearman's
 * @returns {"agree" | "partly" | "disagree"} from 0.7 on they agree, below 0.3 they do not
 */
export function verdictOf(correlation) {
  if (correlation >= 0.7) return "agree";
  return correlation >= 0.3 ? "partly" : "disagree";
}
