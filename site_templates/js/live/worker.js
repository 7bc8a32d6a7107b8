/**
 * The worker: what takes longer than a frame, asked for as calls.js says. Nothing is fetched here: files arrive as bytes.
 *
 *     open, preview, crop, show, close    the reader's pictures
 *     start, load, run                    ONNX Runtime, one after the other
 *     documents                           what the build publishes of a photo, from a run
 */

import { buffersOf } from "./buffers.js";
import { decoders } from "./decoders.js";
import { documents } from "./document-work.js";
import { MODELS } from "./models.js";
import { opened } from "./opened.js";
import { createPipe } from "./pipe.js";
import { PICTURE_WORK } from "./picture-work.js";
import * as session from "./session.js";
import { countThreads, isThread } from "./threads.js";

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/**
 * @typedef {object} Asked
 * @property {AbortSignal} signal the page wants no answer any more
 * @property {import("./opened.js").Stream} stream what the page sends along
 * @property {(progress: any, transfer?: Transferable[]) => void} tell
 */
/** @typedef {{value?: any, transfer?: Transferable[]}} Answer */

/** @type {Record<string, (input: any, asked: Asked) => Promise<Answer>>} */
const WORK = {
  ...PICTURE_WORK,
  documents,

  /** @param {{file: LiveFile}} input */
  async start({ file }, { stream }) {
    // Meanwhile the runtime is on its way.
    const [threads, wasm] = await Promise.all([countThreads(), opened(stream, file, decoders)]);
    await alone(() => session.start(wasm, threads));
    tellStarted();
    return { value: { threads } };
  },

  /** @param {{model: string, file: LiveFile}} input */
  async load({ model, file }, { stream, tell }) {
    const onnx = await opened(stream, file, decoders);
    // The page sends the runtime too, earlier or at the same time.
    await started;
    tell("start");
    await alone(() => session.load(model, MODELS[model].prepared(onnx)));
    return {};
  },

  /** @param {{model: string, pixels: Uint8Array, positions: boolean}} input */
  async run({ model, pixels, positions }) {
    const { inputs, result } = MODELS[model];
    const { outputs, ms } = await alone(() => session.run(model, inputs(pixels, positions)));
    const value = result(outputs);
    return { value: { ...value, ms }, transfer: buffersOf([value]) };
  },
};

/** @type {(value?: undefined) => void} */
let tellStarted = () => {};
/** @type {Promise<void>} */
const started = new Promise((resolve) => (tellStarted = resolve));

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

/** @type {Map<number, {stop: AbortController, pipe: ReturnType<typeof createPipe>}>} calls that are not answered yet */
const asked = new Map();

/** The types that the page is checked with don't know a worker's own. */
const self = /** @type {any} */ (globalThis);

/** @param {MessageEvent} event */
async function hear({ data }) {
  if (data.life) {
    const held = navigator.locks?.request(data.life, () => {
      self.postMessage({ alive: true });
      return new Promise(() => {});
    });
    // Where the browser grants none, the page hears of errors only.
    held?.catch(() => {});
    return;
  }
  const { call, name, input, bytes, end, cancel } = data;
  if (!name) {
    const known = asked.get(call);
    if (bytes) known?.pipe.sink(bytes);
    if (end) known?.pipe.close();
    if (cancel) {
      known?.pipe.abort();
      known?.stop.abort();
    }
    return;
  }
  const stop = new AbortController();
  const pipe = createPipe();
  asked.set(call, { stop, pipe });
  try {
    /** @type {Asked["tell"]} */
    const tell = (progress, transfer = []) => self.postMessage({ call, progress }, transfer);
    const { value, transfer = [] } = await WORK[name](input, { signal: stop.signal, stream: pipe.stream, tell });
    self.postMessage({ call, value }, transfer);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ call, error: { name, message } });
  } finally {
    asked.delete(call);
  }
}

if (!isThread) self.onmessage = hear;
