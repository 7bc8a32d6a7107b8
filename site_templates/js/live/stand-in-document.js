/**
 * A photo's features -> the document that the build publishes as `data/photos/<id>/mobilenet_v2.json`: the tested twin of
 * `photo_document` in `explainer/artifacts.py`. Knows no DOM.
 */

import { logits, softmaxRow, toRows, tokens } from "../attention.js";
import { toDecimals } from "./digits.js";

const LOGIT_DECIMALS = 7;
const WEIGHT_DECIMALS = 9;

/** @typedef {import("../attention.js").Variant} Variant */
/** @typedef {import("../attention.js").Matrix} Matrix */
/**
 * @typedef {object} StandInIdentity what the documents of all photos have in common
 * @property {string} model
 * @property {string} checkpoint
 * @property {string} weights_sha256
 * @property {[number, number]} grid rows, columns
 * @property {number} feature_dim
 * @property {string} definition of the CLS stand-in
 * @property {Record<Variant, number>} temperatures
 * @property {number} position_alpha
 */

/**
 * Any published document -> what it shares with every other: texts and constants have their one home in the build.
 * @param {any} published
 * @returns {StandInIdentity}
 */
export function standInIdentity(published) {
  const { model, checkpoint, weights_sha256, grid, feature_dim, position_alpha } = published;
  const temperatures = mapped(published.attention, ({ temperature }) => temperature);
  const { definition } = published.cls;
  return { model, checkpoint, weights_sha256, grid, feature_dim, definition, temperatures, position_alpha };
}

/**
 * @param {string} photo id
 * @param {Float32Array} features (49, 1280)
 * @param {StandInIdentity} identity
 */
export function standInDocument(photo, features, identity) {
  const { model, checkpoint, weights_sha256, grid, feature_dim, definition, temperatures, position_alpha } = identity;
  const rows = toRows(features, feature_dim);
  if (rows.length !== grid[0] * grid[1]) throw new RangeError(`${rows.length} features are not a grid of ${grid.join(" x ")}.`);
  const sum = new Float64Array(feature_dim);
  for (const row of rows) for (let index = 0; index < feature_dim; index += 1) sum[index] += row[index];
  const mean = sum.map((value) => value / rows.length);
  const scores = mapped(temperatures, (_, variant) => {
    const keys = tokens(rows, variant, position_alpha, grid);
    // CLS has no place in the picture, so its position code is zero.
    const asked = tokens([mean], variant === "raw" ? "raw" : "layernorm", 0, grid);
    return { patches: logits(keys, keys), cls: logits(asked, keys)[0] };
  });
  return {
    photo,
    model,
    checkpoint,
    weights_sha256,
    grid,
    feature_dim,
    logits: mapped(scores, ({ patches }) => patches.map((row) => published(row, LOGIT_DECIMALS))),
    attention: mapped(scores, ({ patches }, variant) => {
      const temperature = temperatures[variant];
      return { temperature, weights: patches.map((row) => published(softmaxRow(row, temperature), WEIGHT_DECIMALS)) };
    }),
    cls: {
      definition,
      logits: mapped(scores, ({ cls }) => published(cls, LOGIT_DECIMALS)),
      attention: mapped(scores, ({ cls }, variant) => {
        const temperature = temperatures[variant];
        return { temperature, weights: published(softmaxRow(cls, temperature), WEIGHT_DECIMALS) };
      }),
    },
    position_alpha,
  };
}

/** @param {Float64Array} row @param {number} decimals */
function published(row, decimals) {
  return Array.from(row, (value) => toDecimals(value, decimals));
}

/**
 * A record of the same keys, in the same order.
 * @template A, B
 * @param {Record<Variant, A>} record
 * @param {(value: A, variant: Variant) => B} change
 * @returns {Record<Variant, B>}
 */
function mapped(record, change) {
  const entries = Object.entries(record).map(([variant, value]) => [variant, change(value, /** @type {Variant} */ (variant))]);
  return Object.fromEntries(entries);
}
