/**
 * A wall of small maps, one a layer and head, and the heads' mean, with a grid over it for pointer and keyboard. Holds no
 * state of the page. The markup is `components/map_wall.html`; its stylesheet decides whether layers are columns or rows.
 */

import { createCellGrid } from "./cell-grid.js";
import { brushOn, find } from "./elements.js";
import { paintWeights } from "./heatmap.js";
import { headOf, patchesOf } from "./real-vit.js";

/** @typedef {{layer: number, head: string}} Spot layer 0-based; head 0-based, or "mean" */
/**
 * @typedef {object} MapWall
 * @property {(layer: number, maps: Float32Array | Float64Array | null, maximum: number | null) => void} draw one layer's
 *   maps (H*N,), CLS's share left out; null: nothing is known of it. maximum: null stretches each map to its own
 * @property {() => void} rest shows the build's own picture again
 * @property {(spot: Spot) => void} choose
 * @property {() => void} destroy
 */

/**
 * @param {HTMLElement} root the `.map-wall`
 * @param {object} options
 * @param {import("./colormap.js").Colormap} options.colormap
 * @param {(spot: Spot) => string} options.describe a map, in words: spoken
 * @param {(spot: Spot) => void} options.onPick
 * @param {(spot: Spot | null, how: "keyboard" | "pointer") => void} [options.onRead]
 * @returns {MapWall}
 */
export function createMapWall(root, { colormap, describe, onPick, onRead = () => {} }) {
  const layers = Number(root.dataset.layers);
  const maps = Number(root.dataset.maps);
  const side = Number(root.dataset.side);
  const tiles = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-tile]")]);
  /** @type {CanvasRenderingContext2D[]} made with the first drawing: the build's picture is enough until then */
  const brushes = [];
  let byColumn = true;
  /** @type {Spot} */
  let chosen = { layer: 0, head: "mean" };

  /** @param {Spot} spot */
  const mapIndex = ({ head }) => (head === "mean" ? maps - 1 : Number(head));
  /** @param {number} index */
  const headName = (index) => (index === maps - 1 ? "mean" : String(index));
  /** @param {Spot} spot */
  const cellOf = (spot) =>
    byColumn ? { row: mapIndex(spot), col: spot.layer } : { row: spot.layer, col: mapIndex(spot) };
  /** @param {import("./patch-grid.js").Cell} cell */
  const spotOf = ({ row, col }) =>
    byColumn ? { layer: col, head: headName(row) } : { layer: row, head: headName(col) };
  /** @param {string} mark @param {Spot | null} spot */
  const markOnly = (mark, spot) => {
    const marked = spot && spot.layer * maps + mapIndex(spot);
    tiles.forEach((tile, index) => tile.toggleAttribute(mark, index === marked));
  };

  const cells = createCellGrid(find(root, "[data-wall-cells]"), {
    rows: maps,
    cols: layers,
    label: root.dataset.label ?? "",
    describe: (cell) => describe(spotOf(cell)),
    onPick: (cell) => onPick(spotOf(cell)),
    onRead: (cell, how) => {
      const spot = cell && spotOf(cell);
      markOnly("data-reading", spot);
      onRead(spot, how);
    },
  });
  const turn = () => {
    byColumn = getComputedStyle(root).gridAutoFlow.startsWith("column");
    cells.resize(byColumn ? maps : layers, byColumn ? layers : maps);
    cells.select(cellOf(chosen));
  };
  const watcher = new ResizeObserver(() => {
    if (byColumn !== getComputedStyle(root).gridAutoFlow.startsWith("column")) turn();
  });
  watcher.observe(root);
  turn();

  return {
    draw(layer, heads, maximum) {
      if (brushes.length === 0) brushes.push(...tiles.map((tile) => brushIn(tile, side)));
      root.toggleAttribute("data-live", true);
      for (let map = 0; map < maps; map += 1) {
        const index = layer * maps + map;
        tiles[index].toggleAttribute("data-empty", heads === null);
        if (!heads) continue;
        const weights = patchesOf(headOf(heads, headName(map), maps - 1));
        const bytes = paintWeights(weights, maximum ?? greatest(weights), colormap);
        brushes[index].putImageData(new ImageData(bytes, side, side), 0, 0);
      }
    },
    rest() {
      root.toggleAttribute("data-live", false);
      for (const tile of tiles) tile.toggleAttribute("data-empty", false);
    },
    choose(spot) {
      chosen = spot;
      markOnly("data-chosen", spot);
      cells.select(cellOf(spot));
    },
    destroy() {
      watcher.disconnect();
      cells.destroy();
    },
  };
}

/**
 * The largest weight, and never 0, which no scale can end at.
 * @param {ArrayLike<number>} weights
 */
export function greatest(weights) {
  let most = Number.MIN_VALUE;
  for (let index = 0; index < weights.length; index += 1) most = Math.max(most, weights[index]);
  return most;
}

/**
 * @param {HTMLElement} tile
 * @param {number} side px
 * @returns {CanvasRenderingContext2D}
 */
function brushIn(tile, side) {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  canvas.setAttribute("aria-hidden", "true");
  tile.append(canvas);
  return brushOn(canvas);
}
