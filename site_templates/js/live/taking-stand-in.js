/** The stand-in's numbers to take away: one patch's map, the mean's, the whole matrix. Knows no DOM. */

import { column } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { photoById } from "../manifest.js";
import { cellAt, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { attentionOf, summaryOf } from "../stand-in.js";
import { COLUMN_SUMS, greatest, load, oneBased, onePhotoMap, patchLines, placeStem, ROW_SUMS, written } from "./taking-parts.js";

/** @typedef {import("./takings.js").Source} Source */
/** @typedef {import("./takings.js").Taking} Taking */

const STAND_IN = "mobilenet_v2";
const SCORES = Object.freeze({ raw: "raw scores", layernorm: "scores after LayerNorm", layernorm_position: "LayerNorm + position" });

/** The stand-in's matrix and all that names it. @param {Source} source */
export async function standIn(source) {
  const { manifest, state } = source;
  const { variant, temperature } = state;
  const document = /** @type {import("../stand-in.js").StandIn} */ (await load(source, STAND_IN));
  const [rows, cols] = document.grid;
  const usual = document.attention[variant].temperature === temperature && variant === "layernorm";
  return {
    document,
    rows,
    cols,
    query: cellAt(state.at, rows, cols),
    matrix: attentionOf(document, variant, temperature),
    stem: `${state.photo}-mobilenet-v2`,
    ending: usual ? "" : `-${variant.replace("_", "-")}-t${temperature}`,
    settings: `${SCORES[variant]}, temperature ${temperature}`,
    view: { scores: variant, temperature },
    models: [STAND_IN],
    photo: photoById(manifest, state.photo),
  };
}

/** @param {Source} source @returns {Promise<Taking>} */
export async function takeAttention(source) {
  const { rows, cols, query, matrix, stem, ending, ...common } = await standIn(source);
  const token = tokenOf(query.row, query.col, cols);
  const to = source.state.direction === "to";
  const weights = to ? matrix[token] : column(matrix, token);
  return {
    ...common,
    stem: `${stem}-${placeStem(query)}${to ? "" : "-attended-by"}${ending}`,
    title: to ? `what ${placeWords(query)} attends to` : `what attends to ${placeWords(query)}`,
    view: { ...common.view, query: oneBased(query), direction: source.state.direction },
    definition: `One line a patch. ${to ? ROW_SUMS : COLUMN_SUMS}`,
    columns: ["token", "row", "column", "weight"],
    lines: patchLines(cols, weights),
    ...onePhotoMap({ rows, cols, weights, query }, ABSOLUTE_MAXIMUM, source.state, 49),
  };
}

/** @param {Source} source @returns {Promise<Taking>} */
export async function takeSummary(source) {
  const { document, rows, cols, stem, ending, ...common } = await standIn(source);
  const { variant, temperature } = source.state;
  const weights = summaryOf(document, variant, temperature);
  return {
    ...common,
    stem: `${stem}-cls${ending}`,
    title: "what the stand-in for CLS, the mean of all features, attends to",
    view: { ...common.view, query: "the mean of all features" },
    definition: `One line a patch. ${ROW_SUMS}`,
    columns: ["token", "row", "column", "weight"],
    lines: patchLines(cols, weights),
    ...onePhotoMap({ rows, cols, weights, query: null }, ABSOLUTE_MAXIMUM, source.state, 49),
  };
}

/** @param {Source} source @returns {Promise<Taking>} */
export async function takeMatrix(source) {
  const { rows, cols, matrix, stem, ending, ...common } = await standIn(source);
  const names = matrix.map((_, token) => placeStem(rowColOf(token, cols)));
  const flat = matrix.flatMap((row) => Array.from(row));
  const open = source.state.scale === "absolute";
  const maximum = open ? ABSOLUTE_MAXIMUM : greatest(flat);
  return {
    ...common,
    stem: `${stem}-matrix${ending}`,
    title: `all ${rows * cols} × ${rows * cols} weights; rows ask, columns answer`,
    definition: `One line a query, one column a key. ${ROW_SUMS}`,
    columns: ["query", ...names],
    lines: matrix.map((row, token) => [names[token], ...Array.from(row, written)]),
    maps: [{ heading: "", rows: rows * cols, cols: rows * cols, weights: flat, query: null, maximum, onPhoto: false }],
    across: 1,
    legend: { maximum, open, even: "1/49", share: 1 / 49 },
  };
}
