/**
 * What one run of a model says, in one form for both models: the patches' vectors, the summary's vector, and whole rows of
 * attention. Knows no DOM.
 */

import { logits, softmaxRow, toRows, tokens } from "../attention.js";
import { layerOf, patchesOf, rowsOf } from "../real-vit.js";
import { meanToken } from "./changes.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {import("../attention.js").Variant} Variant */
/** @typedef {import("../state.js").State} State */
/** @typedef {number | "cls"} Asker a patch in reading order, or the summary */
/**
 * @typedef {object} Seen
 * @property {readonly [number, number]} grid rows, columns of the patches
 * @property {number} width D
 * @property {Float32Array} patches (rows*cols*D,): the model's last vectors
 * @property {Row} summary (D,): CLS's vector, or of the stand-in the patches' mean
 * @property {(state: Pick<State, "variant" | "temperature" | "layer" | "head">, asker: Asker) => Row} row what the asker
 *   attends to; sums to 1
 * @property {(row: Row) => Row} onPatches its weights on the patches (rows*cols,)
 */

const REAL_GRID = Object.freeze(/** @type {const} */ ([16, 16]));
const REAL_WIDTH = 384;
const HEADS = 6;
/** CLS, then the patches. */
const TOKENS = 1 + REAL_GRID[0] * REAL_GRID[1];
/** Numbers in a query or a key. */
const HEAD_WIDTH = 64;

/**
 * Scores are those of `stand-in-document.js`, of one variant at a time and not rounded.
 * @param {Float32Array} features (49*1280,)
 * @param {readonly [number, number]} grid
 * @param {number} positionAlpha
 * @returns {Seen}
 */
export function seenByStandIn(features, grid, positionAlpha) {
  const width = features.length / (grid[0] * grid[1]);
  const summary = meanToken(features, width);
  /** @type {Map<Variant, {patches: import("../attention.js").Matrix, cls: Row}>} */
  const known = new Map();
  /** @param {Variant} variant */
  const scoresOf = (variant) => {
    const scores = known.get(variant) ?? standInScores(toRows(features, width), summary, variant, grid, positionAlpha);
    known.set(variant, scores);
    return scores;
  };
  return {
    grid,
    width,
    patches: features,
    summary,
    row({ variant, temperature }, asker) {
      const { patches, cls } = scoresOf(variant);
      return softmaxRow(asker === "cls" ? cls : patches[asker], temperature);
    },
    onPatches: (row) => row,
  };
}

/**
 * @param {Float64Array[]} rows (N, D)
 * @param {Float64Array} summary (D,)
 * @param {Variant} variant
 * @param {readonly [number, number]} grid
 * @param {number} positionAlpha
 */
function standInScores(rows, summary, variant, grid, positionAlpha) {
  const keys = tokens(rows, variant, positionAlpha, grid);
  // CLS has no place in the picture, so its position code is zero.
  const asked = tokens([summary], variant === "raw" ? "raw" : "layernorm", 0, grid);
  return { patches: logits(keys, keys), cls: logits(asked, keys)[0] };
}

/**
 * @param {{tokens: Float32Array, q: Float32Array, k: Float32Array}} result (257*384,), (12*6*257*64,) twice
 * @returns {Seen}
 */
export function seenByReal({ tokens: vectors, q, k }) {
  /** @type {Map<number, import("../real-vit.js").Layer>} */
  const layers = new Map();
  return {
    grid: REAL_GRID,
    width: REAL_WIDTH,
    patches: vectors.subarray(REAL_WIDTH),
    summary: vectors.subarray(0, REAL_WIDTH),
    row({ layer, head }, asker) {
      const known = layers.get(layer) ?? layerOfRun({ q, k }, layer);
      layers.set(layer, known);
      const rows = rowsOf(known, asker === "cls" ? 0 : 1 + asker);
      const heads = head === "mean" ? Array.from({ length: HEADS }, (_, index) => index) : [Number(head)];
      return Float64Array.from({ length: TOKENS }, (_, token) =>
        heads.reduce((sum, one) => sum + rows[one * TOKENS + token] / heads.length, 0),
      );
    },
    onPatches: patchesOf,
  };
}

/**
 * One layer of a run, as the published packs hold it: channel by channel.
 * @param {{q: Float32Array, k: Float32Array}} result (12*6*257*64,) twice
 * @param {number} layer 0-based
 * @returns {import("../real-vit.js").Layer}
 */
export function layerOfRun({ q, k }, layer) {
  const half = HEADS * HEAD_WIDTH * TOKENS;
  const data = new Float32Array(2 * half);
  [q, k].forEach((numbers, which) => {
    for (let head = 0; head < HEADS; head += 1) {
      const from = (layer * HEADS + head) * TOKENS * HEAD_WIDTH;
      const to = which * half + head * HEAD_WIDTH * TOKENS;
      for (let token = 0; token < TOKENS; token += 1) {
        for (let channel = 0; channel < HEAD_WIDTH; channel += 1) {
          data[to + channel * TOKENS + token] = numbers[from + token * HEAD_WIDTH + channel];
        }
      }
    }
  });
  return layerOf({ name: `layer ${layer + 1}`, shape: [2, HEADS, HEAD_WIDTH, TOKENS], data });
}
