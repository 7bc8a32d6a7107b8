/** What a published file holds, after making sure that it is what was published. For the page and the worker; no DOM. */

import { sha256 } from "./sha256.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {ReadableStream<Bytes>} Stream */

/**
 * @param {Stream} stream the file as published; where it ends in an AbortError, so does this
 * @param {import("../manifest.js").LiveFile} file
 * @param {Record<string, (stream: Stream) => ReadableStream<Uint8Array>>} [decoders] for other encodings than `none`
 * @returns {Promise<Bytes>} what it holds; rejects with a Mismatch where that is not what the manifest says
 */
export async function opened(stream, file, decoders = {}) {
  const decoded = file.encoding === "none" ? stream : decoders[file.encoding](stream);
  const content = new Uint8Array(file.inflated_bytes);
  let at = 0;
  try {
    const reader = decoded.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      content.set(value, at);
      at += value.length;
    }
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") throw error;
    // More than there should be, or nothing that can be decoded.
    throw new Mismatch(file.path);
  }
  if (at !== content.length || (await sha256(content)) !== file.sha256) throw new Mismatch(file.path);
  return content;
}

/** A file that is not the one that was published. */
export class Mismatch extends Error {
  /** @param {string} path */
  constructor(path) {
    super(`${path} is not the file that was published (its checksum differs), so it is not used: reload the page.`);
    this.name = "Mismatch";
  }
}
