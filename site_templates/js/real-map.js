/** One map of the real ViT, large on the photo, with its sentence, its numbers and its legend. */

import { createAnnouncer } from "./announcer.js";
import { effectiveNumber, neighbourShare, topK } from "./attention.js";
import { fill, find } from "./elements.js";
import { showLegend } from "./legend.js";
import { cellAt, rowColOf, tokenOf } from "./patch-grid.js";
import { createReadMap } from "./read-map.js";
import { headOf, patchesOf } from "./real-vit.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {Float32Array | Float64Array} Maps (H*N,) */
/**
 * @typedef {object} RealMap
 * @property {(maps: Maps, rows: Maps, state: State) => import("./attention.js").Row} draw `rows`: what the asking token itself
 *   attends to, the same as `maps` unless they are what it is given; returns the drawn map (N,)
 * @property {() => void} destroy
 */

/** How a head is told: "mean of the heads" or "head 3". @param {string} head */
export function headWords(head) {
  return head === "mean" ? "mean of the heads" : `head ${Number(head) + 1}`;
}

/**
 * The token that asks: 0 for CLS, else the patch at the query point.
 * @param {State} state
 * @param {readonly [number, number]} grid rows, columns
 */
export function askingToken({ asker, at }, [rows, cols]) {
  if (asker === "cls") return 0;
  const { row, col } = cellAt(at, rows, cols);
  return 1 + tokenOf(row, col, cols);
}

/**
 * @param {HTMLElement} root the figure: its first `.heatmap`, `[data-readout]`, `.legend`, `[data-case]` and `[data-text]`
 * @param {Pick<import("./main.js").Context, "state" | "colormap">} context
 * @param {() => void} [onPick] after the chosen patch has become the query
 * @returns {RealMap}
 */
export function createRealMap(root, { state, colormap }, onPick = () => {}) {
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const heads = Number(root.dataset.heads);
  const box = find(root, ".heatmap");
  const live = find(root, "[data-spoken]");
  const cases = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-case]")]);
  const directed = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-direction]")]);
  /** @type {import("./attention.js").Row} (N - 1,) */
  let shown = [];

  const announcer = createAnnouncer(live, state, () => cases.find((line) => !line.hidden)?.textContent ?? "");
  const readMap = createReadMap(box, {
    rows,
    cols,
    colormap,
    tell: (token) => (token in shown ? `, weight ${shown[token].toFixed(3)}` : ""),
    readout: find(root, "[data-readout]"),
    live,
    onPick: (at) => {
      announcer.choose({ at, asker: "patch" });
      onPick();
    },
  });

  return {
    draw(maps, askers, { at, asker, direction, scale, layer, head }) {
      const map = headOf(maps, head, heads);
      shown = patchesOf(map);
      const query = cellAt(at, rows, cols);
      const patch = tokenOf(query.row, query.col, cols);
      const top = topK(shown, 2);
      const loudest = top.find(({ token }) => asker === "cls" || token !== patch) ?? top[0];
      const maximum = scale === "absolute" ? Number(root.dataset.maximum) : top[0].weight;
      readMap.draw({ weights: shown, at, maximum });
      // CLS has no place in the picture: the ring stays where the query point is, and is thin.
      box.classList.toggle("heatmap-plain", asker === "cls");
      showLegend(find(root, ".legend"), maximum, scale === "absolute");

      const told = `${direction}-${asker}`;
      for (const line of cases) line.hidden = line.dataset.case !== told;
      for (const part of directed) part.hidden = part.dataset.direction !== direction;
      const place = rowColOf(loudest.token, cols);
      fill(root, {
        layer: layer + 1,
        head: headWords(head),
        row: query.row + 1,
        column: query.col + 1,
        "loudest-row": place.row + 1,
        "loudest-column": place.col + 1,
        loudest: loudest.weight.toFixed(3),
        "cls-share": map[0].toFixed(3),
        ...around(map, asker === "cls" ? null : patch, cols),
        effective: effectiveNumber(headOf(askers, head, heads)).toFixed(1),
      });
      announcer.drawn();
      return map;
    },
    destroy: readMap.destroy,
  };
}

/**
 * How near a map's weight lies to who asks, in words for the page. CLS has no place: to it all patches are far.
 * @param {import("./attention.js").Row} map (N,)
 * @param {number | null} patch null: CLS asks
 * @param {number} cols
 */
function around(map, patch, cols) {
  const patches = patchesOf(map);
  const total = Array.from(patches).reduce((sum, weight) => sum + weight, 0);
  if (patch === null) return { self: map[0].toFixed(3), neighbours: "–", farther: total.toFixed(3) };
  const neighbours = neighbourShare(patches, patch, cols);
  return {
    self: patches[patch].toFixed(3),
    neighbours: neighbours.toFixed(3),
    farther: Math.max(0, total - patches[patch] - neighbours).toFixed(3),
  };
}
