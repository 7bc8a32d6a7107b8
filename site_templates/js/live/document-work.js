/** What the build publishes of a photo, made in the worker from a run's result: by the names that the manifest uses. */

import { realFiles, realIdentity } from "./real-document.js";
import { aborted } from "./shared.js";
import { standInDocument, standInIdentity } from "./stand-in-document.js";

/** @typedef {import("./engine.js").Result} Result */
/** @typedef {Record<string, any>} Files JSON values, and tensors */
/**
 * @typedef {object} Wanted
 * @property {string} model
 * @property {string} photo id
 * @property {Result} result
 * @property {any} published any photo's document of the model: texts and constants have their one home there
 * @property {readonly ArrayLike<number>[]} [standIn] (49, 49): the weights that a real model's maps are compared with
 * @property {Result | null} [plain] the run without positions
 */

/**
 * @param {Wanted} wanted
 * @param {import("./worker.js").Asked} asked
 * @returns {Promise<import("./worker.js").Answer>}
 */
export async function documents(wanted, { signal, tell }) {
  const files = wanted.standIn ? await ofReal(wanted, signal, tell) : ofStandIn(wanted);
  const buffers = new Set(Object.values(files).flatMap(({ data }) => (ArrayBuffer.isView(data) ? [data.buffer] : [])));
  return { value: files, transfer: /** @type {ArrayBuffer[]} */ ([...buffers]) };
}

/** @param {Wanted} wanted @returns {Files} */
function ofStandIn({ model, photo, result, published }) {
  const identity = standInIdentity(published);
  const features = /** @type {Float32Array} */ (result.features);
  const name = `${model}_features`;
  return {
    [model]: standInDocument(photo, features, identity),
    [name]: { name, shape: [features.length / identity.feature_dim, identity.feature_dim], data: features },
  };
}

/**
 * @param {Wanted} wanted
 * @param {AbortSignal} signal
 * @param {(progress: {done: number, of: number}) => void} tell
 * @returns {Promise<Files>}
 */
async function ofReal({ photo, result, published, standIn = [], plain = null }, signal, tell) {
  const run = /** @type {any} */ (result);
  const steps = realFiles(photo, run, realIdentity(published), { plain: /** @type {any} */ (plain), standIn });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    tell(step.value);
    // Between two steps the worker hears what else is asked of it, that this is not wanted any more for one.
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) throw aborted();
  }
}
