/** Where the page starts: reads the manifest, ties the state to the address, and brings the figures to life. */

import { mountBar } from "./bar.js";
import { createColormap } from "./colormap.js";
import * as photoPicker from "./figures/photo-picker.js";
import { createLive } from "./live-stub.js";
import { createLoader } from "./loader.js";
import { parseManifest } from "./manifest.js";
import { guarded, mountWhenNear } from "./mounting.js";
import { startOffline } from "./offline-stub.js";
import { openDoor } from "./own-door.js";
import { settleWhenDrawn } from "./settle.js";
import { createState, formatHash, parseHash } from "./state.js";
import { wireTakeAway } from "./take-away.js";

/**
 * @typedef {object} Context what every figure is given
 * @property {import("./manifest.js").Manifest} manifest
 * @property {import("./state.js").Store} state
 * @property {import("./loader.js").Loader} loader
 * @property {import("./colormap.js").Colormap} colormap
 * @property {() => Promise<import("./live-stub.js").LivePage>} live the part that runs models; fetched by the first call
 */

/** @typedef {import("./mounting.js").Figures} Figures */

/** @type {Figures} those of the story's first screen; figures.js brings the others */
const FIRST = { "photo-picker": photoPicker };

/** ms between the last change and the address that shows it: browsers refuse hundreds of rewrites a minute. */
const ADDRESS_DELAY = 250;

/** @param {Document} page */
function start(page) {
  page.documentElement.classList.add("js");
  void settleWhenDrawn(page);
  const block = page.getElementById("manifest");
  if (!block) return;
  const manifest = parseManifest(block.textContent ?? "");
  const asked = parseHash(location.hash, manifest);
  /** @type {Context} */
  const context = {
    manifest,
    state: createState(manifest, asked.state ?? {}),
    loader: createLoader(),
    colormap: createColormap(manifest.colormap),
    live: () => live(),
  };
  const live = createLive(context);
  tieToAddress(page, context, asked.slug);
  wireTakeAway(page, live);
  openDoor(page, context);

  const script = page.currentScript?.dataset.figures ?? "";
  const roots = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-figure]")]);
  const bar = page.querySelector("[data-bar]");
  if (bar instanceof HTMLElement) guarded(bar, () => mountBar(bar, context, roots));
  mountWhenNear(roots, context, FIRST, () => fetchFigures(script, context.loader));
  const offline = page.querySelector("[data-offline]");
  if (offline instanceof HTMLElement) startOffline(offline, context.loader);
  // The browser itself finds no element called `slug?state`; where there is a state, the way to the chapter is ours.
  if (asked.state) page.getElementById(asked.slug)?.scrollIntoView();
}

/**
 * The figures below the first screen; rejects with an Error whose message is a sentence.
 * @param {string} script its address: it leaves them as `explainerFigures`
 * @param {import("./loader.js").Loader} loader
 * @returns {Promise<Figures>}
 */
async function fetchFigures(script, loader) {
  await loader.script(script);
  const figures = /** @type {{explainerFigures?: Figures}} */ (globalThis).explainerFigures;
  if (!figures) throw new Error(`${script} did not start: build the site again.`);
  return figures;
}

/**
 * Address -> state on every change of the hash, and state -> address, quietly, without new history entries.
 * @param {Document} page
 * @param {Context} context
 * @param {string} slug the chapter that the address names
 */
function tieToAddress(page, { manifest, state }, slug) {
  let timer = 0;
  const write = () => {
    const hash = formatHash(slug, state.get(), manifest);
    if (hash !== location.hash) history.replaceState(history.state, "", hash || location.pathname + location.search);
  };
  state.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(write, ADDRESS_DELAY);
  });
  addEventListener("hashchange", () => {
    const asked = parseHash(location.hash, manifest);
    slug = asked.slug;
    if (asked.state) {
      state.set(asked.state);
      page.getElementById(slug)?.scrollIntoView();
    }
    write();
  });
}

start(document);
