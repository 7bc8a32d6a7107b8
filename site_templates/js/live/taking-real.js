/** The real ViT's numbers to take away: one head's map, and all of them. Knows no DOM. */

import { photoById } from "../manifest.js";
import { cellAt, placeWords, tokenOf } from "../patch-grid.js";
import { fileFor, headOf, mapsOf, patchesOf } from "../real-vit.js";
import { giveWay } from "../turn.js";
import { COLUMN_SUMS, greatest, load, oneBased, onePhotoMap, placeStem, ROW_SUMS, tokenLines } from "./taking-parts.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {import("./takings.js").Source} Source */
/** @typedef {import("./takings.js").Taking} Taking */

const REAL = "dinov2_vits14";

/** The real ViT's choices and all that names them. @param {Source} source */
export function real({ manifest, state, dataset }) {
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
export async function takeHeadMap(source) {
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
export async function takeHeadWall(source) {
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
    await giveWay();
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
