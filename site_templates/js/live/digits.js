/**
 * Numbers as the build publishes them: the tested twin of `rounded` in `explainer/digits.py`, and of its packs' steps.
 */

/** @typedef {number | Numbers[]} Numbers nested lists */
/** @typedef {ArrayLike<number>} Row */

/**
 * A number with so many significant digits.
 * @param {number} value
 * @param {number} [digits]
 */
export function rounded(value, digits = 3) {
  return Number(value.toPrecision(digits));
}

/**
 * (rows * width,) numbers -> lists of `width` numbers with three significant digits.
 * @param {Row} values
 * @param {number} width
 * @returns {number[][]}
 */
export function roundedTable(values, width) {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (_, index) => rounded(values[row * width + index])),
  );
}

/**
 * The nearest number that has so many decimals.
 * @param {number} value
 * @param {number} decimals
 */
export function toDecimals(value, decimals) {
  const scale = 10 ** decimals;
  // Adding zero turns -0 into 0, which is shorter and the same number.
  return nearest(value * scale) / scale + 0;
}

/**
 * What is left of numbers that are stored as 16-bit integers and a step: value = integer * step.
 * @param {Row} values
 * @param {number} step a power of two
 * @returns {Float32Array<ArrayBuffer>}
 */
export function toSteps(values, step) {
  const result = new Float32Array(values.length);
  for (let index = 0; index < values.length; index += 1) result[index] = toStep(values[index], step);
  return result;
}

/** What is left of one such number. @param {number} value @param {number} step */
export function toStep(value, step) {
  return step * Math.min(Math.max(nearest(value / step), -32768), 32767);
}

/** 1.5 times the first double that has no bits left for a fraction: what is added to it is rounded, half to even. */
const NO_FRACTION = 1.5 * 2 ** 52;

/** The nearest integer, of two equally near ones the even one. @param {number} value below 2^51, either sign */
export function nearest(value) {
  return value + NO_FRACTION - NO_FRACTION;
}
