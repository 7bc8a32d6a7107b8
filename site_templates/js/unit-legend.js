/** The legend of values that are no weights: `components/unit_legend.html`. */

import { find } from "./elements.js";
import { showLegend } from "./legend.js";

/**
 * @param {ParentNode} root holds the `.legend`
 * @param {number} maximum value of the brightest colour
 * @param {boolean} open do larger values get the brightest colour too?
 */
export function showUnitLegend(root, maximum, open) {
  const legend = find(root, ".legend");
  showLegend(legend, maximum, open);
  if (!open) find(legend, "[data-maximum]").textContent = maximum.toFixed(1);
}
