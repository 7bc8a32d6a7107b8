/**
 * The way to a model: says what it costs to have it, loads it when the reader asks, shows how far that is, and can be called
 * off. The markup is `components/live_gate.html`.
 */

import { find } from "../elements.js";
import { filesize } from "../filesize.js";

/** @typedef {import("./engine.js").Engine} Engine */
/**
 * @typedef {object} Gate
 * @property {(model: string) => void} offer shows the button, unless the way is open
 * @property {(model: string) => boolean} isOpen has the reader begun, and has the model been ready?
 * @property {(model: string) => Promise<boolean>} open has the model got ready; false where that was called off or failed,
 *   which the gate tells
 */

/**
 * @param {HTMLElement} root the figure
 * @param {Engine} engine
 * @param {(model: string) => string} titleOf
 * @param {string} next where the keyboard goes on when the gate has opened and is gone: a selector below the root
 * @returns {Gate}
 */
export function createGate(root, engine, titleOf, next) {
  const box = find(root, "[data-gate]");
  const begin = /** @type {HTMLButtonElement} */ (find(box, "[data-begin]"));
  const cancel = /** @type {HTMLButtonElement} */ (find(box, "[data-cancel]"));
  const bar = /** @type {HTMLProgressElement} */ (find(box, "progress"));
  const says = find(box, "[data-gate-says]");
  let work = new AbortController();
  let begun = false;
  /** @type {Set<string>} models that were here: one that the browser stopped is started again by its next run */
  const opened = new Set();
  cancel.addEventListener("click", () => work.abort());

  /** @param {boolean} loading */
  const show = (loading) => {
    box.hidden = false;
    begin.hidden = loading;
    cancel.hidden = !loading;
    bar.hidden = !loading;
  };
  const close = () => {
    const held = box.contains(document.activeElement);
    box.hidden = true;
    // Once all that is to be seen next is there.
    if (held) setTimeout(() => find(root, next).focus({ preventScroll: true }));
  };
  /** @param {string} model */
  const isOpen = (model) => {
    if (begun && engine.status(model) === "ready") opened.add(model);
    return opened.has(model);
  };
  /** @param {string} model */
  const offer = (model) => {
    box.hidden = isOpen(model);
    if (box.hidden) return;
    show(false);
    says.textContent = "";
    const size = engine.size(model);
    begin.textContent = size > 0 ? `Load ${titleOf(model)} and run it (${filesize(size)})` : `Run ${titleOf(model)}`;
  };
  return {
    offer,
    isOpen,
    async open(model) {
      begun = true;
      if (isOpen(model)) {
        close();
        return true;
      }
      work.abort();
      work = new AbortController();
      const { signal } = work;
      show(true);
      cancel.focus({ preventScroll: true });
      bar.removeAttribute("value");
      try {
        await engine.prepare(model, {
          signal,
          onProgress: ({ loaded, total, phase }) => {
            if (signal.aborted) return;
            if (phase === "download") {
              bar.value = total > 0 ? loaded / total : 0;
              says.textContent = `${filesize(loaded)} of ${filesize(total)}`;
            } else {
              bar.removeAttribute("value");
              says.textContent = "Starting the model …";
            }
          },
        });
        if (signal.aborted) return false;
        close();
        return true;
      } catch (error) {
        if (signal !== work.signal) return false;
        offer(model);
        says.textContent = signal.aborted ? "Called off." : /** @type {Error} */ (error).message;
        return false;
      }
    },
  };
}
