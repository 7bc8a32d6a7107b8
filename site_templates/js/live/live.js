/** Where the live part starts: a script of its own, which the page adds when somebody means to run a model. */

import { createDownload } from "./download.js";
import { createEngine } from "./engine.js";
import { createPartsStore } from "./parts-store.js";
import { createTakeAway } from "./take-away.js";

/** @type {import("../live-stub.js").Start} */
const start = (context) => {
  const { manifest, loader } = context;
  const store = createPartsStore(globalThis.caches, location.href);
  const download = createDownload({ loader, store, fetch: fetch.bind(globalThis) });
  return {
    engine: createEngine({ live: manifest.live, loader, download, store }),
    takeAway: createTakeAway(context),
  };
};

Object.assign(globalThis, { explainerLive: start });
