/** The greatest weights of a map, a line and a bar each. */

import { fill, find, setAttributes } from "./elements.js";
import { rowColOf } from "./patch-grid.js";

/**
 * @param {Element[]} lines one a rank
 * @param {{token: number, weight: number}[]} top the greatest first
 * @param {number | null} query the patch that is "itself"
 * @param {number} cols
 */
export function showTop(lines, top, query, cols) {
  lines.forEach((line, rank) => {
    const { token, weight } = top[rank];
    const { row, col } = rowColOf(token, cols);
    fill(line, { "top-row": row + 1, "top-column": col + 1, "top-weight": weight.toFixed(3) });
    find(line, "[data-itself]").hidden = token !== query;
    setAttributes(find(line, "[data-bar]"), { width: `${((100 * weight) / (top[0].weight || 1)).toFixed(2)}%` });
  });
}
