/** Where the page starts: reads the manifest, ties the state to the address, and mounts each figure when it comes near. */

import { mountBar } from "./bar.js";
import { createColormap } from "./colormap.js";
import { showError } from "./elements.js";
import * as attention from "./figures/attention.js";
import * as attentionDistance from "./figures/attention-distance.js";
import * as attentionMatrix from "./figures/attention-matrix.js";
import * as classify from "./figures/classify.js";
import * as clsStandIn from "./figures/cls-stand-in.js";
import * as cost from "./figures/cost.js";
import * as encoderBlock from "./figures/encoder-block.js";
import * as headMap from "./figures/head-map.js";
import * as headWall from "./figures/head-wall.js";
import * as patchFilters from "./figures/patch-filters.js";
import * as patchGrid from "./figures/patch-grid.js";
import * as patchInspector from "./figures/patch-inspector.js";
import * as photoPicker from "./figures/photo-picker.js";
import * as positionMap from "./figures/position-map.js";
import * as positionTable from "./figures/position-table.js";
import * as positionsOff from "./figures/positions-off.js";
import * as recipe from "./figures/recipe.js";
import * as rollout from "./figures/rollout.js";
import * as shuffle from "./figures/shuffle.js";
import * as standInOrReal from "./figures/stand-in-or-real.js";
import * as tokenNorms from "./figures/token-norms.js";
import * as tokenSequence from "./figures/token-sequence.js";
import { createLive } from "./live-stub.js";
import { createLoader } from "./loader.js";
import { parseManifest } from "./manifest.js";
import { createPatience } from "./patience.js";
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
/** @typedef {{mount: (root: HTMLElement, context: Context) => {destroy: () => void}}} Figure */

/** @type {Record<string, Figure>} */
const FIGURES = {
  "photo-picker": photoPicker,
  "patch-grid": patchGrid,
  "patch-inspector": patchInspector,
  "token-sequence": tokenSequence,
  "patch-filters": patchFilters,
  "position-map": positionMap,
  "position-table": positionTable,
  "positions-off": positionsOff,
  shuffle,
  "cls-stand-in": clsStandIn,
  attention,
  "attention-matrix": attentionMatrix,
  "encoder-block": encoderBlock,
  recipe,
  rollout,
  "token-norms": tokenNorms,
  "attention-distance": attentionDistance,
  classify,
  cost,
  "head-map": headMap,
  "head-wall": headWall,
  "stand-in-or-real": standInOrReal,
};

/** ms between the last change and the address that shows it: browsers refuse hundreds of rewrites a minute. */
const ADDRESS_DELAY = 250;

/** @param {Document} page */
function start(page) {
  page.documentElement.classList.add("js");
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

  const roots = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-figure]")]);
  const bar = page.querySelector("[data-bar]");
  if (bar instanceof HTMLElement) guarded(bar, () => mountBar(bar, context, roots));
  mountWhenNear(roots, context);
  // The browser itself finds no element called `slug?state`; where there is a state, the way to the chapter is ours.
  if (asked.state) page.getElementById(asked.slug)?.scrollIntoView();
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

/**
 * Each figure is mounted when it is within a screen of the reader, or when the browser has nothing better to do; it loads data
 * and hears of changes at once while it is that near.
 * @param {HTMLElement[]} roots
 * @param {Context} context
 */
function mountWhenNear(roots, context) {
  const waiting = new Set(roots);
  /** @type {Map<Element, import("./patience.js").Patience>} */
  const mounted = new Map();
  /** @param {HTMLElement} root @param {boolean} near */
  const mountOnce = (root, near) => {
    if (!waiting.delete(root)) return;
    guarded(root, () => {
      const figure = FIGURES[root.dataset.figure ?? ""];
      if (!figure) throw new Error(`No script for the figure "${root.dataset.figure}".`);
      const patient = createPatience(context, whenIdle, near);
      figure.mount(root, { ...context, state: patient.store, loader: patient.loader });
      mounted.set(root, patient);
      root.dataset.mounted = "";
    });
  };
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) mountOnce(/** @type {HTMLElement} */ (target), true);
        mounted.get(target)?.setNear(isIntersecting);
      }
    },
    { rootMargin: "100% 0px" },
  );
  for (const root of roots) watcher.observe(root);

  const mountNext = () => {
    const [next] = waiting;
    if (!next) return;
    mountOnce(next, false);
    whenIdle(mountNext);
  };
  whenIdle(mountNext);
}

/**
 * One figure's fault is told where it happened and in the console, and stops no other.
 * @param {HTMLElement} root
 * @param {() => void} action
 */
function guarded(root, action) {
  try {
    action();
  } catch (error) {
    showError(root, "This figure's controls could not be started; the picture is the one made when the page was built.");
    reportError(error);
  }
}

/** @param {() => void} action */
function whenIdle(action) {
  // Safari has no requestIdleCallback.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(action, { timeout: 1000 });
  else setTimeout(action, 200);
}

start(document);
