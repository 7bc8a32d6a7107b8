/** What the build publishes of a photo, made in the worker from a run's result: by the names that the manifest uses. */

import { realFiles, realIdentity } from "./real-document.js";
import { giveWay } from "../turn.js";
import { buffersOf } from "./buffers.js";
import { aborted } from "./shared.js";
import { standInDocument, standInIdentity } from "./stand-in-document.js";

/** @typedef {import("./engine.js").Result} Result */
/** @typedef {import("./real-document.js").Files} Files */
/**
 * @typedef {object} Wanted
 * @property {string} model
 * @property {string} photo id
 * @property {Result} result
 * @property {any} published any photo's document of the model: texts and constants have their one home there
 * @property {readonly ArrayLike<number>[]} [standIn] (49, 49): the weights that a real model's maps are compared with
 * @property {Result | null} [plain] the run without positions
 */

/** ms of work between two looks at what else is asked; each costs some ms, and the page a frame. */
const SLICE = 60;

/**
 * @param {Wanted} wanted
 * @param {import("./worker.js").Asked} asked
 * @returns {Promise<import("./worker.js").Answer>} the files, and the runs' results, which were lent
 */
export async function documents(wanted, { signal, tell }) {
  const files = wanted.standIn ? await ofReal(wanted, signal, tell) : ofStandIn(wanted);
  const { result, plain = null } = wanted;
  return { value: { files, result, plain }, transfer: buffersOf([result, plain, ...Object.values(files)]) };
}

/** @param {Wanted} wanted @returns {Files} */
function ofStandIn({ model, photo, result, published }) {
  const identity = standInIdentity(published);
  const features = /** @type {Float32Array} */ (result.features);
  const name = `${model}_features`;
  return {
    [model]: standInDocument(photo, features, identity),
    [name]: { name, shape: [features.length / identity.feature_dim, identity.feature_dim], data: features.slice() },
  };
}

/**
 * Tells how far it is and, once, the tensors that maps are drawn from, which are made long before the rest.
 * @param {Wanted} wanted
 * @param {AbortSignal} signal
 * @param {import("./worker.js").Asked["tell"]} tell
 * @returns {Promise<Files>} what has not been told already
 */
async function ofReal({ photo, result, published, standIn = [], plain = null }, signal, tell) {
  const run = /** @type {any} */ (result);
  const identity = realIdentity(published);
  const { layers } = identity.head;
  const steps = realFiles(photo, run, identity, { plain: /** @type {any} */ (plain), standIn });
  /** @type {Set<string>} names */
  let told = new Set();
  let begun = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return Object.fromEntries(Object.entries(step.value).filter(([name]) => !told.has(name)));
    const { done, of, files } = step.value;
    if (done === layers) {
      told = new Set(Object.keys(files));
      // What is measured rests on them too: copied here, where nobody waits for a frame.
      const copies = structuredClone(files);
      tell({ done, of, files: copies }, buffersOf(Object.values(copies)));
    }
    if (performance.now() - begun < SLICE) continue;
    tell({ done, of });
    // Between two slices the worker hears what else is asked of it, that this is not wanted any more for one.
    await giveWay();
    begun = performance.now();
    if (signal.aborted) throw aborted();
  }
}
