/**
 * Large files onto the page, piece by piece: from the store of an earlier visit, else over http(s) as a stream that can be
 * stopped and taken up again, else, from a folder, through one small script a part. Knows no DOM.
 */

import { addressOf } from "../manifest.js";
import { Mismatch } from "./opened.js";
import { aborted } from "./shared.js";

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {object} Options
 * @property {(bytes: Bytes) => void} sink takes the file, piece by piece, each once and in order; a piece is its own to keep
 * @property {(loaded: number) => void} [onProgress] bytes so far
 * @property {AbortSignal} [signal]
 */
/**
 * @typedef {(file: LiveFile, options: Options) => Promise<boolean>} Download whether some of it came from the store; rejects
 *   with an AbortError, a Mismatch, or an Error whose message is a sentence
 */

/** Bytes: as in explainer/output.py. */
export const PART = 2 ** 20;

/** ms of work after which the page may do something else. */
const SLICE = 8;

/**
 * @param {object} surroundings
 * @param {import("../loader.js").Loader} surroundings.loader
 * @param {import("./parts-store.js").PartsStore} surroundings.store
 * @param {typeof globalThis.fetch} surroundings.fetch
 * @returns {Download}
 */
export function createDownload({ loader, store, fetch }) {
  return loader.fromFolder ? fromFolder(loader) : overHttp(store, fetch);
}

/**
 * @param {import("../loader.js").Loader} loader
 * @returns {Download}
 */
function fromFolder(loader) {
  return async (file, { sink, onProgress, signal }) => {
    for (let part = 0; part < file.parts; part += 1) {
      if (signal?.aborted) throw aborted();
      const end = endOf(part, file);
      const path = `${file.path}.${part + 1}`;
      const bytes = await loader.bytes({ path, bytes: end - part * PART, version: file.version, twin: true });
      // The loader remembers; two copies of a model are one too many.
      loader.withdraw(path);
      sink(new Uint8Array(bytes));
      onProgress?.(end);
    }
    return false;
  };
}

/**
 * @param {import("./parts-store.js").PartsStore} store
 * @param {typeof globalThis.fetch} fetch
 * @returns {Download}
 */
export function overHttp(store, fetch) {
  return async (file, { sink, onProgress, signal }) => {
    let kept = 0;
    for (let part = 0; kept < file.bytes; part += 1) {
      const found = await store.read(file, part);
      if (found?.length !== endOf(part, file) - kept) break;
      kept += found.length;
      sink(found);
      onProgress?.(kept);
    }
    if (signal?.aborted) throw aborted();
    if (kept === file.bytes) return true;

    const keeping = keep(file, store, kept);
    const breath = createBreath();
    let loaded = kept;
    try {
      const { body, start } = await ask(file, kept, store.lasting, fetch, signal);
      let at = start;
      for await (const chunk of chunks(body)) {
        at += chunk.length;
        if (at > file.bytes) throw new Mismatch(file.path);
        // A server that knows no ranges begins again at the first byte.
        if (at <= loaded) continue;
        const news = at - chunk.length === loaded ? chunk : chunk.slice(loaded - at);
        loaded = at;
        keeping.take(news);
        sink(news);
        onProgress?.(loaded);
        await breath();
      }
    } catch (error) {
      await keeping.done();
      if (signal?.aborted) throw aborted();
      throw error instanceof TypeError ? broken(file, loaded) : error;
    }
    if (loaded < file.bytes) {
      await keeping.done();
      throw broken(file, loaded);
    }
    // What was kept for want of a lasting store has served.
    if (!store.lasting) void keeping.done().then(() => store.forget(file));
    return kept > 0;
  };
}

/**
 * Writes what arrives into the store, a part whenever one is whole.
 * @param {LiveFile} file
 * @param {import("./parts-store.js").PartsStore} store
 * @param {number} from bytes that are there; a whole number of parts
 */
function keep(file, store, from) {
  /** @type {Promise<void>[]} */
  const writing = [];
  let part = from / PART;
  let held = new Uint8Array(endOf(part, file) - from);
  let filled = 0;
  return {
    /** @param {Bytes} bytes */
    take(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const taken = Math.min(bytes.length - at, held.length - filled);
        held.set(bytes.subarray(at, at + taken), filled);
        at += taken;
        filled += taken;
        if (filled < held.length) continue;
        writing.push(store.write(file, part, held));
        part += 1;
        held = new Uint8Array(Math.max(0, endOf(part, file) - part * PART));
        filled = 0;
      }
    },
    done: () => Promise.all(writing),
  };
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
  if (response.status !== 206) return { body: response.body, start: 0 };
  const [start] = response.headers.get("Content-Range")?.match(/\d+/) ?? [];
  // Whatever begins later leaves a gap, which the checksum would find only at the end.
  if (!(Number(start) <= from)) throw new TypeError("not the range that was asked for");
  return { body: response.body, start: Number(start) };
}

/** @param {ReadableStream<Bytes>} body */
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

/**
 * What has arrived already is read in one go, with no time for anything else: this makes some.
 * @returns {() => Promise<void> | void}
 */
function createBreath() {
  let begun = performance.now();
  return () => {
    if (performance.now() - begun < SLICE) return undefined;
    return new Promise((resolve) => {
      setTimeout(() => {
        begun = performance.now();
        resolve();
      });
    });
  };
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
