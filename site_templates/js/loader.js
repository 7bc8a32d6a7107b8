/**
 * The one way data reaches the page: over http(s) a fetch, from a folder (`file://`, where fetch is forbidden) the file's
 * `.js` twin, a classic script that calls `explainerFile(path, base64)`. Nothing else in the code knows the difference.
 */

import { addressOf } from "./manifest.js";
import { unpack } from "./tensor.js";

/** @typedef {import("./manifest.js").FileRef} FileRef */
/**
 * @typedef {object} Loader promises are shared between callers; a failed one is forgotten, so that a later call tries again
 * @property {(file: FileRef) => Promise<ArrayBuffer>} bytes shared: read it, do not transfer it
 * @property {(file: FileRef) => Promise<any>} json
 * @property {(file: FileRef) => Promise<import("./tensor.js").Tensor>} pack
 */
/**
 * @typedef {object} Surroundings the browser, as far as loading needs it
 * @property {Location} location
 * @property {Document} document
 * @property {typeof fetch} fetch
 */

/** Addresses that a twin may have: inside the site, below its root. */
const TWIN = /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*\.js$/;

/**
 * Rejections are Errors whose message is a sentence for people.
 * @param {Surroundings} [surroundings]
 * @returns {Loader}
 */
export function createLoader(surroundings = { location, document, fetch: fetch.bind(globalThis) }) {
  const fromFolder = surroundings.location.protocol === "file:";
  const read = fromFolder ? twinReader(surroundings.document) : fetchReader(surroundings.fetch);

  const bytes = remembered(async (file) => {
    const buffer = await read(file);
    if (buffer.byteLength !== file.bytes) {
      throw new Error(`${file.path} has ${buffer.byteLength} bytes when ${file.bytes} were expected: reload the page.`);
    }
    return buffer;
  });
  return {
    bytes,
    json: remembered(async (file) => JSON.parse(new TextDecoder().decode(await bytes(file)))),
    pack: remembered(async (file) => unpack(await bytes(file))),
  };
}

/**
 * @template T
 * @param {(file: FileRef) => Promise<T>} load
 * @returns {(file: FileRef) => Promise<T>}
 */
function remembered(load) {
  /** @type {Map<string, Promise<T>>} */
  const promises = new Map();
  return (file) => {
    const known = promises.get(file.path);
    if (known) return known;
    const promise = load(file).catch((error) => {
      promises.delete(file.path);
      throw error;
    });
    promises.set(file.path, promise);
    return promise;
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
    if (!response.ok) {
      throw new Error(`${file.path} could not be fetched: the server answered ${response.status}. Reload the page.`);
    }
    return response.arrayBuffer();
  };
}

/**
 * @param {Document} page
 * @returns {(file: FileRef) => Promise<ArrayBuffer>}
 */
function twinReader(page) {
  /** @type {Map<string, string>} */
  const delivered = new Map();
  Object.assign(globalThis, {
    /** @param {string} path @param {string} base64 */
    explainerFile: (path, base64) => void delivered.set(path, base64),
  });
  const scriptUrl = trustedScriptUrl();

  return (file) =>
    new Promise((resolve, reject) => {
      if (!file.twin) {
        reject(new Error(`${file.path} can only be loaded over http: open the site through a web server.`));
        return;
      }
      const twin = `${file.path}.js`;
      const script = page.createElement("script");
      script.src = scriptUrl(twin);
      script.onload = () => {
        script.remove();
        const base64 = delivered.get(file.path);
        delivered.delete(file.path);
        if (base64 === undefined) reject(new Error(`${twin} did not hand over ${file.path}: build the site again.`));
        else resolve(fromBase64(base64));
      };
      script.onerror = () => {
        script.remove();
        reject(new Error(`${twin} could not be read: is the site's folder complete?`));
      };
      page.head.append(script);
    });
}

/**
 * The page's only Trusted Types policy: nothing but a twin's address becomes a script's.
 * @returns {(twin: string) => string} typed as the string that browsers without Trusted Types take
 */
function trustedScriptUrl() {
  /** @param {string} twin */
  const checked = (twin) => {
    if (!TWIN.test(twin)) throw new TypeError(`Not the address of a data file: ${twin}`);
    return twin;
  };
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  const policy = factory?.createPolicy("explainer", { createScriptURL: checked });
  return policy ? (twin) => policy.createScriptURL(twin) : checked;
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
