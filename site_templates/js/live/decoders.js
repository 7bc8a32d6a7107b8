/** From a published file's stream to what it holds, by encoding. Runs in the worker; knows no DOM. */

import * as xz from "xz-decompress";

/** A CommonJS package: whoever follows Node's rules finds all of it below `default`. */
const { XzReadableStream } = /** @type {{default?: typeof xz} & typeof xz} */ (xz).default ?? xz;

/** @type {Record<string, (stream: import("./opened.js").Stream) => ReadableStream<Uint8Array>>} */
export const decoders = {
  "deflate-raw": (stream) => stream.pipeThrough(new DecompressionStream("deflate-raw")),
  xz: (stream) => new XzReadableStream(stream),
};
