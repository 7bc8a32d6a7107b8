/**
 * What a figure shows, as something to take away: the numbers as a table, the maps to draw, and words that say what they
 * are. Made from the page's state and the files, so that figures need not know of it. Knows no DOM.
 *
 * Rows, columns, layers and heads count from 1 here, as on the page; token 0 of the real ViT is CLS.
 */

import { placeWords, tokenOf } from "../patch-grid.js";
import { pool } from "../map-agreement.js";
import { headOf, layerFile, layerOf, patchesOf, rowsOf } from "../real-vit.js";
import { load, oneBased, patchLines, placeStem, ROW_SUMS } from "./taking-parts.js";
import { real, takeHeadMap, takeHeadWall } from "./taking-real.js";
import { standIn, takeAttention, takeMatrix, takeSummary } from "./taking-stand-in.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {import("../manifest.js").PhotoEntry} PhotoEntry */
/** @typedef {import("../patch-grid.js").Cell} Cell */
/** @typedef {import("../state.js").State} State */
/**
 * @typedef {object} DrawnMap
 * @property {string} heading over it; "" where it is the only one
 * @property {number} rows
 * @property {number} cols
 * @property {Row} weights (rows*cols,)
 * @property {Cell | null} query the asking cell, 0-based
 * @property {number} maximum weight of the brightest colour
 * @property {boolean} onPhoto is the map laid over the photo?
 */
/**
 * @typedef {object} Taking
 * @property {string} stem of file names
 * @property {string} title what the numbers are, after the photo's name and a colon
 * @property {string} settings how they were made, in words
 * @property {string[]} models names, in the manifest
 * @property {PhotoEntry} photo
 * @property {Record<string, unknown>} view the choices that lead to these numbers
 * @property {string} definition what a line is and what a number
 * @property {string[]} columns
 * @property {(string | number)[][]} lines
 * @property {DrawnMap[]} maps
 * @property {number} across maps beside each other
 * @property {Legend | null} legend null where each map has a scale of its own
 */
/**
 * @typedef {object} Legend
 * @property {number} maximum weight of the brightest colour
 * @property {boolean} open do larger weights get the brightest colour too?
 * @property {string} even an even share, in words
 * @property {number} share the same
 */
/**
 * @typedef {object} Source
 * @property {import("../manifest.js").Manifest} manifest
 * @property {State} state
 * @property {Pick<import("../loader.js").Loader, "json" | "pack">} loader
 * @property {DOMStringMap} dataset the figure's own
 */

/** @type {Readonly<Record<string, (source: Source) => Promise<Taking>>>} */
const TAKINGS = Object.freeze({
  attention: takeAttention,
  "attention-matrix": takeMatrix,
  "cls-stand-in": takeSummary,
  "head-map": takeHeadMap,
  "head-wall": takeHeadWall,
  "stand-in-or-real": takePair,
});

/**
 * Rejects with an Error for people where a file is missing.
 * @param {string} figure its name
 * @param {Source} source
 * @returns {Promise<Taking>}
 */
export function takingOf(figure, source) {
  return TAKINGS[figure](source);
}

/** @param {Source} source @returns {Promise<Taking>} */
async function takePair(source) {
  const ours = await standIn(source);
  const theirs = real({ ...source, state: { ...source.state, asker: "patch", direction: "to" } });
  const { layer, head } = source.state;
  const pack = layerOf(await load(source, layerFile(layer)));
  const row = headOf(rowsOf(pack, theirs.token), head, pack.heads);
  const grid = /** @type {const} */ ([ours.rows, ours.cols]);
  const weights = ours.matrix[tokenOf(ours.query.row, ours.query.col, ours.cols)];
  const pooled = pool(row, [theirs.rows, theirs.cols], grid);
  const coarse = Number(source.dataset.coarseMaximum);
  const shared = { rows: ours.rows, cols: ours.cols, query: ours.query, maximum: coarse, onPhoto: true };
  return {
    ...ours,
    models: [...ours.models, ...theirs.models],
    stem: `${ours.stem}-and-dinov2-vits14-${theirs.layerStem}-${placeStem(ours.query)}${ours.ending}`,
    title: `what ${placeWords(ours.query)} of the stand-in’s grid attends to, and the real ViT from the same place`,
    settings: `stand-in: ${ours.settings}; real: ${theirs.settings}`,
    view: { ...ours.view, ...theirs.view, query: oneBased(ours.query), real_query: oneBased(theirs.query) },
    definition: `One line a cell; the real ViT's map, without CLS, is pooled to the stand-in's cells. ${ROW_SUMS}`,
    columns: ["token", "row", "column", "stand_in", "real_pooled"],
    lines: patchLines(ours.cols, weights, pooled),
    maps: [
      { ...shared, heading: `stand-in, ${grid.join(" × ")}`, weights },
      { ...shared, heading: `real, pooled to ${grid.join(" × ")}`, weights: pooled },
      {
        ...shared,
        heading: `real, ${theirs.rows} × ${theirs.cols}: brightest from ${source.dataset.maximum}`,
        rows: theirs.rows,
        cols: theirs.cols,
        weights: patchesOf(row),
        query: theirs.query,
        maximum: Number(source.dataset.maximum),
      },
    ],
    across: 3,
    legend: { maximum: coarse, open: true, even: "1/49", share: 1 / 49 },
  };
}
