/** How long each token is and how much attention it gets, layer by layer; and the sinks of all layers. */

import { wireControls } from "../controls.js";
import { fill, find, setAttributes } from "../elements.js";
import { followReal } from "../follow-real.js";
import { createMeasuredMap, inUnits } from "../measured-map.js";
import { centerOf, rowColOf } from "../patch-grid.js";
import { brightest, heightOf, lengthSpread, logarithmic, relativeLengths } from "../real-measures.js";

const DOCUMENT = "dinov2_vits14";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state } = context;
  const { rows, cols, lengthMaximum, receivedMaximum, plotHeight, tallest, mostShares } = numbersOf(root);
  const controls = wireControls(root, context);
  const length = createMap(root, "length", "× the median", context);
  const received = createMap(root, "received", "even shares", context);
  const lines = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-sink]")]);
  const bands = [...root.querySelectorAll("[data-band]")];

  /** @param {import("../follow-real.js").Files} files */
  const draw = ({ [DOCUMENT]: document }) => {
    const { layer } = state.get();
    const lengths = relativeLengths(document.token_norms[layer]);
    const shares = document.received[layer].slice(1);
    const longest = brightest(lengths, cols);
    const most = brightest(shares, cols);
    length.draw(lengths, lengthMaximum);
    received.draw(shares, receivedMaximum);

    for (const band of bands) setAttributes(band, { x: `${((100 * layer) / document.layers).toFixed(3)}%` });
    for (let index = 0; index < document.layers; index += 1) {
      const [least, greatest] = lengthSpread(document.token_norms[index]);
      const [cls, ...patches] = document.received[index];
      setAttributes(find(root, `[data-spread="${index}"]`), {
        y1: heightOf(least, tallest, plotHeight),
        y2: heightOf(greatest, tallest, plotHeight),
      });
      setAttributes(find(root, `[data-most="${index}"]`), { y2: heightOf(logarithmic(Math.max(...patches), mostShares), 1, plotHeight) });
      setAttributes(find(root, `[data-cls="${index}"]`), { cy: heightOf(logarithmic(cls, mostShares), 1, plotHeight) });
    }

    const { long, sinks } = document.artefacts;
    find(root, '[data-long="none"]').hidden = long.tokens.length > 0;
    find(root, '[data-long="some"]').hidden = long.tokens.length === 0;
    find(root, "[data-more]").hidden = sinks.tokens.length <= lines.length;
    fill(root, {
      layer: layer + 1,
      "long-row": longest.row + 1,
      "long-column": longest.col + 1,
      longest: longest.shares.toFixed(2),
      "most-row": most.row + 1,
      "most-column": most.col + 1,
      most: most.shares.toFixed(1),
      cls: document.received[layer][0].toFixed(1),
      greatest: long.greatest.toFixed(2),
      "long-count": long.tokens.length,
      "sink-count": sinks.tokens.length,
    });
    lines.forEach((line, rank) => showSink(line, sinks.tokens[rank], rows, cols, sinks.tokens[0]?.received));
  };

  /** @param {MouseEvent} event a click on a plot chooses the layer under it */
  const onClick = (event) => {
    const plot = /** @type {Element} */ (event.target).closest("[data-plot]");
    if (!plot) return;
    const { left, width } = plot.getBoundingClientRect();
    const layers = plot.querySelectorAll("[data-spread], [data-most]").length;
    const layer = Math.floor(((event.clientX - left) / width) * layers);
    if (layer >= 0 && layer < layers) state.set({ layer });
  };
  root.addEventListener("click", onClick);
  const following = followReal(root, context, { wanted: () => [DOCUMENT] }, draw);
  return {
    destroy() {
      root.removeEventListener("click", onClick);
      following.destroy();
      length.destroy();
      received.destroy();
      controls.destroy();
    },
  };
}

/** @param {HTMLElement} root */
function numbersOf({ dataset }) {
  return {
    rows: Number(dataset.rows),
    cols: Number(dataset.cols),
    lengthMaximum: Number(dataset.lengthMaximum),
    receivedMaximum: Number(dataset.receivedMaximum),
    plotHeight: Number(dataset.plotHeight),
    tallest: Number(dataset.tallest),
    mostShares: Number(dataset.mostShares),
  };
}

/**
 * One of the two maps.
 * @param {HTMLElement} root
 * @param {string} name
 * @param {string} unit
 * @param {import("../main.js").Context} context
 */
function createMap(root, name, unit, context) {
  const { rows, cols } = numbersOf(root);
  const table = find(root, `[data-table="${name}"] [data-weights]`);
  const part = find(root, `[data-part="${name}"]`);
  return createMeasuredMap({ root: part, table, live: find(root, "[data-spoken]"), rows, cols, tell: inUnits(unit) }, context);
}

/**
 * @param {HTMLElement} line
 * @param {{layer: number, token: number, received: number} | undefined} sink
 * @param {number} rows
 * @param {number} cols
 * @param {number} greatest even shares at the bar's full length
 */
function showSink(line, sink, rows, cols, greatest) {
  line.hidden = !sink;
  if (!sink) return;
  const { row, col } = rowColOf(sink.token - 1, cols);
  fill(line, {
    "sink-layer": sink.layer + 1,
    "sink-row": row + 1,
    "sink-column": col + 1,
    "sink-shares": sink.received.toFixed(1),
  });
  setAttributes(find(line, "[data-bar]"), { width: `${((100 * sink.received) / greatest).toFixed(2)}%` });
  find(line, "[data-go]").dataset.set = `layer=${sink.layer}&at=${centerOf(row, col, rows, cols).join(",")}`;
}
