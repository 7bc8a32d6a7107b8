/** Where the live part starts: a script of its own, which the page adds when somebody means to run a model. */

import "../../css/live.css";

import { mountCheckUs } from "./check-us.js";
import { createDownload } from "./download.js";
import { createEngine } from "./engine.js";
import { mountOcclusion } from "./occlusion-figure.js";
import { addOwnPhoto } from "./own.js";
import { createPartsStore } from "./parts-store.js";
import { createSubjects } from "./subjects.js";
import { createTakeAway } from "./take-away.js";
import { createTurns } from "./turns.js";
import { mountWhatIf } from "./what-if.js";

/** @type {import("../live-stub.js").Start} */
const start = (context) => {
  const { manifest, loader } = context;
  const store = createPartsStore(globalThis.caches, location.href);
  const { worker, runtime, models } = manifest.live;
  void store.tidy([worker, runtime, ...Object.values(models)]);
  const download = createDownload({ loader, store, fetch: fetch.bind(globalThis) });
  const engine = createEngine({ live: manifest.live, loader, download, store });
  // What one part of the page asks of a model is not called off by what another does.
  const shared = { ...engine, run: createTurns(engine) };
  const kit = { engine: shared, subjects: createSubjects(context, shared.run) };
  /** @type {ReturnType<typeof addOwnPhoto> | null} */
  let ownPhoto = null;
  return {
    engine,
    get ownPhoto() {
      return (ownPhoto ??= addOwnPhoto(context, shared));
    },
    takeAway: createTakeAway(context),
    figures: {
      "check-us": (root, own) => mountCheckUs(root, own, kit),
      occlusion: (root, own) => mountOcclusion(root, own, kit),
      "what-if": (root, own) => mountWhatIf(root, own, kit),
    },
  };
};

Object.assign(globalThis, { explainerLive: start });
