/**
 * One build takes over from another: its shell and everything that was kept of the earlier one is brought first, and only
 * when all of it is there does the worker start; a build that cannot be had whole leaves the earlier one in its place.
 *
 * install  what is missing is brought, file by file      activate  what nobody needs any more is discarded
 *    ├─ not to be kept: nothing is brought ─────────────────▶ retire: nothing stays
 *    └─ broken: the browser drops this build, and tries again at a later visit; what was brought is not brought again
 */

import { bring, NotToBeKept } from "./courier.js";
import { addressOf, keepable, plainName } from "./site-list.js";

/** How many files are fetched at a time. */
const AT_ONCE = 4;

/**
 * @typedef {object} Site what the worker works on
 * @property {import("./site-list.js").SiteList} list
 * @property {string} root the site's address, with its last slash
 * @property {import("./shelf.js").Shelf} shelf
 * @property {typeof fetch} fetcher
 * @property {() => boolean} isNewest whether no later build is being brought, or waits to take over
 */

/**
 * Rejects when the build cannot be had whole.
 * @param {Site} site
 */
export async function install(site) {
  const { list, shelf } = site;
  const kept = new Set((await shelf.all()).map(({ path }) => plainName(path)));
  const wanted = [...keepable(list).keys()].filter((path) => path in list.shell || kept.has(plainName(path)));
  try {
    await keep(site, wanted);
  } catch (error) {
    if (!(error instanceof NotToBeKept)) throw error;
  }
}

/**
 * Brings those of the files that are not there yet. Rejects at the first that cannot be had, or that finds no room.
 * @param {Site} site
 * @param {string[]} paths of this build's list
 */
export async function keep({ list, root, shelf, fetcher }, paths) {
  const files = keepable(list);
  const waiting = paths.values();
  const work = async () => {
    for (const path of waiting) {
      const expected = files.get(path);
      if (!expected || (await shelf.find(path, expected.version))) continue;
      const { content, type } = await bring(fetcher, addressOf(path, expected.version, root), expected);
      await shelf.put(path, expected.version, content, type);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/**
 * Whether the build was brought whole; it was not where the server asks that nothing be kept.
 * @param {Site} site
 */
export async function isWhole({ list, shelf }) {
  const found = await Promise.all(Object.entries(list.shell).map(([path, [, version]]) => shelf.find(path, version)));
  return found.every(Boolean);
}

/**
 * What no page needs any more goes: files of an earlier build stay as long as a page of another build is open, and nothing
 * goes while a later build is on its way.
 * @param {Site} site
 * @param {(id: string) => Promise<boolean>} isOpen
 */
export async function tidy({ list, shelf, isNewest }, isOpen) {
  for (const page of await shelf.pages()) if (!(await isOpen(page))) await shelf.forgetPage(page);
  for (const page of await shelf.pages()) if ((await shelf.buildOf(page)) !== list.id) return;
  const files = keepable(list);
  const others = (await shelf.all()).filter(({ path, version }) => files.get(path)?.version !== version);
  // Asked last: where a later build began before the list was made, it is seen here; what it brings after is not listed.
  if (isNewest()) await shelf.discard(others);
}
