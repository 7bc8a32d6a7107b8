/**
 * Models in the reader's browser, as the page uses them. Everything is fetched on demand, made sure of by its checksum, and
 * run in a worker; what was there once is kept, and a worker that the browser stopped is started again by the next call.
 *
 *     worker's script ─▶ worker ─▶ runtime ─┐
 *     model's file ─────────────────────────┴▶ session ─▶ runs
 *
 * Knows no DOM. Rejections are Errors whose message is a sentence for people, or an AbortError.
 */

import { createCalls } from "./calls.js";
import { createLatest } from "./latest.js";
import { opened } from "./opened.js";
import { createShared } from "./shared.js";

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/** @typedef {import("./calls.js").Calls} Calls */
/** @typedef {import("./shared.js").Waiting} Waiting */
/**
 * @typedef {object} Result of one run; flat, C order. MobileNet v2: `features` (49, 1280). DINOv2: `tokens` (257, 384), `q`
 *   and `k` (12, 6, 257, 64).
 * @property {number} ms what the run itself took
 * @property {Float32Array} [features]
 * @property {Float32Array} [tokens]
 * @property {Float32Array} [q]
 * @property {Float32Array} [k]
 */
/**
 * @typedef {object} Engine
 * @property {(model: string) => boolean} has whether this build has the model for the page to run
 * @property {(model: string) => number} size bytes that it takes to get the model ready, at most
 * @property {(model: string) => "absent" | "loading" | "ready" | "failed"} status
 * @property {(model: string, waiting?: Waiting) => Promise<void>} prepare downloads, checks and starts a model; callers
 *   share the work, and it is stopped when all of them have called it off
 * @property {(model: string, pixels: Uint8Array, options?: {signal?: AbortSignal, positions?: boolean}) => Promise<Result>}
 *   run 224 x 224 x 3 pixels through a model; a newer run of the model takes the place of one that waits
 * @property {() => void} destroy
 */

/** Runs before anybody waits for one: what runs often, the browser compiles a second time, and better. */
const WARM_UP = 3;

const CROP_NUMBERS = 3 * 224 * 224;

/**
 * @param {object} page
 * @param {import("../manifest.js").Manifest} page.manifest
 * @param {import("../loader.js").Loader} page.loader
 * @param {import("./download.js").Download} page.download
 * @param {import("./parts-store.js").PartsStore} page.store where downloads are kept
 * @returns {Engine}
 */
export function createEngine({ manifest, loader, download, store }) {
  const { worker, runtime, models } = manifest.live;
  /** @type {Calls | null} */
  let living = null;
  /** @type {Map<LiveFile, number>} bytes that are here */
  const loaded = new Map();
  /** @type {Set<() => void>} */
  const watchers = new Set();

  /**
   * A file, made sure of by `use`. Where what an earlier visit kept of it is spoilt, it is fetched again, once.
   * @template T
   * @param {LiveFile} file
   * @param {AbortSignal} signal
   * @param {(bytes: Uint8Array<ArrayBuffer>) => Promise<T>} use
   * @returns {Promise<T>}
   */
  const checked = async (file, signal, use) => {
    for (;;) {
      const onProgress = (/** @type {number} */ bytes) => {
        loaded.set(file, bytes);
        for (const watch of watchers) watch();
      };
      const { bytes, kept } = await download(file, { signal, onProgress });
      try {
        return await use(bytes);
      } catch (error) {
        if (/** @type {Error} */ (error).name !== "Mismatch") throw error;
        await store.forget(file);
        if (!kept) throw error;
      }
    }
  };

  const house = createShared(async (signal) => {
    const code = await checked(worker, signal, (bytes) => opened(bytes, worker));
    const calls = createCalls(loader.worker(code.buffer));
    living = calls;
    void calls.gone.then(() => {
      for (const lost of [house, engineRoom, ...rooms.values()]) lost.forget();
    });
    return calls;
  });

  const engineRoom = createShared(async (signal) => {
    const calls = await house.join({ signal });
    await checked(runtime, signal, (bytes) => calls.call("start", { bytes, file: runtime }, { transfer: [bytes.buffer] }));
    return calls;
  });

  /** @type {Map<string, import("./shared.js").Shared<Calls>>} a session for each model */
  const rooms = new Map();
  /** @type {Map<string, import("./latest.js").Latest<{pixels: Uint8Array, positions: boolean}, Result>>} */
  const runs = new Map();

  for (const [model, file] of Object.entries(models)) {
    const files = [worker, runtime, file];
    const room = createShared(async (signal, onProgress) => {
      let phase = "download";
      const tell = () => onProgress({ phase, loaded: total(files, (each) => loaded.get(each) ?? 0), total: sizeOf(files) });
      watchers.add(tell);
      try {
        const stop = new AbortController();
        signal.addEventListener("abort", () => stop.abort());
        const ready = engineRoom.join({ signal });
        const loading = checked(file, stop.signal, async (bytes) => {
          const calls = await ready;
          phase = "check";
          tell();
          await calls.call(
            "load",
            { model, bytes, file },
            {
              transfer: [bytes.buffer],
              onProgress(next) {
                phase = next;
                tell();
              },
            },
          );
          void warmUp(model);
        });
        // Without the runtime nobody needs the model.
        ready.catch(() => stop.abort());
        const [calls] = await Promise.all([ready, loading]);
        return calls;
      } finally {
        watchers.delete(tell);
      }
    });
    rooms.set(model, room);
    runs.set(
      model,
      createLatest(
        (signal) => room.join({ signal }),
        ({ pixels, positions }, calls) => calls.call("run", { model, pixels, positions }),
      ),
    );
  }

  /** @param {string} model */
  const warmUp = async (model) => {
    const pixels = new Uint8Array(CROP_NUMBERS);
    try {
      for (let count = 0; count < WARM_UP; count += 1) {
        // Whoever asks meanwhile warms it up as well.
        await new Promise((resolve) => setTimeout(resolve));
        if (runs.get(model)?.idle()) await runs.get(model)?.run({ pixels, positions: true });
      }
    } catch {
      // Whoever runs it next is told.
    }
  };

  /** @template T @param {Map<string, T>} map @param {string} model @returns {T} */
  const of = (map, model) => {
    const found = map.get(model);
    if (!found) throw new Error(`This build has no model called ${model} for the page to run.`);
    return found;
  };

  return {
    has: (model) => rooms.has(model),
    size: (model) => sizeOf([worker, runtime, models[model]].filter((file) => loaded.get(file) !== file.bytes)),
    status: (model) => of(rooms, model).status(),
    async prepare(model, waiting) {
      await of(rooms, model).join(waiting);
    },
    run: async (model, pixels, { signal, positions = true } = {}) => of(runs, model).run({ pixels, positions }, signal),
    destroy() {
      living?.end();
    },
  };
}

/** @param {LiveFile[]} files @param {(file: LiveFile) => number} bytes */
function total(files, bytes) {
  return files.reduce((sum, file) => sum + bytes(file), 0);
}

/** @param {LiveFile[]} files */
function sizeOf(files) {
  return total(files, (file) => file.bytes);
}
