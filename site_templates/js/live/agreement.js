/**
 * How far a real layer's maps agree with the stand-in's, cell by cell, beside their baselines: the tested twin of
 * `agreement` in `explainer/vit_agreement.py`. Knows no DOM.
 */

import { chanceOverlap, correlation, overlap, pool, ranks } from "../map-agreement.js";
import { headOf, layerOf, rowsOf } from "../real-vit.js";
import { rounded } from "./digits.js";

/** @typedef {ArrayLike<number>} Row */
/** @typedef {import("../tensor.js").Tensor} Tensor */
/** @typedef {{overlap: number[], other_overlap: number, spearman: number[], other_spearman: number, shuffled_overlap: number}} Agreement */

/**
 * @param {Tensor} pack (2, H, d, N): the layer's queries and keys
 * @param {readonly Row[]} standIn (cells, cells): the stand-in's weights
 * @param {readonly [number, number]} grid rows, columns of the layer's patches
 * @param {readonly [number, number]} coarse rows, columns of the stand-in's cells
 * @returns {Agreement}
 */
export function agreement(pack, standIn, grid, coarse) {
  const layer = layerOf(pack);
  const real = patchesAtCentres(coarse, grid).map((patch) =>
    pool(headOf(rowsOf(layer, 1 + patch), "mean", layer.heads), grid, coarse),
  );
  const [theirRanks, realRanks] = [standIn.map(ranks), real.map(ranks)];
  const shared = compared(standIn, real, overlap);
  const alike = compared(theirRanks, realRanks, correlation);
  const shuffled = standIn.reduce((sum, row, cell) => sum + chanceOverlap(row, real[cell]), 0) / standIn.length;
  return {
    overlap: shared.same,
    other_overlap: shared.other,
    spearman: alike.same,
    other_spearman: alike.other,
    shuffled_overlap: rounded(shuffled),
  };
}

/**
 * Each cell's pair, and the mean of all pairs of different cells.
 * @param {readonly Row[]} ones
 * @param {readonly Row[]} others
 * @param {(one: Row, other: Row) => number} measure
 */
function compared(ones, others, measure) {
  const table = ones.map((one) => others.map((other) => measure(one, other)));
  const same = table.map((row, cell) => row[cell]);
  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
  const rest = sum(table.map(sum)) - sum(same);
  return { same: same.map((value) => rounded(value)), other: rounded(rest / (ones.length * (ones.length - 1))) };
}

/**
 * The patch that holds the centre of each cell, row by row.
 * @param {readonly [number, number]} coarse
 * @param {readonly [number, number]} grid
 * @returns {number[]}
 */
function patchesAtCentres([coarseRows, coarseCols], [rows, cols]) {
  return Array.from({ length: coarseRows * coarseCols }, (_, cell) => {
    const [row, col] = [Math.floor(cell / coarseCols), cell % coarseCols];
    // (row + 1/2) / coarse * grid, rounded down, in integers.
    const [down, across] = [((2 * row + 1) * rows) / (2 * coarseRows), ((2 * col + 1) * cols) / (2 * coarseCols)];
    return cols * Math.floor(down) + Math.floor(across);
  });
}
