/** The engine's large files: fetched once, handed to whoever makes sure of them, and counted on the way. Knows no DOM. */

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/**
 * @typedef {object} Files
 * @property {<T>(file: LiveFile, signal: AbortSignal, begin: () => import("./pipe.js").Inlet & {done: Promise<T>}) =>
 *   Promise<T>} deliver a file to what `begin` opens, and what became of it there. Where an earlier visit kept the file and it
 *   is spoilt, it is fetched again, once.
 * @property {(files: LiveFile[]) => number} loaded bytes of them that are here
 * @property {(file: LiveFile) => Promise<void>} arrived when all of a file is here
 * @property {(listener: () => void) => () => void} watch calls when more is here; returns how to stop that
 * @property {() => void} forget what was delivered is lost
 */

/**
 * @param {import("./download.js").Download} download
 * @param {import("./parts-store.js").PartsStore} store
 * @returns {Files}
 */
export function createFiles(download, store) {
  /** @type {Map<LiveFile, number>} bytes that are here */
  const here = new Map();
  /** @type {Set<() => void>} */
  const listeners = new Set();

  /** @type {Files["watch"]} */
  const watch = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  return {
    watch,
    loaded: (files) => files.reduce((sum, file) => sum + (here.get(file) ?? 0), 0),
    forget: () => here.clear(),

    arrived: (file) =>
      new Promise((resolve) => {
        const look = () => {
          if (here.get(file) !== file.bytes) return;
          stop();
          resolve();
        };
        const stop = watch(look);
        look();
      }),

    async deliver(file, signal, begin) {
      const onProgress = (/** @type {number} */ bytes) => {
        here.set(file, bytes);
        for (const listener of [...listeners]) listener();
      };
      for (;;) {
        const { sink, close, abort, done } = begin();
        // Where the download fails, that is what is told.
        done.catch(() => {});
        let kept = false;
        try {
          kept = await download(file, { sink, signal, onProgress });
          close();
        } catch (error) {
          abort();
          throw error;
        }
        try {
          return await done;
        } catch (error) {
          if (/** @type {Error} */ (error).name !== "Mismatch") throw error;
          await store.forget(file);
          if (!kept) throw error;
        }
      }
    },
  };
}

/** @param {LiveFile[]} files */
export function sizeOf(files) {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}
