/** How far two attention maps agree, and a fine map on a coarse one's cells. Knows no DOM. */

/** @typedef {ArrayLike<number>} Row */

/**
 * Weights on CLS and a grid's patches -> on a coarser grid's cells: CLS is left out and the rest made whole; a patch on a
 * boundary is divided in proportion to the area on each side.
 * @param {Row} row (1 + rows*cols,)
 * @param {readonly [number, number]} grid rows, columns
 * @param {readonly [number, number]} coarse rows, columns
 * @returns {Float64Array} sums to 1
 */
export function pool(row, [rows, cols], [coarseRows, coarseCols]) {
  const down = shares(rows, coarseRows);
  const across = shares(cols, coarseCols);
  const pooled = new Float64Array(coarseRows * coarseCols);
  let total = 0;
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < cols; c += 1) {
      const weight = row[1 + r * cols + c];
      total += weight;
      for (const [toRow, part] of down[r]) {
        for (const [toCol, other] of across[c]) pooled[toRow * coarseCols + toCol] += weight * part * other;
      }
    }
  }
  return pooled.map((weight) => weight / total);
}

/**
 * The weight that two distributions put in the same place: the sum of the smaller of each two, 1 minus their total variation.
 * @param {Row} one (N,), sums to 1
 * @param {Row} other (N,), sums to 1
 */
export function overlap(one, other) {
  let shared = 0;
  for (let index = 0; index < one.length; index += 1) shared += Math.min(one[index], other[index]);
  return shared;
}

/**
 * The mean of `overlap` over all orders of the second map's cells: in a random order each cell of one meets each of the other
 * equally often.
 * @param {Row} one (N,), sums to 1
 * @param {Row} other (N,), sums to 1
 */
export function chanceOverlap(one, other) {
  let shared = 0;
  for (let a = 0; a < one.length; a += 1) for (let b = 0; b < other.length; b += 1) shared += Math.min(one[a], other[b]);
  return shared / one.length;
}

/**
 * Spearman's rank correlation in [-1, 1]: equal values share their average rank; 0 where a map has no differences.
 * @param {Row} one (N,)
 * @param {Row} other (N,)
 */
export function spearman(one, other) {
  return correlation(ranks(one), ranks(other));
}

/**
 * The correlation of two maps' ranks; 0 where one has no differences.
 * @param {Row} first (N,), from `ranks`
 * @param {Row} second (N,), from `ranks`
 */
export function correlation(first, second) {
  const middle = (first.length - 1) / 2;
  let [product, square, otherSquare] = [0, 0, 0];
  for (let index = 0; index < first.length; index += 1) {
    const [a, b] = [first[index] - middle, second[index] - middle];
    product += a * b;
    square += a * a;
    otherSquare += b * b;
  }
  return square > 0 && otherSquare > 0 ? product / Math.sqrt(square * otherSquare) : 0;
}

/**
 * For each of `fine` equal intervals of a line: the coarse intervals that it lies in, and its share in each.
 * @param {number} fine
 * @param {number} coarse
 * @returns {[number, number][][]}
 */
function shares(fine, coarse) {
  return Array.from({ length: fine }, (_, index) => {
    /** @type {[number, number][]} */
    const parts = [];
    for (let to = 0; to < coarse; to += 1) {
      const part = Math.min((index + 1) / fine, (to + 1) / coarse) - Math.max(index / fine, to / coarse);
      if (part > 0) parts.push([to, part * fine]);
    }
    return parts;
  });
}

/** @param {Row} values @returns {Float64Array} each value's average rank, from 0 */
export function ranks(values) {
  const order = Array.from(values, (_, index) => index).sort((a, b) => values[a] - values[b]);
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]] === values[order[start]]) end += 1;
    for (let place = start; place <= end; place += 1) result[order[place]] = (start + end) / 2;
    start = end + 1;
  }
  return result;
}
