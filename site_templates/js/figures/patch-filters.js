/** The main directions of the learned projection, as pictures; the chosen one stands large. */

import { fill, find } from "../elements.js";

/** @param {HTMLElement} root */
export function mount(root) {
  const large = /** @type {HTMLImageElement} */ (find(root, "[data-large]"));
  const bars = /** @type {SVGRectElement[]} */ ([...root.querySelectorAll("[data-bar]")]);

  const show = () => {
    const chosen = /** @type {HTMLInputElement} */ (find(root, "input:checked"));
    const { share = "", together = "" } = chosen.dataset;
    large.src = /** @type {HTMLImageElement} */ (find(/** @type {Element} */ (chosen.parentElement), "img")).src;
    for (const bar of bars) bar.toggleAttribute("data-chosen", bar.dataset.bar === chosen.value);
    fill(root, { number: chosen.value, share, together });
  };

  root.addEventListener("input", show);
  // A browser that restores a form's choices on the way back has no event for it.
  show();
  return { destroy: () => root.removeEventListener("input", show) };
}
