/**
 * What a figure shows, as something to take away: the numbers as a table, the maps to draw, and words that say what they
 * are. Made from the page's state and the files, so that figures need not know of it. Knows no DOM.
 *
 * Rows, columns, layers and heads count from 1 here, as on the page; token 0 of the real ViT is CLS.
 */

import { column } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { photoById } from "../manifest.js";
import { cellAt, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { fileFor, headOf, layerFile, layerOf, mapsOf, patchesOf, pool, rowsOf } from "../real-vit.js";
import { attentionOf, summaryOf } from "../stand-in.js";

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

const STAND_IN = "mobilenet_v2";
const REAL = "dinov2_vits14";
const SCORES = Object.freeze({ raw: "raw scores", layernorm: "scores after LayerNorm", layernorm_position: "LayerNorm + position" });
const ROW_SUMS = "Weights are shares of one query's attention; the shares of a query sum to 1.";
const COLUMN_SUMS = "Each weight is what another query gives to this one; they have no fixed sum.";

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

/** @param {Cell} cell */
const placeStem = ({ row, col }) => `row${row + 1}-column${col + 1}`;
/** @param {Row} values */
const greatest = (values) => Array.from(values).reduce((most, value) => Math.max(most, value), 0);

/** @param {Source} source @param {string} name @returns {Promise<any>} */
function load({ manifest, state, loader }, name) {
  const photo = photoById(manifest, state.photo);
  const file = photo.files[name];
  if (!file) throw new Error("DINOv2 has not been run on this photo yet: run it first.");
  return file.path.endsWith(".json") ? loader.json(file) : loader.pack(file);
}

/** The stand-in's matrix and all that names it. @param {Source} source */
async function standIn(source) {
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
async function takeAttention(source) {
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
async function takeSummary(source) {
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
async function takeMatrix(source) {
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

/** The real ViT's choices and all that names them. @param {Source} source */
function real({ manifest, state, dataset }) {
  const { layer, head, direction } = state;
  const [rows, cols] = [Number(dataset.rows), Number(dataset.cols)];
  const query = cellAt(state.at, rows, cols);
  const cls = state.asker === "cls";
  const who = cls ? "CLS" : placeWords(query);
  const headName = head === "mean" ? "mean of the heads" : `head ${Number(head) + 1}`;
  return {
    rows,
    cols,
    query,
    token: cls ? 0 : 1 + tokenOf(query.row, query.col, cols),
    stem: `${state.photo}-${REAL.replace("_", "-")}`,
    place: `${cls ? "cls" : placeStem(query)}${direction === "to" ? "" : "-attended-by"}`,
    layerStem: `layer${layer + 1}-${head === "mean" ? "mean" : `head${Number(head) + 1}`}`,
    title: direction === "to" ? `what ${who} attends to` : `what attends to ${who}`,
    settings: `layer ${layer + 1}, ${headName}`,
    view: { layer: layer + 1, head: head === "mean" ? head : Number(head) + 1, query: cls ? "CLS" : oneBased(query), direction },
    models: [REAL],
    photo: photoById(manifest, state.photo),
  };
}

/** @param {Source} source @returns {Promise<Taking>} */
async function takeHeadMap(source) {
  const { rows, cols, query, token, stem, place, layerStem, ...common } = real(source);
  const { layer, head, direction, asker } = source.state;
  const name = fileFor(layer, token, direction);
  const maps = mapsOf({ [name]: await load(source, name) }, layer, token, direction);
  if (!maps) throw new Error("The layer's numbers are not here.");
  const map = headOf(maps, head, Number(source.dataset.heads));
  return {
    ...common,
    stem: `${stem}-${layerStem}-${place}`,
    definition: `One line a token; token 0 is CLS. ${direction === "to" ? ROW_SUMS : COLUMN_SUMS}`,
    columns: ["token", "row", "column", "weight"],
    lines: tokenLines(cols, map.length, (index) => [map[index]]),
    ...onePhotoMap(
      { rows, cols, weights: patchesOf(map), query: asker === "cls" ? null : query },
      Number(source.dataset.maximum),
      source.state,
      map.length,
    ),
  };
}

/** @param {Source} source @returns {Promise<Taking>} */
async function takeHeadWall(source) {
  const { rows, cols, token, stem, place, ...common } = real(source);
  const { direction, scale } = source.state;
  const heads = Number(source.dataset.heads);
  const layers = Number(source.dataset.layers);
  /** @type {Row[]} */
  const maps = [];
  for (let layer = 0; layer < layers; layer += 1) {
    const name = fileFor(layer, token, direction);
    const all = mapsOf({ [name]: await load(source, name) }, layer, token, direction);
    if (!all) throw new Error("A layer's numbers are not here.");
    for (let head = 0; head < heads; head += 1) maps.push(headOf(all, String(head), heads));
    maps.push(headOf(all, "mean", heads));
    // Columns of a layer take all its weights, some tens of ms: the page is not to wait for twelve of them at once.
    await new Promise((resolve) => setTimeout(resolve));
  }
  const name = (/** @type {number} */ index) => {
    const head = index % (heads + 1);
    return `layer${Math.floor(index / (heads + 1)) + 1}_${head === heads ? "mean" : `head${head + 1}`}`;
  };
  const absolute = scale === "absolute";
  const fixed = Number(source.dataset.maximum);
  const own = absolute ? "" : "; each map’s colours reach to its own greatest weight";
  return {
    ...common,
    stem: `${stem}-all-heads-${place}`,
    settings: `all ${heads} heads of all ${layers} layers, and each layer’s mean${own}`,
    view: { ...common.view, layer: "all", head: "all" },
    definition: `One line a token; token 0 is CLS. One column a layer and head. ${direction === "to" ? ROW_SUMS : COLUMN_SUMS}`,
    columns: ["token", "row", "column", ...maps.map((_, index) => name(index))],
    lines: tokenLines(cols, maps[0].length, (index) => maps.map((map) => map[index])),
    maps: Array.from({ length: maps.length }, (_, index) => {
      // The picture's rows are heads, its columns layers, as on a wide screen.
      const [head, layer] = [Math.floor(index / layers), index % layers];
      const weights = patchesOf(maps[layer * (heads + 1) + head]);
      const heading = head === 0 ? `${layer === 0 ? "layer " : ""}${layer + 1}` : "";
      return { heading, rows, cols, weights, query: null, maximum: absolute ? fixed : greatest(weights), onPhoto: false };
    }),
    across: layers,
    legend: absolute ? { maximum: fixed, open: true, even: "1/257", share: 1 / 257 } : null,
  };
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
    models: [STAND_IN, REAL],
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

/**
 * @param {{rows: number, cols: number, weights: Row, query: Cell | null}} map
 * @param {number} absolute the absolute scale's end
 * @param {State} state
 * @param {number} tokens that share a query's attention
 * @returns {Pick<Taking, "maps" | "across" | "legend">}
 */
function onePhotoMap(map, absolute, { scale }, tokens) {
  const open = scale === "absolute";
  const maximum = open ? absolute : greatest(map.weights);
  return {
    maps: [{ heading: "", ...map, maximum, onPhoto: true }],
    across: 1,
    legend: { maximum, open, even: `1/${tokens}`, share: 1 / tokens },
  };
}

/** @param {Cell} cell */
function oneBased({ row, col }) {
  return { row: row + 1, column: col + 1 };
}

/**
 * Seven digits: as many as a 32-bit number holds.
 * @param {number} weight
 */
function written(weight) {
  return Number(weight.toPrecision(7));
}

/** @param {number} cols @param {...Row} columns each (rows*cols,) */
function patchLines(cols, ...columns) {
  return Array.from(columns[0], (_, token) => {
    const { row, col } = rowColOf(token, cols);
    return [token, row + 1, col + 1, ...columns.map((values) => written(values[token]))];
  });
}

/** CLS has no row and no column. @param {number} cols @param {number} count @param {(token: number) => number[]} numbers */
function tokenLines(cols, count, numbers) {
  return Array.from({ length: count }, (_, token) => {
    const { row, col } = rowColOf(token - 1, cols);
    return [token, ...(token === 0 ? ["", ""] : [row + 1, col + 1]), ...numbers(token).map(written)];
  });
}
