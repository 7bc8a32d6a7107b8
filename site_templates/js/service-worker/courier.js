/** Fetches files of this build, and none of another: what arrives has the length and the hash of the build's list, or is refused. */

/** @typedef {{bytes?: number, version: string}} Expected `bytes` where they are known */
/** @typedef {{content: ArrayBuffer, type: string}} Delivery */

/** The server's file is not the one of this build: another was put there, or is being put there, or none is there. */
export class OtherVersion extends Error {
  /** @param {string} address @param {number} status the server's, or 410 where it had something else */
  constructor(address, status) {
    super(`${address} is not the file of this build`);
    this.status = status;
  }
}

/** The server asks that nothing be kept (`Cache-Control: no-store`), as a server for writing does. */
export class NotToBeKept extends Error {}

/**
 * @param {typeof fetch} fetcher
 * @param {string} address
 * @param {Expected} expected
 * @returns {Promise<Delivery>} Rejects with OtherVersion, NotToBeKept, or fetch's own TypeError without a network.
 */
export async function bring(fetcher, address, expected) {
  let status = 410;
  // First as the browser likes, so that what the page just fetched is not fetched again; its cache may hold an older build's.
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
    const response = await fetcher(address, { cache });
    status = response.ok ? 410 : response.status;
    if (!response.ok) continue;
    if (forbidsKeeping(response)) throw new NotToBeKept(address);
    const content = await response.arrayBuffer();
    if (await isOf(expected, content)) return { content, type: typeOf(response) };
  }
  throw new OtherVersion(address, status);
}

/**
 * Whether these are the bytes.
 * @param {Expected} expected
 * @param {ArrayBuffer} content
 */
export async function isOf({ bytes, version }, content) {
  if (bytes !== undefined && content.byteLength !== bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const hex = [...digest.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === version;
}

/** @param {Response} response */
export function forbidsKeeping(response) {
  return /\bno-store\b/i.test(response.headers.get("Cache-Control") ?? "");
}

/** @param {Response} response */
export function typeOf(response) {
  return response.headers.get("Content-Type") ?? "application/octet-stream";
}
