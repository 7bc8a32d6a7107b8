/**
 * The one way data reaches the page: over http(s) a fetch, from a folder (`file://`, where fetch is forbidden) the file's
 * `.js` twin, a classic script that calls `explainerFile(path, base64)`. Nothing else in the code knows the difference.
 */

import { addressOf } from "./manifest.js";
import { createScripts } from "./scripts.js";
import { isOf } from "./service-worker/courier.js";
import { unpack } from "./tensor.js";

/** @typedef {import("./manifest.js").FileRef} FileRef */
/**
 * @typedef {object} Loader promises are shared between callers; a failed one is forgotten, so that a later call tries again
 * @property {(file: FileRef) => Promise<ArrayBuffer>} bytes shared: read it, do not transfer it
 * @property {(file: FileRef) => Promise<any>} json
 * @property {(file: FileRef) => Promise<import("./tensor.js").Tensor>} pack
 * @property {boolean} fromFolder nothing can be fetched
 * @property {(path: string, content: any) => void} provide what that path's file holds, from now on: for photos that no build
 *   has seen. Content is handed on as it is, so it is of the kind that readers of the path ask for.
 * @property {(prefix: string) => void} withdraw forgets every file, loaded or provided, whose path begins so
 * @property {import("./scripts.js").Scripts["add"]} script
 * @property {import("./scripts.js").Scripts["worker"]} worker
 * @property {import("./scripts.js").Scripts["serviceWorker"]} serviceWorker
 */
/**
 * @typedef {object} Surroundings the browser, as far as loading needs it
 * @property {Location} location
 * @property {Document} document
 * @property {typeof fetch} fetch
 */

/**
 * Rejections are Errors whose message is a sentence for people.
 * @param {Surroundings} [surroundings]
 * @returns {Loader}
 */
export function createLoader(surroundings = { location, document, fetch: fetch.bind(globalThis) }) {
  const fromFolder = surroundings.location.protocol === "file:";
  const scripts = createScripts(
    surroundings.document,
    fromFolder ? "is the site's folder complete?" : "check the connection and try again.",
  );
  const read = fromFolder ? twinReader(scripts) : fetchReader(surroundings.fetch);
  /** @type {Map<string, Promise<any>>[]} what is there or on its way, by path: one map for each kind of content */
  const shelves = [];

  /**
   * @template T
   * @param {(file: FileRef) => Promise<T>} load
   * @returns {(file: FileRef) => Promise<T>}
   */
  const remembered = (load) => {
    /** @type {Map<string, Promise<T>>} */
    const shelf = new Map();
    shelves.push(shelf);
    return (file) => {
      const known = shelf.get(file.path);
      if (known) return known;
      const promise = load(file).catch((error) => {
        if (shelf.get(file.path) === promise) shelf.delete(file.path);
        throw error;
      });
      shelf.set(file.path, promise);
      return promise;
    };
  };

  /** @type {Set<string>} paths that no file of the site has */
  const provided = new Set();

  const bytes = remembered(async (file) => {
    // Whoever asks late, for a photo that is gone, need not ask a server.
    if (provided.has(file.path)) throw new Error(`${file.path} is not here any more.`);
    const buffer = await read(file);
    if (buffer.byteLength !== file.bytes) {
      throw new Error(`${file.path} has ${buffer.byteLength} bytes when ${file.bytes} were expected: reload the page.`);
    }
    return buffer;
  });
  return {
    fromFolder,
    bytes,
    json: remembered(async (file) => JSON.parse(new TextDecoder().decode(await bytes(file)))),
    pack: remembered(async (file) => unpack(await bytes(file))),
    provide(path, content) {
      provided.add(path);
      for (const shelf of shelves) shelf.set(path, Promise.resolve(content));
    },
    withdraw(prefix) {
      for (const shelf of shelves) {
        for (const path of shelf.keys()) if (path.startsWith(prefix)) shelf.delete(path);
      }
    },
    script: scripts.add,
    worker: scripts.worker,
    serviceWorker: scripts.serviceWorker,
  };
}

/**
 * @param {typeof fetch} fetcher
 * @returns {(file: FileRef) => Promise<ArrayBuffer>}
 */
function fetchReader(fetcher) {
  return async (file) => {
    /** @type {Response} */
    let response;
    try {
      response = await fetcher(addressOf(file));
    } catch {
      throw new Error(`${file.path} could not be fetched: check the connection and reload the page.`);
    }
    // The service worker's answer, where the server has another build's file.
    if (response.status === 410) throw changed(file);
    if (!response.ok) {
      throw new Error(`${file.path} could not be fetched: the server answered ${response.status}. Reload the page.`);
    }
    const buffer = await response.arrayBuffer();
    // Before there is a service worker nobody else would see it. Pages that are not served securely go without.
    if (crypto.subtle && buffer.byteLength === file.bytes && !(await isOf(file, buffer))) throw changed(file);
    return buffer;
  };
}

/** @param {FileRef} file */
function changed(file) {
  return new Error(`${file.path} has changed on the server since this page was loaded: reload the page.`);
}

/**
 * @param {import("./scripts.js").Scripts} scripts
 * @returns {(file: FileRef) => Promise<ArrayBuffer>}
 */
function twinReader(scripts) {
  /** @type {Map<string, string>} */
  const delivered = new Map();
  Object.assign(globalThis, {
    /** @param {string} path @param {string} base64 */
    explainerFile: (path, base64) => void delivered.set(path, base64),
  });

  return async (file) => {
    if (!file.twin) throw new Error(`${file.path} can only be loaded over http: open the site through a web server.`);
    const twin = `${file.path}.js`;
    await scripts.add(twin);
    const base64 = delivered.get(file.path);
    delivered.delete(file.path);
    if (base64 === undefined) throw new Error(`${twin} did not hand over ${file.path}: build the site again.`);
    return fromBase64(base64);
  };
}

/**
 * @param {string} base64
 * @returns {ArrayBuffer}
 */
function fromBase64(base64) {
  const native = /** @type {any} */ (Uint8Array).fromBase64;
  if (native) return native.call(Uint8Array, base64).buffer;
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  // A plain loop: Uint8Array.from with a callback is twenty times slower on megabytes.
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes.buffer;
}
