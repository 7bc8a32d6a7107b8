/**
 * Where a figure still shows another photo, because a model has not run on the reader's own: says so over the figure, and
 * offers to run it. What is beneath can be seen, faintly, and not used.
 */

import { REAL, realModel } from "../follow-real.js";
import { filesize } from "../filesize.js";
import { button, element, progressBar } from "./build.js";

/** @typedef {ReturnType<typeof import("./real-run.js").createRealRun>} RealRun */

/**
 * Watches all figures of the page.
 * @param {import("../main.js").Context} context
 * @param {RealRun} realRun
 */
export function watchOffers({ manifest }, realRun) {
  const figures = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-figure]")]);
  /** @type {Map<HTMLElement, ReturnType<typeof createOffer>>} */
  const offers = new Map();

  /** @param {HTMLElement} figure */
  const update = (figure) => {
    const { awaits, shows } = figure.dataset;
    const offer = offers.get(figure);
    if (awaits === undefined) {
      if (offer) uncover(figure, offer.root);
      offers.delete(figure);
      return;
    }
    if (!offer) offers.set(figure, cover(figure, createOffer(realRun)));
    const photo = manifest.photos.find((entry) => entry.id === (shows ?? manifest.default_photo));
    const what = lacking(awaits, manifest);
    offers.get(figure)?.show(what, sentence(photo && !photo.live ? photo.title : "your earlier photo", what));
  };

  const watcher = new MutationObserver((changes) => {
    for (const { target } of changes) update(/** @type {HTMLElement} */ (target));
  });
  for (const figure of figures) {
    watcher.observe(figure, { attributeFilter: ["data-awaits"] });
    update(figure);
  }
  realRun.subscribe(() => {
    for (const figure of offers.keys()) update(figure);
  });
}

/**
 * What is missing: a run of DINOv2, a second one, or a model that does not run here.
 * @param {string} awaits names of files
 * @param {import("../manifest.js").Manifest} manifest
 * @returns {Lacking}
 */
function lacking(awaits, manifest) {
  const names = awaits.split(" ");
  const model = manifest.models.find(({ name }) => names[0].startsWith(name));
  if (model?.name !== REAL || !(REAL in manifest.live.models)) return { model: model?.title ?? "This model", run: null };
  const second = names.some((name) => name.startsWith(`${REAL}_no_positions`));
  return { model: realModel(manifest)?.title ?? "", run: second ? (names.includes(REAL) ? "both" : "second") : "first" };
}

/** @typedef {{model: string, run: "first" | "second" | "both" | null}} Lacking run null: of a model that does not run here */

/**
 * A line that says what is missing, a button that gets it, and how far it is.
 * @param {RealRun} realRun
 */
export function createOffer(realRun) {
  const words = element("p", { class: "offer-words" });
  const message = element("p", { class: "own-message", role: "alert", hidden: true });
  const progress = progressBar();
  /** @type {Lacking["run"]} */
  let run = null;
  const go = button(
    "",
    () => {
      void realRun.start(run !== "first");
      cancel.focus();
    },
    { class: "button button-strong" },
  );
  const cancel = button("Cancel", () => {
    realRun.cancel();
    go.focus();
  });
  const root = element("div", { class: "offer" }, element("div", { class: "offer-card" }, words, progress.root, message, element("div", { class: "offer-buttons" }, go, cancel)));
  return {
    root,
    /** @param {Lacking} what @param {string} sentence */
    show(what, sentence) {
      run = what.run;
      const { phase, loaded, total, message: why } = realRun.run;
      const busy = phase === "loading" || phase === "running";
      const bytes = realRun.bytes();
      words.textContent = sentence;
      message.textContent = phase === "failed" ? why : "";
      message.hidden = phase !== "failed";
      go.textContent = phase === "failed" ? "Try again" : `${order(what)}${bytes ? ` (${filesize(bytes)})` : ""}`;
      go.hidden = busy || run === null;
      cancel.hidden = !busy;
      if (phase === "loading" && total) progress.show(loaded, total, `Loading ${filesize(loaded)} of ${filesize(total)}`);
      else progress.show(loaded, total, busy ? "DINOv2 is looking at your photo …" : "");
    },
  };
}

/** @param {string} shown title of the photo that the figure still shows @param {Lacking} what */
function sentence(shown, { model, run }) {
  if (run === null) return `${model} does not run in the browser, so this figure stays with another photo: ${shown}.`;
  return `Still ${shown}: ${run === "second" ? "DINOv2 has not run on your photo without its positions" : "DINOv2 has not run on your photo"} yet.`;
}

/** @param {Lacking} what */
function order({ run }) {
  if (run === "second") return "Run DINOv2 without positions";
  return run === "both" ? "Run DINOv2 on your photo, with and without positions" : "Run DINOv2 on your photo";
}

/**
 * Puts the offer over the figure; its caption stays as it is.
 * @template {{root: HTMLElement}} T
 * @param {HTMLElement} figure
 * @param {T} offer
 * @returns {T}
 */
function cover(figure, offer) {
  for (const child of figure.children) if (child.localName !== "figcaption") child.toggleAttribute("inert", true);
  figure.prepend(offer.root);
  return offer;
}

/** @param {HTMLElement} figure @param {HTMLElement} offer */
function uncover(figure, offer) {
  const hadFocus = offer.contains(document.activeElement);
  offer.remove();
  for (const child of figure.children) child.removeAttribute("inert");
  // Whoever pressed the button goes on where the answer is, and is not called back from where they read meanwhile.
  const next = /** @type {HTMLElement | null} */ (figure.querySelector('[role="gridcell"], input, button'));
  if (hadFocus) next?.focus({ preventScroll: true });
}
