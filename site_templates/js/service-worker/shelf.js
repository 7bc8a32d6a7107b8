/**
 * The files that are kept on this device, of one build or two: each under the address of its bytes (`path?v=version`), so that
 * no build can be given a file of another, and a file that did not change is neither fetched nor stored again.
 */

import { addressOf, pathOf, versionOf } from "./site-list.js";

/**
 * @typedef {{path: string, version: string}} Kept
 * @typedef {ReturnType<typeof createShelf>} Shelf
 */

/** A record that is no file of the site: pages that were open when this build took over. */
const OLD_PAGES = ".explainer-old-pages";

/**
 * @param {CacheStorage} storage
 * @param {string} root the site's address, with its last slash: other sites of the same host have shelves of their own
 */
export function createShelf(storage, root) {
  const name = `explainer ${root}`;
  const opened = () => storage.open(name);
  const noteAddress = root + OLD_PAGES;

  return {
    /**
     * @param {string} path
     * @param {string} version
     * @returns {Promise<Response | undefined>}
     */
    async find(path, version) {
      return (await opened()).match(addressOf(path, version, root));
    },

    /**
     * A file whose version nobody remembers: its name holds it.
     * @param {string} path
     */
    async findAny(path) {
      return (await opened()).match(addressOf(path, "", root), { ignoreSearch: true });
    },

    /**
     * Rejects, with nothing changed, when the device has no room.
     * @param {string} path
     * @param {string} version
     * @param {BlobPart} content checked by the caller
     * @param {string} type MIME type
     */
    async put(path, version, content, type) {
      const kept = new Response(new Blob([content]), { headers: { "Content-Type": type } });
      await (await opened()).put(addressOf(path, version, root), kept);
    },

    /** @returns {Promise<Kept[]>} */
    async all() {
      const addresses = (await (await opened()).keys()).map((request) => request.url);
      return addresses
        .filter((address) => address !== noteAddress)
        .map((address) => ({ path: pathOf(address, root), version: versionOf(address) }));
    },

    /** @param {Kept[]} files */
    async discard(files) {
      const cache = await opened();
      await Promise.all(files.map(({ path, version }) => cache.delete(addressOf(path, version, root))));
    },

    /** @returns {Promise<string[] | null>} client ids, or null when there is nothing to wait for */
    async oldPages() {
      const note = await (await opened()).match(noteAddress);
      return note ? note.json() : null;
    },

    /** @param {string[] | null} ids */
    async noteOldPages(ids) {
      const cache = await opened();
      if (ids) await cache.put(noteAddress, Response.json(ids));
      else await cache.delete(noteAddress);
    },

    /** Everything goes. */
    async clear() {
      await storage.delete(name);
    },
  };
}
