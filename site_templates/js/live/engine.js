/**
 * Models in the reader's browser, as the page uses them. Everything is fetched on demand, made sure of by its checksum, and
 * run in a worker; what was there once is kept, and a worker that the browser stopped is started again by the next call.
 *
 *     worker's script ─▶ house ─┬─ runtime ─▶ machine ─┐
 *                               └─ model's file ───────┴▶ model ─▶ runs
 *
 * Knows no DOM. Rejections are Errors whose message is a sentence for people, or an AbortError.
 */

import { giveWay } from "../turn.js";
import { buffersOf } from "./buffers.js";
import { createCalls } from "./calls.js";
import { createFiles, sizeOf } from "./files.js";
import { createLatest } from "./latest.js";
import { opened } from "./opened.js";
import { createPictures } from "./pictures.js";
import { createPipe } from "./pipe.js";
import { createShared } from "./shared.js";

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/** @typedef {import("./calls.js").Calls} Calls */
/** @typedef {import("./shared.js").Waiting} Waiting */
/**
 * @typedef {object} Result of one run; flat, C order. MobileNet v2: `features` (49, 1280). DINOv2: `tokens` (257, 384), `q`
 *   and `k` (12, 6, 257, 64), `norms` (12, 257).
 * @property {number} ms what the run itself took
 * @property {Float32Array} [features]
 * @property {Float32Array} [tokens]
 * @property {Float32Array} [q]
 * @property {Float32Array} [k]
 * @property {Float32Array} [norms]
 */
/** @typedef {{pixels: Uint8Array, positions: boolean}} Asked */
/**
 * @typedef {object} Model of a name
 * @property {LiveFile[]} files all that it needs
 * @property {import("./shared.js").Shared<Calls>} session
 * @property {import("./latest.js").Latest<Asked, Result>} runs
 */
/**
 * @typedef {object} Engine `model` is a name that `has` knows
 * @property {(model: string) => boolean} has whether this build has the model for the page to run
 * @property {(model: string) => number} size bytes that are still needed to get the model ready, at most
 * @property {(model: string) => "absent" | "loading" | "ready" | "failed"} status
 * @property {() => number} threads that models run on; 0 before the first one is ready
 * @property {(model: string, waiting?: Waiting) => Promise<void>} prepare downloads, checks and starts a model (phases
 *   `download`, `start`); callers share the work, and it is stopped when all of them have called it off
 * @property {(model: string, pixels: Uint8Array, options?: {signal?: AbortSignal, positions?: boolean}) => Promise<Result>}
 *   run 224 x 224 x 3 pixels through a model, which is prepared where it is not ready; a newer run takes the place of one
 *   that waits. Without `positions`, DINOv2's table of positions is left out.
 * @property {(model: string, photo: string, result: Result, from: DocumentOptions) => Promise<Record<string, any>>} documents
 *   the files that the build publishes of a photo, by the names that the manifest uses: JSON values, and tensors. The
 *   results' arrays are lent: empty until the promise is fulfilled, and lost where it is rejected
 * @property {import("./pictures.js").Pictures["open"]} open
 * @property {import("./pictures.js").Pictures["preview"]} preview
 * @property {import("./pictures.js").Pictures["crop"]} crop
 * @property {import("./pictures.js").Pictures["show"]} show
 * @property {import("./pictures.js").Pictures["close"]} close
 * @property {() => void} destroy
 */
/**
 * @typedef {object} DocumentOptions
 * @property {any} published any photo's document of the model: texts and constants have their one home there
 * @property {readonly ArrayLike<number>[]} [standIn] of a real model: the stand-in's (49, 49) weights of this photo
 * @property {Result | null} [plain] of a real model: its run without positions
 * @property {AbortSignal} [signal]
 * @property {(progress: {done: number, of: number}) => void} [onProgress] steps
 * @property {(files: Record<string, any>) => void} [onFiles] of a real model: hears of those that maps are drawn from as soon
 *   as they are made, long before the rest is measured
 */

/** Runs before anybody waits for one: what runs often, the browser compiles a second time, and better. */
const WARM_UP = 3;

/** ms between two looks whether the worker has something better to do. */
const PAUSE = 100;

const CROP_NUMBERS = 3 * 224 * 224;

/**
 * @param {object} page
 * @param {import("../manifest.js").Live} page.live
 * @param {import("../loader.js").Loader} page.loader
 * @param {import("./download.js").Download} page.download
 * @param {import("./parts-store.js").PartsStore} page.store where downloads are kept
 * @returns {Engine}
 */
export function createEngine({ live, loader, download, store }) {
  const { worker, runtime } = live;
  const files = createFiles(download, store);
  /** @type {Calls | null} */
  let living = null;
  let threads = 0;
  /** Documents that somebody waits for. */
  let writing = 0;
  /** @type {Map<string, Model>} */
  const models = new Map();

  const house = createShared(async (signal) => {
    const code = await files.deliver(worker, signal, () => {
      const pipe = createPipe();
      return { ...pipe, done: opened(pipe.stream, worker) };
    });
    const calls = createCalls(loader.worker(code.buffer));
    living = calls;
    void calls.gone.then(() => {
      files.forget();
      for (const lost of [house, machine, ...[...models.values()].map(({ session }) => session)]) lost.forget();
    });
    return calls;
  });

  const machine = createShared(async (signal) => {
    const calls = await house.join({ signal });
    ({ threads } = await files.deliver(runtime, signal, () => calls.send("start", { file: runtime })));
    return calls;
  });

  for (const [name, file] of Object.entries(live.models)) {
    const needed = [worker, runtime, file];
    const session = createShared(async (signal, onProgress) => {
      let phase = "download";
      const tell = () => onProgress({ phase, loaded: files.loaded(needed), total: sizeOf(needed) });
      const unwatch = files.watch(tell);
      try {
        const stop = new AbortController();
        signal.addEventListener("abort", () => stop.abort());
        const running = machine.join({ signal });
        // Without the runtime nobody needs the model.
        running.catch(() => stop.abort());
        // One after the other: the runtime is compiled while the model is on its way.
        await Promise.race([running, files.arrived(runtime)]);
        const calls = await house.join({ signal });
        const told = (/** @type {string} */ next) => {
          phase = next;
          tell();
        };
        const started = files.deliver(file, stop.signal, () =>
          calls.send("load", { model: name, file }, { onProgress: told }),
        );
        await Promise.all([running, started]);
        void warmUp(name);
        return calls;
      } finally {
        unwatch();
      }
    });
    const runs = createLatest(
      (signal) => session.join({ signal }),
      (/** @type {Asked} */ asked, calls) => calls.call("run", { model: name, ...asked }),
    );
    models.set(name, { files: needed, session, runs });
  }

  /** @param {string} name */
  const of = (name) => {
    const model = models.get(name);
    if (!model) throw new Error(`This build has no model called ${name} for the page to run.`);
    return model;
  };

  /** @param {string} name */
  const warmUp = async (name) => {
    const { runs } = of(name);
    const pixels = new Uint8Array(CROP_NUMBERS);
    try {
      for (let count = 0; count < WARM_UP; count += 1) {
        await giveWay();
        while (writing > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE));
        // Whoever asks meanwhile warms it up as well.
        if (runs.idle()) await runs.run({ pixels, positions: true });
      }
    } catch {
      // Whoever runs it next is told.
    }
  };

  return {
    has: (name) => models.has(name),
    size: (name) => sizeOf(of(name).files) - files.loaded(of(name).files),
    status: (name) => of(name).session.status(),
    threads: () => threads,
    async prepare(name, waiting) {
      await of(name).session.join(waiting);
    },
    async run(name, pixels, { signal, positions = true } = {}) {
      return of(name).runs.run({ pixels, positions }, signal);
    },
    async documents(model, photo, result, { plain = null, signal, onProgress, onFiles, ...from }) {
      const calls = await house.join();
      /** @type {Record<string, any>} */
      let early = {};
      const told = (/** @type {{done: number, of: number, files?: Record<string, any>}} */ { files, ...progress }) => {
        onProgress?.(progress);
        if (!files) return;
        early = files;
        onFiles?.(early);
      };
      writing += 1;
      try {
        const wanted = { model, photo, result, plain, ...from };
        // 19 MB are not copied while a reader waits for a frame.
        const transfer = buffersOf([result, plain]);
        const made = await calls.call("documents", wanted, { signal, onProgress: told, transfer });
        Object.assign(result, made.result);
        if (plain) Object.assign(plain, made.plain);
        return { ...early, ...made.files };
      } finally {
        writing -= 1;
      }
    },
    ...createPictures(() => house.join()),
    destroy() {
      living?.end();
    },
  };
}
