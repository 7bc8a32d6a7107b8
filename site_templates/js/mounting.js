/** Brings figures to life: those near the reader at once, the others when the browser has nothing better to do. */

import { showError } from "./elements.js";
import { createPatience } from "./patience.js";

/** @typedef {import("./main.js").Context} Context */
/** @typedef {{mount: (root: HTMLElement, context: Context) => {destroy: () => void}}} Figure */
/** @typedef {Record<string, Figure>} Figures by what `data-figure` calls them */

/** What somebody does who begins to read: until then the first screen is all that was asked for. */
const SIGNS = ["scroll", "pointerdown", "keydown", "focusin"];

/**
 * Each figure is mounted when it is within a screen of the reader, or when its script is there and the browser idle; it loads
 * data and hears of changes at once while it is that near.
 * @param {HTMLElement[]} roots
 * @param {Context} context
 * @param {Figures} first those whose script is there
 * @param {() => Promise<Figures>} fetchRest the others; wanted when one of them is near, or the reader begins to read
 */
export function mountWhenNear(roots, context, first, fetchRest) {
  let figures = first;
  let asked = false;
  let complete = false;
  const waiting = new Set(roots);
  /** @type {Set<HTMLElement>} */
  const near = new Set();
  /** @type {Map<HTMLElement, import("./patience.js").Patience>} */
  const mounted = new Map();

  /** @param {HTMLElement} root */
  const nameOf = (root) => root.dataset.figure ?? "";
  /** @param {HTMLElement} root */
  const isReady = (root) => waiting.has(root) && (complete || nameOf(root) in figures);
  /** @param {HTMLElement} root */
  const mount = (root) => {
    waiting.delete(root);
    guarded(root, () => {
      const figure = figures[nameOf(root)];
      if (!figure) throw new Error(`No script for the figure "${nameOf(root)}".`);
      const patient = createPatience(context, whenIdle, near.has(root));
      figure.mount(root, { ...context, state: patient.store, loader: patient.loader });
      mounted.set(root, patient);
      root.dataset.mounted = "";
    });
  };
  const mountNext = () => {
    const next = roots.find(isReady);
    if (!next) return;
    mount(next);
    whenIdle(mountNext);
  };
  const askForRest = async () => {
    if (asked) return;
    asked = true;
    try {
      figures = { ...first, ...(await fetchRest()) };
      complete = true;
      for (const root of near) {
        if (!isReady(root)) continue;
        showError(root, "");
        mount(root);
      }
      whenIdle(mountNext);
    } catch (error) {
      asked = false;
      for (const root of near) if (waiting.has(root)) showError(root, /** @type {Error} */ (error).message);
    }
  };

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const root = /** @type {HTMLElement} */ (target);
        if (isIntersecting) near.add(root);
        else near.delete(root);
        if (isIntersecting && isReady(root)) mount(root);
        mounted.get(root)?.setNear(isIntersecting);
        if (isIntersecting && waiting.has(root)) void askForRest();
      }
    },
    { rootMargin: "100% 0px" },
  );
  for (const root of roots) watcher.observe(root);
  if (roots.length > 0) for (const sign of SIGNS) addEventListener(sign, askForRest, { once: true, passive: true });
  whenIdle(mountNext);
}

/**
 * One figure's fault is told where it happened and in the console, and stops no other.
 * @param {HTMLElement} root
 * @param {() => void} action
 */
export function guarded(root, action) {
  try {
    action();
  } catch (error) {
    showError(root, "This figure's controls could not be started; the picture is the one made when the page was built.");
    reportError(error);
  }
}

/** @param {() => void} action */
export function whenIdle(action) {
  // Safari has no requestIdleCallback.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(action, { timeout: 1000 });
  else setTimeout(action, 200);
}
