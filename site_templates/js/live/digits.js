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
  for (let index = 0; index < values.length; index += 1) {
    result[index] = step * Math.min(Math.max(nearest(values[index] / step), -32768), 32767);
  }
  return result;
}

/** The nearest integer, of two equally near ones the even one. @param {number} value */
export function nearest(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}
