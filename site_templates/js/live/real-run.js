/** DINOv2 on the reader's own photo, on request: one run for the whole page, which every figure of the real ViT offers. */

import { REAL } from "../follow-real.js";

/** @typedef {import("./own-photo.js").Own} Own */
/**
 * @typedef {object} Run what offers show
 * @property {"offered" | "loading" | "running" | "failed"} phase
 * @property {number} loaded bytes, or steps while it runs
 * @property {number} total of these; 0 while nobody knows
 * @property {string} message why it failed
 */

const STAND_IN = "mobilenet_v2";
/** @type {Run} */
const OFFERED = Object.freeze({ phase: "offered", loaded: 0, total: 0, message: "" });

/**
 * @param {import("../main.js").Context} context
 * @param {import("./engine.js").Engine} engine
 * @param {ReturnType<typeof import("./own-photo.js").createOwnPhoto>} ownPhoto
 */
export function createRealRun({ manifest, loader }, engine, ownPhoto) {
  /** @type {Run} */
  let run = OFFERED;
  let work = new AbortController();
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {WeakMap<Own, import("./engine.js").Result>} what DINOv2 said of a photo, as a second run is held against it */
  const results = new WeakMap();

  /** @param {Run} next */
  const set = (next) => {
    run = next;
    for (const tell of listeners) tell();
  };
  const cancel = () => {
    work.abort();
    work = new AbortController();
    set(OFFERED);
  };

  /**
   * What a first run gave is the same in a second, but for the document, which then speaks of both.
   * @param {Own} own
   * @param {Record<string, unknown>} files by name
   * @returns {Promise<void>} fulfilled when all figures have heard of it
   */
  const add = (own, files) => {
    const news = Object.entries(files).filter(([name]) => name === REAL || !(name in own.entry.files));
    return ownPhoto.addFiles(own, Object.fromEntries(news));
  };

  /** @typedef {{pixels: Uint8Array, stop: AbortController, result: Promise<import("./engine.js").Result>}} Begun */
  /** @type {Begun | null} a run of a photo of which the page does not speak yet */
  let begun = null;
  ownPhoto.beforeShown((pixels) => {
    begun?.stop.abort();
    begun = null;
    if (!engine.has(REAL) || engine.status(REAL) !== "ready") return;
    const stop = new AbortController();
    begun = { pixels, stop, result: engine.run(REAL, pixels, { signal: stop.signal }) };
    begun.result.catch(() => {});
  });

  /**
   * What became of a run that began before the page spoke of the photo; null where there was none.
   * @param {Own} own
   * @param {AbortSignal} signal
   */
  const begunWith = (own, signal) => {
    if (begun?.pixels !== own.pixels) return null;
    const { stop, result } = begun;
    begun = null;
    signal.addEventListener("abort", () => stop.abort());
    return result.catch(() => null);
  };

  /** @param {boolean} [withoutPositions] the second run too, with the position table left out */
  const start = async (withoutPositions = false) => {
    const own = ownPhoto.current;
    if (!own || run.phase === "loading" || run.phase === "running") return;
    const { signal } = work;
    set({ ...OFFERED, phase: "loading" });
    try {
      await engine.prepare(REAL, {
        signal,
        onProgress: ({ loaded, total, phase }) => {
          if (!signal.aborted) set(phase === "download" ? { ...OFFERED, phase: "loading", loaded, total } : { ...OFFERED, phase: "running" });
        },
      });
      set({ ...OFFERED, phase: "running" });
      const [published, document] = await Promise.all(
        [manifest.photos[0].files[REAL], own.entry.files[STAND_IN]].map(loader.json),
      );
      const result = results.get(own) ?? (await begunWith(own, signal)) ?? (await engine.run(REAL, own.pixels, { signal }));
      const plain = withoutPositions ? await engine.run(REAL, own.pixels, { signal, positions: false }) : null;
      const standIn = document.attention.layernorm.weights;
      // Lent to the worker: it is back, or lost.
      results.delete(own);
      const files = await engine.documents(REAL, own.entry.id, result, {
        published,
        standIn,
        plain,
        signal,
        onProgress: ({ done, of }) => {
          if (!signal.aborted) set({ ...OFFERED, phase: "running", loaded: done, total: of });
        },
        onFiles: (early) => {
          if (!signal.aborted) void add(own, early);
        },
      });
      results.set(own, result);
      signal.throwIfAborted();
      await add(own, files);
      if (!signal.aborted) set(OFFERED);
    } catch (error) {
      if (!signal.aborted) set({ ...OFFERED, phase: "failed", message: /** @type {Error} */ (error).message });
    }
  };

  ownPhoto.subscribe((own) => {
    const asked = run.phase === "loading" || run.phase === "running";
    const before = work;
    work = new AbortController();
    set(OFFERED);
    // Asked for once, it need not be asked again for the next photo: it is here, or on its way, which goes on.
    if (own && (asked || engine.status(REAL) === "ready")) void start();
    before.abort();
  });

  return {
    start,
    cancel,
    get run() {
      return run;
    },
    /** Bytes that a run would load at most. */
    bytes: () => (engine.status(REAL) === "ready" ? 0 : engine.size(REAL)),
    /** @param {() => void} listener */
    subscribe(listener) {
      listeners.add(listener);
    },
  };
}
