/**
 * What works without a network, as far as every page has it from the start: the service worker is put to work when the page
 * has been seen. The control in the footer is a script of its own, fetched when the footer is near.
 */

import { whenIdle } from "./mounting.js";

/** @typedef {import("./loader.js").Loader} Loader */

/** ms between two looks for a newer build while the page stays open. */
const LOOK_AGAIN = 10 * 60 * 1000;

/**
 * @param {HTMLElement} control names its script
 * @param {Loader} loader
 */
export function startOffline(control, loader) {
  const container = loader.fromFolder ? undefined : navigator.serviceWorker;
  // Where a browser refuses a service worker the site works as it is, and there is nothing to tell.
  if (container) addEventListener("load", () => whenIdle(() => putToWork(loader, container).catch(() => {})));

  const footer = control.closest("footer");
  const watcher = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      watcher.disconnect();
      const there = loader.script(control.dataset.offline ?? "");
      there.catch(reportError);
      // A worker that had to retire does so again, and says it to a control that hears it.
      if (container) there.then(loader.serviceWorker).catch(() => {});
    },
    { rootMargin: "100% 0px" },
  );
  if (footer) watcher.observe(footer);
}

/**
 * @param {Loader} loader
 * @param {ServiceWorkerContainer} container
 */
async function putToWork(loader, container) {
  const isFirst = !container.controller;
  const registration = await loader.serviceWorker();
  if (isFirst) {
    tellOfVisited((await container.ready).active);
    return;
  }
  // Browsers look for a newer build by themselves, but may put it off until the reader has gone.
  let looked = 0;
  const look = () => {
    if (document.visibilityState !== "visible" || Date.now() - looked < LOOK_AGAIN) return;
    looked = Date.now();
    // Without a network there is none.
    registration.update().catch(() => {});
  };
  look();
  document.addEventListener("visibilitychange", look);
}

/**
 * What the page loads before the worker is in charge of it is kept too.
 * @param {ServiceWorker | null} worker
 */
function tellOfVisited(worker) {
  const observer = new PerformanceObserver((entries) => {
    /** @type {import("./service-worker/messages.js").Message} */
    const message = { type: "visited", addresses: entries.getEntries().map(({ name }) => name) };
    worker?.postMessage(message);
  });
  observer.observe({ type: "resource", buffered: true });
}
