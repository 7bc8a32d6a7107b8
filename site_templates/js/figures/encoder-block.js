/** The encoder block as a diagram: each part is a button that brings its explanation forward. Follows no page state. */

import { find } from "../elements.js";

/** @param {HTMLElement} root */
export function mount(root) {
  const diagram = find(root, ".block-diagram");
  const parts = /** @type {NodeListOf<SVGAElement>} */ (diagram.querySelectorAll("[data-part]"));
  const texts = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-about]"));
  const live = find(root, "[data-spoken]");

  /** @param {string | undefined} id */
  const show = (id) => {
    for (const part of parts) part.setAttribute("aria-pressed", String(part.dataset.part === id));
    for (const text of texts) text.toggleAttribute("data-current", text.dataset.about === id);
  };

  /** @param {Event} event */
  const choose = (event) => {
    const part = /** @type {Element} */ (event.target).closest("[data-part]");
    if (!(part instanceof SVGAElement)) return;
    event.preventDefault();
    show(part.dataset.part);
    live.textContent = find(root, "[data-about][data-current]").textContent?.replace(/\s+/g, " ") ?? "";
  };

  /** A button answers to the space bar, a link does not. @param {Event} event */
  const onKey = (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === " ") choose(event);
  };

  for (const part of parts) part.setAttribute("role", "button");
  show([...texts].find((text) => text.hasAttribute("data-current"))?.dataset.about);
  diagram.addEventListener("click", choose);
  diagram.addEventListener("keydown", onKey);
  return {
    destroy() {
      diagram.removeEventListener("click", choose);
      diagram.removeEventListener("keydown", onKey);
    },
  };
}
