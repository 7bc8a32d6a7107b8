/** What all that is taken away is made of: files, places, lines of a table, one map on its photo. Knows no DOM. */

import { photoById } from "../manifest.js";
import { rowColOf } from "../patch-grid.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {import("../patch-grid.js").Cell} Cell */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("./takings.js").Source} Source */
/** @typedef {import("./takings.js").Taking} Taking */

export const ROW_SUMS = "Weights are shares of one query's attention; the shares of a query sum to 1.";
export const COLUMN_SUMS = "Each weight is what another query gives to this one; they have no fixed sum.";

/** @param {Cell} cell */
export const placeStem = ({ row, col }) => `row${row + 1}-column${col + 1}`;
/** @param {Row} values */
export const greatest = (values) => Array.from(values).reduce((most, value) => Math.max(most, value), 0);

/** @param {Source} source @param {string} name @returns {Promise<any>} */
export function load({ manifest, state, loader }, name) {
  const photo = photoById(manifest, state.photo);
  const file = photo.files[name];
  if (!file) throw new Error("DINOv2 has not been run on this photo yet: run it first.");
  return file.path.endsWith(".json") ? loader.json(file) : loader.pack(file);
}

/**
 * @param {{rows: number, cols: number, weights: Row, query: Cell | null}} map
 * @param {number} absolute the absolute scale's end
 * @param {State} state
 * @param {number} tokens that share a query's attention
 * @returns {Pick<Taking, "maps" | "across" | "legend">}
 */
export function onePhotoMap(map, absolute, { scale }, tokens) {
  const open = scale === "absolute";
  const maximum = open ? absolute : greatest(map.weights);
  return {
    maps: [{ heading: "", ...map, maximum, onPhoto: true }],
    across: 1,
    legend: { maximum, open, even: `1/${tokens}`, share: 1 / tokens },
  };
}

/** @param {Cell} cell */
export function oneBased({ row, col }) {
  return { row: row + 1, column: col + 1 };
}

/**
 * Seven digits: as many as a 32-bit number holds.
 * @param {number} weight
 */
export function written(weight) {
  return Number(weight.toPrecision(7));
}

/** @param {number} cols @param {...Row} columns each (rows*cols,) */
export function patchLines(cols, ...columns) {
  return Array.from(columns[0], (_, token) => {
    const { row, col } = rowColOf(token, cols);
    return [token, row + 1, col + 1, ...columns.map((values) => written(values[token]))];
  });
}

/** CLS has no row and no column. @param {number} cols @param {number} count @param {(token: number) => number[]} numbers */
export function tokenLines(cols, count, numbers) {
  return Array.from({ length: count }, (_, token) => {
    const { row, col } = rowColOf(token - 1, cols);
    return [token, ...(token === 0 ? ["", ""] : [row + 1, col + 1]), ...numbers(token).map(written)];
  });
}
