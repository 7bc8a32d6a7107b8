import { createHash } from "node:crypto";

import { createShelf } from "../../../site_templates/js/service-worker/shelf.js";

export const ROOT = "https://example.org/some%20path/";

/** Cache Storage as far as the shelf needs it, with room for so many entries. */
export class Storage {
  constructor(room = Infinity) {
    this.room = room;
    this.caches = new Map();
  }

  async open(name) {
    if (!this.caches.has(name)) this.caches.set(name, new Map());
    const entries = this.caches.get(name);
    const bare = (address) => address.split("?")[0];
    return {
      match: async (address, { ignoreSearch = false } = {}) => {
        const key = ignoreSearch ? [...entries.keys()].find((known) => bare(known) === bare(address)) : address;
        return entries.get(key)?.clone();
      },
      put: async (address, response) => {
        if (entries.size >= this.room && !entries.has(address)) throw new DOMException("full", "QuotaExceededError");
        entries.set(address, response);
      },
      keys: async () => [...entries.keys()].map((url) => ({ url })),
      delete: async (address) => entries.delete(address),
    };
  }

  async delete(name) {
    return this.caches.delete(name);
  }
}

/** @param {string} text */
export function version(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/**
 * A list as the build writes it.
 * @param {Record<string, string>} shell path -> content
 * @param {Record<string, string>} [files]
 */
export function listed(shell, files = {}) {
  const entries = (texts) =>
    Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, [Buffer.byteLength(text), version(text)]]));
  return { id: "", shell: entries(shell), files: entries(files), live: {}, downloads: {} };
}

/**
 * A server that counts: `asked` holds the paths, in order.
 * @param {Record<string, string | Response | (() => Response)>} content by path; anything else is a 404
 */
export function server(content) {
  const asked = [];
  const fetcher = async (input) => {
    const address = new URL(input.url ?? input);
    const path = address.href.startsWith(ROOT) ? address.pathname.slice(new URL(ROOT).pathname.length) : address.href;
    asked.push(path);
    const found = content[path];
    if (found === undefined) return new Response("nothing here", { status: 404 });
    if (typeof found === "function") return found();
    return new Response(found, { headers: { "Content-Type": "text/plain" } });
  };
  return { asked, fetcher };
}

/**
 * A worker's surroundings.
 * @param {import("../../../site_templates/js/service-worker/site-list.js").SiteList} list
 * @param {Record<string, string | (() => Response)>} content what the server has
 * @param {Storage} [storage]
 */
export function site(list, content, storage = new Storage()) {
  const { asked, fetcher } = server(content);
  return { list, root: ROOT, shelf: createShelf(storage, ROOT), fetcher, asked, isNewest: () => true };
}

/**
 * @param {string} address below the root, or whole
 * @param {object} [given]
 */
export function request(address, given = {}) {
  return { url: new URL(address, ROOT).href, method: "GET", mode: "cors", headers: new Headers(), ...given };
}
