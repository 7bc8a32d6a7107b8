/** The colour legend's ticks, which move with the scale. The markup is `components/legend.html`. */

import { position } from "./colormap.js";
import { setAttributes } from "./elements.js";

/**
 * Puts each tick where the square-root rule puts its weight, hides those beyond the scale, and names its end.
 * @param {Element} root the `.legend`
 * @param {number} maximum weight of the brightest colour
 * @param {boolean} open do larger weights get the brightest colour too?
 */
export function showLegend(root, maximum, open) {
  for (const tick of /** @type {NodeListOf<SVGGElement>} */ (root.querySelectorAll("[data-weight]"))) {
    const weight = Number(tick.dataset.weight);
    const place = `${(100 * position(weight, maximum)).toFixed(2)}%`;
    for (const mark of tick.children) {
      setAttributes(mark, mark.localName === "line" ? { x1: place, x2: place } : { x: place });
    }
    // A tick too near the end would print over the end's own label.
    tick.toggleAttribute("hidden", weight > 0 && position(weight, maximum) > 0.8);
  }
  const end = root.querySelector("[data-maximum]");
  if (end) end.textContent = open ? `${maximum}+` : maximum.toFixed(3);
}
