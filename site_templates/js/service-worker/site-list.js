/**
 * The build's list of its own files: which bytes, under which address, make up one version of the site.
 *
 * @typedef {[bytes: number, version: string]} Entry
 *   Length, and the first eight hex digits of the SHA-256: what the page's manifest calls a file's version.
 * @typedef {object} SiteList paths are relative to the site's root
 * @property {string} id of the build: a hash of the rest, to tell people which one it is
 * @property {Record<string, Entry>} shell pages, and what every page needs: kept as soon as the worker is there
 * @property {Record<string, Entry>} files all else that pages read: kept once it was visited, or when a reader asks
 * @property {Record<string, Entry>} live models and what runs them: the engine fetches, checks and keeps them by itself
 * @property {Record<string, Entry>} downloads files for other programs, which pages only link to: left alone
 */

/** A name that changes with the content, as the build gives to scripts, styles, fonts and pictures. */
const HASHED = /\.[0-9a-f]{10}(?=\.\w+$)/;

/**
 * What the worker may keep, by path.
 * @param {SiteList} list
 * @returns {Map<string, {bytes: number, version: string}>}
 */
export function keepable(list) {
  const entries = [...Object.entries(list.shell), ...Object.entries(list.files)];
  return new Map(entries.map(([path, [bytes, version]]) => [path, { bytes, version }]));
}

/**
 * The path below the site's root that an address names; "" when it is elsewhere.
 * @param {string} address
 * @param {string} root the site's address, with its last slash
 */
export function pathOf(address, root) {
  const { origin, pathname } = new URL(address);
  if (!(origin + pathname).startsWith(root)) return "";
  const path = (origin + pathname).slice(root.length);
  return path === "" ? "index.html" : path;
}

/**
 * The version that an address asks for, as the page's loader writes it; "" when it asks for none.
 * @param {string} address
 */
export function versionOf(address) {
  return new URL(address).searchParams.get("v") ?? "";
}

/**
 * The one address of a file's bytes: the same path in another build has another. Paths of the site need no quoting.
 * @param {string} path
 * @param {string} version
 * @param {string} root
 */
export function addressOf(path, version, root) {
  return `${root}${path}?v=${version}`;
}

/**
 * Whether the path alone tells the version.
 * @param {string} path
 */
export function isHashed(path) {
  return HASHED.test(path);
}

/**
 * The name under which a file is found again in another build: its path without the hash.
 * @param {string} path
 */
export function plainName(path) {
  return path.replace(HASHED, "");
}
