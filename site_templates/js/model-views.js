/**
 * Small sums of the figures about the real model itself. The tested twin of `explainer/real_model_views.py`. Knows no DOM.
 */

/** @typedef {import("./patch-grid.js").Cell} Cell */

/**
 * Likeness to one place -> its mean along that place's row, its column, and elsewhere, and the least. The place itself
 * counts nowhere: it is like itself.
 * @param {ArrayLike<number>} likeness (rows*cols,)
 * @param {Cell} place
 * @param {number} cols
 */
export function lineMeans(likeness, { row, col }, cols) {
  const sums = { row: [0, 0], column: [0, 0], elsewhere: [0, 0] };
  let least = 0;
  for (let index = 0; index < likeness.length; index += 1) {
    if (likeness[index] < likeness[least]) least = index;
    const inRow = Math.floor(index / cols) === row;
    const inColumn = index % cols === col;
    if (inRow && inColumn) continue;
    const sum = sums[inRow ? "row" : inColumn ? "column" : "elsewhere"];
    sum[0] += likeness[index];
    sum[1] += 1;
  }
  /** @param {number[]} sum */
  const mean = ([total, count]) => total / count;
  return {
    row: mean(sums.row),
    column: mean(sums.column),
    elsewhere: mean(sums.elsewhere),
    least: { row: Math.floor(least / cols), col: least % cols, likeness: likeness[least] },
  };
}

/**
 * The kept layer next to `layer`; of two equally near, the first.
 * @param {readonly number[]} kept
 * @param {number} layer
 */
export function nearest(kept, layer) {
  return kept.reduce((best, other) => (Math.abs(other - layer) < Math.abs(best - layer) ? other : best));
}

/**
 * A table's row of heads -> one head's value, or the mean of all.
 * @param {readonly number[]} heads (H,)
 * @param {string} head 0-based, or "mean"
 */
export function ofHead(heads, head) {
  return head === "mean" ? heads.reduce((sum, value) => sum + value, 0) / heads.length : heads[Number(head)];
}
