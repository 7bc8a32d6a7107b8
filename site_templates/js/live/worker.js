/**
 * The worker: what takes longer than a frame. The page asks `{call, name, input}`, and hears `{call, value}` or
 * `{call, error}`; `{cancel: call}` calls a call off. Nothing is fetched here: files arrive as bytes.
 *
 *     start, load, run    ONNX Runtime, one after the other
 */

import { MODELS } from "./models.js";
import { opened } from "./opened.js";
import * as session from "./session.js";

/** @typedef {{signal: AbortSignal, tell: (progress: any) => void}} Asked */
/** @typedef {{value?: any, transfer?: Transferable[]}} Answer */

/** @type {Record<string, (input: any, asked: Asked) => Promise<Answer>>} */
const WORK = {
  /** @param {{bytes: Uint8Array<ArrayBuffer>, file: import("../manifest.js").LiveFile}} input */
  async start({ bytes, file }) {
    session.start(await opened(bytes, file));
    return {};
  },

  /** @param {{model: string, bytes: Uint8Array<ArrayBuffer>, file: import("../manifest.js").LiveFile}} input */
  async load({ model, bytes, file }, { tell }) {
    const onnx = await opened(bytes, file);
    tell("start");
    await alone(() => session.load(model, onnx));
    return {};
  },

  /** @param {{model: string, pixels: Uint8Array, positions: boolean}} input */
  async run({ model, pixels, positions }) {
    const { inputs, result } = MODELS[model];
    const { outputs, ms } = await alone(() => session.run(model, inputs(pixels, positions)));
    const value = result(outputs);
    return { value: { ...value, ms }, transfer: Object.values(value).map((array) => array.buffer) };
  },
};

/** @type {Promise<unknown>} ends when ONNX Runtime has nothing to do */
let busy = Promise.resolve();

/**
 * ONNX Runtime does one thing at a time.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function alone(work) {
  const mine = busy.then(work);
  busy = mine.catch(() => {});
  return mine;
}

/** @type {Map<number, AbortController>} calls that are not answered yet */
const asked = new Map();

/** The types that the page is checked with don't know a worker's own. */
const self = /** @type {any} */ (globalThis);

/** @type {MessagePort | undefined} closes with the worker, which tells the page */
self.life = undefined;

self.onmessage = async (/** @type {MessageEvent} */ { data, ports }) => {
  if (data.life) {
    [self.life] = ports;
    return;
  }
  if ("cancel" in data) {
    asked.get(data.cancel)?.abort();
    return;
  }
  const { call, name, input } = data;
  const stop = new AbortController();
  asked.set(call, stop);
  try {
    const tell = (/** @type {any} */ progress) => self.postMessage({ call, progress });
    const { value, transfer = [] } = await WORK[name](input, { signal: stop.signal, tell });
    self.postMessage({ call, value }, transfer);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ call, error: { name, message } });
  } finally {
    asked.delete(call);
  }
};
