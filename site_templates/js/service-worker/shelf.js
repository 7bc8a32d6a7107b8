/**
 * The files that are kept on this device, of one build or two: each under the address of its bytes (`path?v=version`), so that
 * no build can be given a file of another, and a file that did not change is neither fetched nor stored again.
 */

import { addressOf, pathOf, versionOf } from "./site-list.js";

/**
 * @typedef {{path: string, version: string}} Kept
 * @typedef {ReturnType<typeof createShelf>} Shelf
 */

/** Records that are no files of the site: of which build each open page is. */
const PAGES = ".explainer-pages/";

/**
 * @param {CacheStorage} storage
 * @param {string} root the site's address, with its last slash: other sites of the same host have shelves of their own
 */
export function createShelf(storage, root) {
  const name = `explainer ${root}`;
  const opened = () => storage.open(name);
  const notes = root + PAGES;
  const addresses = async () => (await (await opened()).keys()).map((request) => request.url);

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
      return (await addresses())
        .filter((address) => !address.startsWith(notes))
        .map((address) => ({ path: pathOf(address, root), version: versionOf(address) }));
    },

    /** @param {Kept[]} files */
    async discard(files) {
      const cache = await opened();
      await Promise.all(files.map(({ path, version }) => cache.delete(addressOf(path, version, root))));
    },

    /** @param {string} id the browser's, of a page @param {string} build */
    async notePage(id, build) {
      await (await opened()).put(notes + id, new Response(build));
    },

    /** @param {string} id @returns {Promise<string | undefined>} the build that the page is of, where it is known */
    async buildOf(id) {
      return (await (await opened()).match(notes + id))?.text();
    },

    /** @returns {Promise<string[]>} the ids of those pages */
    async pages() {
      return (await addresses())
        .filter((address) => address.startsWith(notes))
        .map((address) => address.slice(notes.length));
    },

    /** @param {string} id */
    async forgetPage(id) {
      await (await opened()).delete(notes + id);
    },

    /** Everything goes. */
    async clear() {
      await storage.delete(name);
    },
  };
}
