/** ONNX Runtime, and the models in it: the only file that imports it. Runs in the worker. Knows no DOM. */

import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";

/** @typedef {{dims: number[], data: Float32Array}} Given an input, C order */

/** The smallest ONNX file: one number in, the same number out. */
const IDENTITY = Uint8Array.from(
  (
    "08083a370a100a017812017922084964656e746974791201675a0f0a0178120a" +
    "0a08080112040a020801620f0a0179120a0a08080112040a02080142040a00100d"
  ).match(/../g) ?? [],
  (digits) => parseInt(digits, 16),
);

/** Errors only: warnings are for whoever exports a model. */
const OPTIONS = { logSeverityLevel: /** @type {const} */ (3) };

/** @type {Map<string, InferenceSession>} by the model's name */
const sessions = new Map();

/**
 * Starts ONNX Runtime.
 * @param {Uint8Array<ArrayBuffer>} wasm
 * @param {number} threads
 */
export async function start(wasm, threads) {
  env.wasm.numThreads = threads;
  env.wasm.wasmBinary = wasm.buffer;
  // It would wait for a first model to compile its code: a model that does nothing is here before the real one.
  await (await InferenceSession.create(IDENTITY, OPTIONS)).release();
  // The compiled code is all that is needed from now on.
  env.wasm.wasmBinary = undefined;
}

/**
 * @param {string} model
 * @param {Uint8Array} onnx
 */
export async function load(model, onnx) {
  await sessions.get(model)?.release();
  sessions.set(model, await InferenceSession.create(onnx, OPTIONS));
}

/**
 * @param {string} model a loaded one
 * @param {Record<string, Given>} inputs by name
 * @returns {Promise<{outputs: Record<string, Float32Array<ArrayBuffer>>, ms: number}>} outputs by name, C order
 */
export async function run(model, inputs) {
  const session = sessions.get(model);
  if (!session) throw new Error(`The model ${model} is not loaded.`);
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { dims, data }]) => [name, new Tensor("float32", data, dims)]),
  );
  const begun = performance.now();
  const found = await session.run(feeds);
  const ms = performance.now() - begun;
  const outputs = Object.entries(found).map(([name, tensor]) => [name, /** @type {any} */ (tensor.data)]);
  for (const tensor of [...Object.values(feeds), ...Object.values(found)]) tensor.dispose();
  return { outputs: Object.fromEntries(outputs), ms };
}
