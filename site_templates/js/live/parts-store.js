/**
 * Parts of large files, kept in the browser's Cache Storage under the checksum of what they hold: so a second visit fetches
 * nothing, and a broken download goes on where it stopped. Where the browser has no such storage (pages that are not served
 * securely), parts are kept as long as the page is open. Knows no DOM.
 */

/** @typedef {import("../manifest.js").LiveFile} LiveFile */
/**
 * @typedef {object} PartsStore
 * @property {boolean} lasting parts are still there at the next visit
 * @property {(file: LiveFile, part: number) => Promise<boolean>} has
 * @property {(file: LiveFile, part: number) => Promise<Uint8Array<ArrayBuffer> | null>} read
 * @property {(file: LiveFile, part: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>} write a full disk is no error: the part is
 *   then not kept
 * @property {(file: LiveFile) => Promise<void>} forget every part of the file
 * @property {(files: LiveFile[]) => Promise<void>} tidy forgets what belongs to none of these files
 */

/**
 * @param {CacheStorage | undefined} caches
 * @param {string} base address below which the site lies
 * @returns {PartsStore}
 */
export function createPartsStore(caches, base) {
  if (!caches) return createMemory();
  const { pathname } = new URL(".", base);
  const opened = () => caches.open(`live ${pathname}`);
  /** @param {LiveFile} file @param {number | ""} part */
  const address = (file, part) => new URL(`live/${keyOf(file)}/${part}`, base).href;

  return {
    lasting: true,
    async has(file, part) {
      try {
        return (await (await opened()).match(address(file, part))) !== undefined;
      } catch {
        return false;
      }
    },
    async read(file, part) {
      try {
        const found = await (await opened()).match(address(file, part));
        return found ? new Uint8Array(await found.arrayBuffer()) : null;
      } catch {
        return null;
      }
    },
    async write(file, part, bytes) {
      try {
        await (await opened()).put(address(file, part), new Response(bytes));
      } catch {
        // No room: the next visit fetches this part again.
      }
    },
    async forget(file) {
      await removeWhere((url) => url.startsWith(address(file, "")));
    },
    async tidy(files) {
      const kept = files.map((file) => address(file, ""));
      await removeWhere((url) => !kept.some((prefix) => url.startsWith(prefix)));
    },
  };

  /** @param {(url: string) => boolean} unwanted */
  async function removeWhere(unwanted) {
    try {
      const cache = await opened();
      for (const request of await cache.keys()) if (unwanted(request.url)) await cache.delete(request);
    } catch {
      // A storage that cannot be opened keeps nothing either.
    }
  }
}

/** @returns {PartsStore} */
function createMemory() {
  /** @type {Map<string, Map<number, Uint8Array<ArrayBuffer>>>} */
  const files = new Map();
  return {
    lasting: false,
    has: async (file, part) => files.get(keyOf(file))?.has(part) ?? false,
    read: async (file, part) => files.get(keyOf(file))?.get(part) ?? null,
    async write(file, part, bytes) {
      const parts = files.get(keyOf(file)) ?? new Map();
      files.set(keyOf(file), parts.set(part, bytes));
    },
    forget: async (file) => void files.delete(keyOf(file)),
    async tidy(wanted) {
      const kept = new Set(wanted.map(keyOf));
      for (const key of files.keys()) if (!kept.has(key)) files.delete(key);
    },
  };
}

/** @param {LiveFile} file */
function keyOf(file) {
  // The same content may be published in another compression.
  return `${file.version}-${file.sha256}`;
}
