/**
 * The stand-in's attention, from its published document (`data/photos/<id>/mobilenet_v2.json`). Knows no DOM.
 *
 * At the temperature a variant was published with, the weights are the published ones, digit for digit; at any other they
 * are the softmax of the published scores.
 */

import { softmax, softmaxRow } from "./attention.js";

/** @typedef {import("./attention.js").Matrix} Matrix */
/** @typedef {import("./attention.js").Row} Row */
/** @typedef {import("./attention.js").Variant} Variant */
/**
 * @typedef {object} StandIn
 * @property {string} photo id
 * @property {[number, number]} grid rows, columns
 * @property {Record<Variant, Matrix>} logits (N, N): row = query
 * @property {Record<Variant, {temperature: number, weights: Matrix}>} attention (N, N)
 * @property {{logits: Record<Variant, Row>, attention: Record<Variant, {temperature: number, weights: Row}>}} cls (N,)
 * @property {number} position_alpha
 */

/** @type {WeakMap<StandIn, {key: string, weights: Matrix}>} the last matrix of each document: a new query must not redo it */
const last = new WeakMap();

/**
 * (N, N): row i is what patch i attends to.
 * @param {StandIn} document
 * @param {Variant} variant
 * @param {number} temperature
 * @returns {Matrix}
 */
export function attentionOf(document, variant, temperature) {
  const published = document.attention[variant];
  if (published.temperature === temperature) return published.weights;
  const key = `${variant} ${temperature}`;
  const known = last.get(document);
  if (known?.key === key) return known.weights;
  const weights = softmax(document.logits[variant], temperature);
  last.set(document, { key, weights });
  return weights;
}

/**
 * (N,): what the CLS stand-in attends to.
 * @param {StandIn} document
 * @param {Variant} variant
 * @param {number} temperature
 * @returns {Row}
 */
export function summaryOf(document, variant, temperature) {
  const published = document.cls.attention[variant];
  return published.temperature === temperature ? published.weights : softmaxRow(document.cls.logits[variant], temperature);
}

/**
 * The temperature to go on with when the scores change: a reader's own choice stays, a variant's own temperature gives way to
 * the next one's. The temperature alone tells which it is, so that a link reproduces what its sender saw.
 * @param {number} temperature now
 * @param {number} before the variant's own temperature
 * @param {number} next the coming variant's own temperature
 */
export function carriedTemperature(temperature, before, next) {
  return temperature === before ? next : temperature;
}
