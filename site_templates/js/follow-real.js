/**
 * Keeps a figure on the real ViT's files: waits until the figure is near, loads what it asks for, one file after the other,
 * and redraws on every change. A build without the model has no such figure to keep.
 *
 * A reader's own photo has these files only once the model has run on it in this page. Until then the figure stays as it is,
 * and `data-awaits` names what it lacks; the live part offers to run the model, and tells the figure by a `photofiles` event.
 */

import { noteShown, showError } from "./elements.js";
import { photoById } from "./manifest.js";
import { showPicture } from "./picture.js";

/** @typedef {import("./main.js").Context} Context */
/** @typedef {import("./state.js").State} State */
/** @typedef {Record<string, any>} Files by name: what JSON holds, or a pack's tensor; only those that are there */

/** The model whose figures these are. */
export const REAL = "dinov2_vits14";

/** ms: files that arrive faster need no words. */
const PATIENCE = 150;

/**
 * A real model's entry in the manifest; null in a build without it.
 * @param {import("./manifest.js").Manifest} manifest
 * @param {string} [name]
 */
export function realModel(manifest, name = REAL) {
  return manifest.models.find((model) => model.name === name && model.available) ?? null;
}

/**
 * Calls `draw` with the files that `wanted` names: when all are there or, where `each` is set, after each arrival. Names are
 * those of the photo's files, or of the model's. The figure's `[data-progress]` says how far a slow loading is, and its
 * error line why it failed. An answer to an earlier choice is never drawn.
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {{wanted: (state: State) => readonly string[], each?: boolean, model?: string}} options model: DINOv2, unless named
 * @param {(files: Files, state: State) => void} draw
 * @returns {{refresh: () => void, destroy: () => void}} refresh: `wanted` now answers otherwise, though no state changed
 */
export function followReal(root, { state, manifest, loader }, { wanted, each = false, model: name = REAL }, draw) {
  const model = realModel(manifest, name);
  if (!model) return { refresh: () => {}, destroy: () => {} };
  const progress = root.querySelector("[data-progress]");
  const pictures = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("picture"));
  /** @type {Map<string, unknown>} by path */
  const there = new Map();
  let near = false;
  let round = 0;

  const show = async () => {
    if (!near) return;
    round += 1;
    const mine = round;
    const photo = photoById(manifest, state.get().photo);
    const names = wanted(state.get());
    const lacking = photo.live ? names.filter((name) => !photo.files[name] && !model.files[name]) : [];
    if (lacking.length > 0) {
      root.dataset.awaits = lacking.join(" ");
      say("");
      showError(root, "");
      return;
    }
    delete root.dataset.awaits;
    forget(there, photo);
    const drawNow = () => {
      for (const picture of pictures) showPicture(picture, photo.display, photo.alt);
      // Not before there is something of the photo's to draw; a figure about the model itself shows no photo's numbers.
      if (names.some((name) => photo.files[name] && there.has(photo.files[name].path))) noteShown(root, photo);
      const files = names.flatMap((name) => {
        const file = fileOf(name);
        return there.has(file.path) ? [[name, there.get(file.path)]] : [];
      });
      draw(Object.fromEntries(files), state.get());
    };
    /** @param {string} name */
    const fileOf = (name) => {
      const file = photo.files[name] ?? model.files[name];
      if (!file) throw new Error(`This build has no file called ${name}.`);
      return file;
    };

    let timer = 0;
    try {
      const missing = names.map(fileOf).filter((file) => !there.has(file.path));
      // Of the reader's own photo all is here already: the pieces would be drawn one upon the other in one long task.
      const drawEach = each && !photo.live;
      if (drawEach || missing.length === 0) drawNow();
      for (const [index, file] of missing.entries()) {
        timer = setTimeout(() => say(`Loading ${index + 1} of ${missing.length} …`), index ? 0 : PATIENCE);
        const content = await (file.path.endsWith(".json") ? loader.json(file) : loader.pack(file));
        clearTimeout(timer);
        there.set(file.path, content);
        if (mine !== round) return;
        if (drawEach || index === missing.length - 1) drawNow();
      }
      say("");
      showError(root, "");
    } catch (error) {
      clearTimeout(timer);
      if (mine !== round) return;
      say("");
      showError(root, /** @type {Error} */ (error).message);
    }
  };
  /** @param {string} words */
  const say = (words) => {
    if (progress) progress.textContent = words;
  };

  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      near = true;
      void show();
    },
    { rootMargin: "50% 0px" },
  );
  watcher.observe(root);
  const refresh = () => void show();
  const unsubscribe = state.subscribe(refresh);
  root.addEventListener("photofiles", refresh);
  return {
    refresh,
    destroy() {
      round += 1;
      watcher.disconnect();
      unsubscribe();
      root.removeEventListener("photofiles", refresh);
    },
  };
}

/**
 * Lets go of the live files of other photos: megabytes each, and nobody comes back to them.
 * @param {Map<string, unknown>} there by path
 * @param {import("./manifest.js").PhotoEntry} photo
 */
function forget(there, photo) {
  const own = Object.values(photo.files).map((file) => file.path);
  for (const path of [...there.keys()]) if (path.startsWith("live/") && !own.includes(path)) there.delete(path);
}
