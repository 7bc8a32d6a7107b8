/** The marks over a square picture of 224 px: the lines between patches, the query's double ring, the reading ring. */

import { find, setAttributes } from "./elements.js";
import { IMAGE_SIZE } from "./patch-grid.js";

/** @typedef {import("./patch-grid.js").Cell} Cell */

/**
 * Finds `[data-lines]`, `[data-query]` and `[data-reading]` below the SVG, as `components/patch_marks.html` renders them.
 * @param {Element} svg with viewBox "0 0 224 224"
 * @returns {{lines: (patchSize: number) => void, query: (cell: Cell, patchSize: number) => void,
 *   reading: (cell: Cell | null, patchSize: number) => void}}
 */
export function createPatchMarks(svg) {
  const lines = svg.querySelectorAll("[data-lines]");
  const rings = svg.querySelectorAll("[data-query]");
  const reading = find(svg, "[data-reading]");
  return {
    lines(patchSize) {
      for (const path of lines) path.setAttribute("d", linesPath(patchSize));
    },
    query(cell, patchSize) {
      for (const ring of rings) setAttributes(ring, box(cell, patchSize));
    },
    reading(cell, patchSize) {
      reading.toggleAttribute("hidden", cell === null);
      if (cell) setAttributes(reading, box(cell, patchSize));
    },
  };
}

/**
 * The inner lines between patches as SVG path data, px of the crop.
 * @param {number} patchSize px
 */
function linesPath(patchSize) {
  let path = "";
  for (let at = patchSize; at < IMAGE_SIZE; at += patchSize) path += `M${at} 0V${IMAGE_SIZE}M0 ${at}H${IMAGE_SIZE}`;
  return path;
}

/**
 * @param {Cell} cell
 * @param {number} patchSize
 */
function box({ row, col }, patchSize) {
  return { x: col * patchSize, y: row * patchSize, width: patchSize, height: patchSize };
}
