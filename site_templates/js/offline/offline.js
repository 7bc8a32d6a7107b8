/** The script of the footer's control, loaded when the footer is near: ties it to the service worker. */

import { find } from "../elements.js";
import { createPartsStore } from "../live/parts-store.js";
import { parseManifest } from "../manifest.js";
import { createControl, showPhase } from "./control.js";
import { createKeeper } from "./keeper.js";
import { createLiveFiles } from "./live-files.js";

/**
 * @param {HTMLElement} root
 * @param {ServiceWorkerContainer} container
 */
function start(root, container) {
  const manifest = parseManifest(find(document, "#manifest").textContent ?? "");
  const { worker, runtime, models } = manifest.live;
  const fetcher = fetch.bind(globalThis);
  const store = createPartsStore(globalThis.caches, location.href);
  const live = createLiveFiles([worker, runtime, ...Object.values(models)], store, fetcher);
  const keeper = createKeeper({ container, fetcher, live });
  container.addEventListener("message", ({ data }) => {
    if (data.type === "refused") showPhase(root, "refused");
  });
  const control = createControl(root, keeper, navigator.storage);
  void control.refresh();
  container.addEventListener("controllerchange", () => void control.refresh());
  find(root, "[data-offline-reload]").addEventListener("click", () => location.reload());

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void control.refresh();
  });
}

const root = document.querySelector("[data-offline]");
if (root instanceof HTMLElement) {
  if (location.protocol === "file:") showPhase(root, "folder");
  // Without a secure context there is no service worker, and nothing to offer.
  else if ("serviceWorker" in navigator) start(root, navigator.serviceWorker);
}
