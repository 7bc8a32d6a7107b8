/**
 * Large files onto the page, part by part: from the store of an earlier visit, else over http(s) as a stream that can be
 * stopped and taken up again, else, from a folder, through one small script a part. Knows no DOM.
 */

import { addressOf } from "../manifest.js";
import { Mismatch } from "./opened.js";
import { aborted } from "./shared.js";

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/** @typedef {{onProgress?: (loaded: number) => void, signal?: AbortSignal}} Options loaded: bytes so far */
/** @typedef {{bytes: Uint8Array<ArrayBuffer>, kept: boolean}} Downloaded as published; kept: some of it came from the store */
/** @typedef {(file: LiveFile, options?: Options) => Promise<Downloaded>} Download */

/** Bytes: as in explainer/output.py. */
export const PART = 2 ** 20;

/**
 * @param {object} surroundings
 * @param {import("../loader.js").Loader} surroundings.loader
 * @param {import("./parts-store.js").PartsStore} surroundings.store
 * @param {typeof globalThis.fetch} surroundings.fetch
 * @returns {Download} rejects with an AbortError, or an Error whose message is a sentence
 */
export function createDownload({ loader, store, fetch }) {
  return loader.fromFolder ? fromFolder(loader) : overHttp(store, fetch);
}

/**
 * @param {import("../loader.js").Loader} loader
 * @returns {Download}
 */
function fromFolder(loader) {
  return async (file, { onProgress, signal } = {}) => {
    const bytes = new Uint8Array(file.bytes);
    for (let part = 0; part < file.parts; part += 1) {
      if (signal?.aborted) throw aborted();
      const start = part * PART;
      const size = Math.min(PART, file.bytes - start);
      const path = `${file.path}.${part + 1}`;
      bytes.set(new Uint8Array(await loader.bytes({ path, bytes: size, version: file.version, twin: true })), start);
      // Two copies of a model are one too many.
      loader.withdraw(path);
      onProgress?.(start + size);
    }
    return { bytes, kept: false };
  };
}

/**
 * @param {import("./parts-store.js").PartsStore} store
 * @param {typeof globalThis.fetch} fetch
 * @returns {Download}
 */
function overHttp(store, fetch) {
  return async (file, { onProgress, signal } = {}) => {
    const bytes = new Uint8Array(file.bytes);
    const kept = await restore(file, bytes, store);
    onProgress?.(kept);
    if (kept === file.bytes) return { bytes, kept: true };
    if (signal?.aborted) throw aborted();

    /** @type {Promise<void>[]} */
    const writing = [];
    let loaded = kept;
    try {
      const { body, start } = await ask(file, kept, store.lasting, fetch, signal);
      let at = start;
      for await (const chunk of chunks(body)) {
        if (at + chunk.length > file.bytes) throw new Mismatch(file.path);
        bytes.set(chunk, at);
        at += chunk.length;
        // A server that knows no ranges begins again at the first byte.
        const before = loaded;
        loaded = Math.max(loaded, at);
        if (loaded === before) continue;
        for (let part = Math.floor(before / PART); endOf(part, file) <= loaded; part += 1) {
          writing.push(store.write(file, part, bytes.slice(part * PART, endOf(part, file))));
          if (endOf(part, file) === file.bytes) break;
        }
        onProgress?.(loaded);
      }
    } catch (error) {
      await Promise.all(writing);
      if (signal?.aborted) throw aborted();
      if (error instanceof TypeError) throw broken(file, loaded);
      throw error;
    }
    if (loaded < file.bytes) {
      await Promise.all(writing);
      throw broken(file, loaded);
    }
    // What was kept for want of a lasting store has served.
    if (!store.lasting) void Promise.all(writing).then(() => store.forget(file));
    return { bytes, kept: kept > 0 };
  };
}

/**
 * Fills in the parts that are there from the first on -> how many bytes that are.
 * @param {LiveFile} file
 * @param {Uint8Array} bytes
 * @param {import("./parts-store.js").PartsStore} store
 */
async function restore(file, bytes, store) {
  for (let part = 0; part * PART < file.bytes; part += 1) {
    const found = await store.read(file, part);
    if (!found || found.length !== endOf(part, file) - part * PART) return part * PART;
    bytes.set(found, part * PART);
  }
  return file.bytes;
}

/**
 * The rest of a file, from the byte `from` on -> its stream, and the byte with which it begins.
 * @param {LiveFile} file
 * @param {number} from
 * @param {boolean} keptElsewhere the browser need not keep a second copy
 * @param {typeof globalThis.fetch} fetch
 * @param {AbortSignal | undefined} signal
 */
async function ask(file, from, keptElsewhere, fetch, signal) {
  const response = await fetch(addressOf(file), {
    signal,
    cache: keptElsewhere ? "no-store" : "default",
    headers: from > 0 ? { Range: `bytes=${from}-` } : {},
  });
  if (!response.ok || !response.body) {
    throw new Error(`${file.path} could not be fetched: the server answered ${response.status}. Try again later.`);
  }
  const partial = response.status === 206 && response.headers.get("Content-Range")?.startsWith(`bytes ${from}-`);
  if (response.status === 206 && !partial) throw new TypeError("another range than the one asked for");
  return { body: response.body, start: partial ? from : 0 };
}

/** @param {ReadableStream<Uint8Array>} body */
async function* chunks(body) {
  // Not every browser's streams can be iterated.
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @param {number} part @param {LiveFile} file */
function endOf(part, file) {
  return Math.min((part + 1) * PART, file.bytes);
}

/** @param {LiveFile} file @param {number} loaded */
function broken(file, loaded) {
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
  return new Error(
    `The download of ${file.path} broke off after ${megabytes(loaded)} of ${megabytes(file.bytes)} MB: ` +
      "check the connection and try again; it goes on where it stopped.",
  );
}
