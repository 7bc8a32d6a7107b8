/** Checksums as the manifest writes them. Knows no DOM. */

import { sha256 as slowly } from "@noble/hashes/sha2.js";

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<string>} 64 hex digits
 */
export async function sha256(bytes) {
  // Browsers keep their own for pages that are served securely, or from this machine.
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    : slowly(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
