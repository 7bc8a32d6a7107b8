/** What a published file holds, after making sure that it is what was published. For the page and the worker; no DOM. */

import { sha256 } from "./sha256.js";

/**
 * Rejects with a Mismatch where the bytes are not those that the manifest describes.
 * @param {Uint8Array<ArrayBuffer>} bytes as published
 * @param {import("../manifest.js").LiveFile} file
 * @returns {Promise<Uint8Array<ArrayBuffer>>} inflated
 */
export async function opened(bytes, file) {
  const content = file.encoding === "none" ? bytes : await inflated(bytes, file);
  if (content.length !== file.inflated_bytes || (await sha256(content)) !== file.sha256) throw new Mismatch(file.path);
  return content;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes a raw deflate stream
 * @param {import("../manifest.js").LiveFile} file
 */
async function inflated(bytes, file) {
  const content = new Uint8Array(file.inflated_bytes);
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > content.length) throw new Mismatch(file.path);
      content.set(value, at);
      at += value.length;
    }
  } catch {
    // Not a deflate stream, or more than it should be.
    throw new Mismatch(file.path);
  }
  return content.subarray(0, at);
}

/** A file that is not the one that was published. */
export class Mismatch extends Error {
  /** @param {string} path */
  constructor(path) {
    super(`${path} is not the file that was published (its checksum differs), so it is not used: reload the page.`);
    this.name = "Mismatch";
  }
}
