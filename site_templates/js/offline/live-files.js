/**
 * The large files with which the page runs models: the engine has a store of its own for them, in parts, so that a broken
 * download goes on where it stopped. Here they are kept and forgotten as a whole, without being run.
 */

import { overHttp, PART } from "../live/download.js";
import { isOf } from "../service-worker/courier.js";

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/**
 * @typedef {object} LiveFiles
 * @property {number} bytes of all of them
 * @property {() => Promise<number>} kept bytes that are here
 * @property {(options: {onArrival: (bytes: number) => void, signal: AbortSignal}) => Promise<void>} keep fetches the rest;
 *   rejects with an Error whose message is a sentence, or with an AbortError
 * @property {() => Promise<void>} forget
 */

/**
 * @param {LiveFile[]} files
 * @param {import("../live/parts-store.js").PartsStore} store
 * @param {typeof fetch} fetcher
 * @returns {LiveFiles}
 */
export function createLiveFiles(files, store, fetcher) {
  /** @type {Promise<void>[]} */
  let writing = [];
  const download = overHttp(
    {
      ...store,
      write(file, part, bytes) {
        const written = store.write(file, part, bytes);
        writing.push(written);
        return written;
      },
    },
    fetcher,
  );

  /** @param {LiveFile} file */
  const keptOf = async (file) => {
    let bytes = 0;
    while (bytes < file.bytes && (await store.has(file, bytes / PART))) bytes += PART;
    return Math.min(bytes, file.bytes);
  };

  return {
    bytes: files.reduce((total, file) => total + file.bytes, 0),
    async kept() {
      const kept = await Promise.all(files.map(keptOf));
      return kept.reduce((total, bytes) => total + bytes, 0);
    },
    async keep({ onArrival, signal }) {
      for (const file of files) {
        let arrived = await keptOf(file);
        if (arrived === file.bytes) continue;
        const whole = new Uint8Array(file.bytes);
        let at = 0;
        await download(file, {
          signal,
          sink(bytes) {
            whole.set(bytes, at);
            at += bytes.length;
          },
          onProgress(loaded) {
            // It begins with what was kept.
            onArrival(Math.max(0, loaded - arrived));
            arrived = Math.max(arrived, loaded);
          },
        });
        // The engine need not wait for them; whoever says "kept" must.
        await Promise.all(writing);
        writing = [];
        if (await isOf(file, whole.buffer)) continue;
        await store.forget(file);
        throw new Error("The site has changed on its server. Reload the page and try again.");
      }
    },
    async forget() {
      for (const file of files) await store.forget(file);
    },
  };
}
