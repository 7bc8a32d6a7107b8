/**
 * The service worker: keeps what was visited on this device, so that the site works without a network, and gives its pages
 * the isolation that threads need. The build writes its list of files before this script, as `explainerSite`.
 */

import { createAnswers } from "./answers.js";
import { install, isWhole, keep, tidy } from "./builds.js";
import { createShelf } from "./shelf.js";
import { addressOf, keepable, pathOf } from "./site-list.js";

/** @typedef {import("./messages.js").Message} Message */
/** @typedef {import("./messages.js").Standing} Standing */

/** ms until a build that is complete, and still waits, asks for its turn again. */
const ASK_AGAIN = 1000;

/** @type {import("./messages.js").Refused} */
const REFUSED = { type: "refused" };

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const list = /** @type {import("./site-list.js").SiteList} */ (/** @type {any} */ (self).explainerSite);
const root = worker.registration.scope;
const isNewest = () => !worker.registration.installing && !worker.registration.waiting;
const site = { list, root, shelf: createShelf(caches, root), fetcher: fetch.bind(self), isNewest };
const answers = createAnswers(site);
/** Pending while this build is taking over: pages may ask meanwhile, even before the browser says `activate`. */
let started = Promise.resolve();
let begin = () => {};
let hasTurn = false;

worker.addEventListener("install", (event) => {
  started = new Promise((resolve) => (begin = resolve));
  // The next page shall be the new build's. Those that are open keep getting their own files: see `tidy`.
  event.waitUntil(install(site).then(takeTurn));
});

worker.addEventListener("activate", (event) => {
  hasTurn = true;
  event.waitUntil(start().finally(begin));
});

worker.addEventListener("fetch", (event) => {
  const answer = answers.to(event.request);
  if (!answer) return;
  const answered = answer((promise) => event.waitUntil(promise));
  if (event.request.mode !== "navigate") {
    event.respondWith(answered);
    return;
  }
  // Before the page is there, so that no other build takes its files from it. A device without room does without.
  const noted = site.shelf.notePage(event.resultingClientId, list.id).catch(() => {});
  event.respondWith(noted.then(() => answered));
  event.waitUntil(answered.then(() => tidy(site, isOpen)));
});

worker.addEventListener("message", (event) => {
  const page = /** @type {Client | null} */ (event.source);
  event.waitUntil(hear(event.data, page?.id ?? "", event.ports[0]));
});

/** Chromium lets a build wait for good where a request wakes the outgoing worker just as it is to go: ask until it is heard. */
async function takeTurn() {
  await worker.skipWaiting();
  setTimeout(() => hasTurn || takeTurn(), ASK_AGAIN);
}

async function start() {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!(await isWhole(site))) {
    await retire(pages);
    return;
  }
  // Pages that were there before any worker: they came from the server a moment ago, as this build did.
  const known = new Set(await site.shelf.pages());
  for (const { id } of pages) if (!known.has(id)) await site.shelf.notePage(id, list.id);
  await tidy(site, isOpen);
  await worker.clients.claim();
}

/** @param {readonly WindowClient[]} pages */
async function retire(pages) {
  await site.shelf.clear();
  await worker.registration.unregister();
  for (const page of pages) page.postMessage(REFUSED);
  // An earlier worker may have given these an earlier page; the others came from the server.
  for (const page of await worker.clients.matchAll({ type: "window" })) void page.navigate(page.url);
}

/** @param {string} id */
async function isOpen(id) {
  return (await worker.clients.get(id)) !== undefined;
}

/**
 * @param {Message} message
 * @param {string} page the id of the one that sent it
 * @param {MessagePort | undefined} port
 */
async function hear(message, page, port) {
  await started;
  // A page that was reloaded past its caches is not ours yet, and what it fetches would not be kept.
  await worker.clients.claim();
  if (message.type === "visited") {
    const paths = message.addresses.map((address) => pathOf(address, root));
    // What cannot be had now is had when it is visited again.
    await keep(site, paths).catch(() => {});
    return;
  }
  if (message.type === "forget") {
    await site.shelf.discard((await site.shelf.all()).filter(({ path }) => !(path in list.shell)));
  }
  await tidy(site, isOpen);
  port?.postMessage(await standing(page));
}

/**
 * @param {string} page the id of the one that asks
 * @returns {Promise<Standing>}
 */
async function standing(page) {
  const kept = new Set((await site.shelf.all()).map(({ path, version }) => addressOf(path, version, root)));
  const files = [...keepable(list)].map(([path, { bytes, version }]) => ({
    address: addressOf(path, version, root),
    bytes,
  }));
  return {
    outdated: ((await site.shelf.buildOf(page)) ?? list.id) !== list.id,
    bytes: sum(files),
    kept: sum(files.filter(({ address }) => kept.has(address))),
    shell: Object.values(list.shell).reduce((total, [bytes]) => total + bytes, 0),
    downloads: Object.values(list.downloads).reduce((total, [bytes]) => total + bytes, 0),
    missing: files.filter(({ address }) => !kept.has(address)),
  };
}

/** @param {{bytes: number}[]} files */
function sum(files) {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
