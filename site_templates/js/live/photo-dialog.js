/** The dialog in which a reader's own photo is chosen and cropped: a shell around its steps, one at a time. */

import { element } from "./build.js";

/**
 * @typedef {object} Step
 * @property {HTMLElement} root
 * @property {string} title
 * @property {() => void} focus
 * @property {() => void} close leaves nothing running
 */

/**
 * @param {() => void} onClosed by whatever means: a button, Escape, or the back gesture
 */
export function createPhotoDialog(onClosed) {
  const title = element("h2", { id: "own-title" });
  const close = element("button", { type: "button", class: "own-close", "aria-label": "Close", onclick: () => root.close() }, "×");
  const body = element("div", { class: "own-body" });
  const root = element("dialog", { class: "own-dialog", "aria-labelledby": "own-title" }, element("div", { class: "own-head" }, title, close), body);
  /** @type {Step | null} */
  let shown = null;

  root.addEventListener("close", () => {
    shown?.close();
    shown = null;
    body.replaceChildren();
    onClosed();
  });
  document.body.append(root);

  return {
    /** @param {Step} step */
    show(step) {
      if (shown === step) return;
      shown?.close();
      shown = step;
      title.textContent = step.title;
      body.replaceChildren(step.root);
      if (!root.open) root.showModal();
      step.focus();
    },
    close: () => root.close(),
    get open() {
      return root.open;
    },
  };
}
