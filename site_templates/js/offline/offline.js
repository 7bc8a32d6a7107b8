/** The script of the footer's control, loaded once the page has been seen: ties it to the service worker. */

import { find } from "../elements.js";
import { createPartsStore } from "../live/parts-store.js";
import { parseManifest } from "../manifest.js";
import { createControl, showPhase } from "./control.js";
import { createKeeper } from "./keeper.js";
import { createLiveFiles } from "./live-files.js";

/** ms between two looks for a newer build while the page stays open. */
const LOOK_AGAIN = 10 * 60 * 1000;

/**
 * @param {HTMLElement} root
 * @param {ServiceWorkerContainer} container
 */
async function start(root, container) {
  const manifest = parseManifest(find(document, "#manifest").textContent ?? "");
  const { worker, runtime, models } = manifest.live;
  const fetcher = fetch.bind(globalThis);
  const store = createPartsStore(globalThis.caches, location.href);
  const live = createLiveFiles([worker, runtime, ...Object.values(models)], store, fetcher);
  const keeper = createKeeper({ container, fetcher, live });
  if (!container.controller) tellOfVisited(keeper);
  container.addEventListener("message", ({ data }) => {
    if (data.type === "refused") showPhase(root, "refused");
  });
  const control = createControl(root, keeper, navigator.storage);
  const registration = await container.ready;
  await control.refresh();
  container.addEventListener("controllerchange", () => void control.refresh());
  find(root, "[data-offline-reload]").addEventListener("click", () => location.reload());

  let looked = 0;
  const look = () => {
    if (Date.now() - looked < LOOK_AGAIN) return;
    looked = Date.now();
    // Without a network there is nothing newer.
    registration.update().catch(() => {});
  };
  // Browsers look by themselves, but may put it off until the reader has gone.
  look();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    void control.refresh();
    look();
  });
}

/**
 * What the page loads before the worker is in charge of it is kept too.
 * @param {import("./keeper.js").Keeper} keeper
 */
function tellOfVisited(keeper) {
  const observer = new PerformanceObserver((entries) => keeper.visited(entries.getEntries().map((entry) => entry.name)));
  observer.observe({ type: "resource", buffered: true });
}

const root = document.querySelector("[data-offline]");
if (root instanceof HTMLElement) {
  if (location.protocol === "file:") showPhase(root, "folder");
  // Without a secure context there is no service worker, and nothing to offer.
  else if ("serviceWorker" in navigator) void start(root, navigator.serviceWorker);
}
