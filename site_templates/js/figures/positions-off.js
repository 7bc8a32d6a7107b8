/** The model run again without its position table: the same question to both runs, and how far each looks. */

import { effectiveNumber, topK } from "../attention.js";
import { createAnnouncer } from "../announcer.js";
import { wireControls } from "../controls.js";
import { fill, find, setAttributes } from "../elements.js";
import { REAL, followReal } from "../follow-real.js";
import { showLegend } from "../legend.js";
import { nearest, ofHead } from "../model-views.js";
import { cellAt, rowColOf, tokenOf } from "../patch-grid.js";
import { createReadMap } from "../read-map.js";
import { overlap } from "../map-agreement.js";
import { headOf, layerFile, layerOf, patchesOf, rowsOf } from "../real-vit.js";
import { createWeightTable } from "../weight-table.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {"with" | "without"} RunName */

/** @type {readonly RunName[]} */
const RUNS = ["with", "without"];

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const kept = (root.dataset.kept ?? "").split(",").map(Number);
  const live = find(root, "[data-spoken]");
  const readout = find(root, "[data-readout]");
  const legend = find(root, ".legend");
  const choices = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("input[data-layer]")]);
  const showDistances = createDistances(root);
  const controls = wireControls(root, context);
  const announcer = createAnnouncer(live, state, () => find(root, ".off-says").innerText);
  /** @type {Record<RunName, ArrayLike<number>>} patches' weights, (rows*cols,) */
  const weights = { with: [], without: [] };

  /** @param {State} now */
  const layerShown = ({ asker, layer }) => (asker === "patch" ? nearest(kept, layer) : layer);
  /** @param {number} token */
  const tellBoth = (token) => {
    const [before, after] = RUNS.map((run) => weights[run][token]);
    return before === undefined ? "" : `: ${before.toFixed(3)} with positions, ${after.toFixed(3)} without`;
  };

  const sides = RUNS.map((run) => {
    const part = find(root, `[data-run="${run}"]`);
    const box = find(part, ".heatmap");
    const map = createReadMap(box, {
      rows,
      cols,
      colormap,
      tell: tellBoth,
      readout,
      live,
      onPick: (at) => announcer.choose({ at, asker: "patch" }),
    });
    return { run, part, box, map, table: createWeightTable(find(part, "[data-weights]")) };
  });

  /** @param {import("../follow-real.js").Files} files @param {State} now */
  const draw = (files, now) => {
    const { at, asker, head, scale } = now;
    const layer = layerShown(now);
    const query = cellAt(at, rows, cols);
    const place = tokenOf(query.row, query.col, cols);
    const document = files[REAL];
    const maps = RUNS.map((run) => headOf(mapsOf(files, run, asker, layer, 1 + place), head, document.heads));
    RUNS.forEach((run, index) => {
      weights[run] = patchesOf(maps[index]);
    });
    const most = RUNS.map((run) => topK(weights[run], 1)[0]);
    const maximum = scale === "absolute" ? Number(root.dataset.maximum) : Math.max(most[0].weight, most[1].weight);
    for (const [index, { run, part, box, map, table }] of sides.entries()) {
      // CLS stands nowhere in the photo: the chosen patch is only read.
      box.classList.toggle("heatmap-plain", asker === "cls");
      map.draw({ weights: weights[run], at, maximum });
      table.show(weights[run], asker === "patch" ? place : null);
      const { row, col } = rowColOf(most[index].token, cols);
      fill(part, {
        effective: effectiveNumber(maps[index]).toFixed(1),
        "most-row": row + 1,
        "most-column": col + 1,
        most: most[index].weight.toFixed(3),
      });
    }
    showLegend(legend, maximum, scale === "absolute");
    const off = document.positions_off;
    showDistances(document, layer, head);
    tell(root, { layer, head, asker });
    fill(root, {
      row: query.row + 1,
      column: query.col + 1,
      moved: percent(1 - overlap(maps[0], maps[1])),
      "moved-mean": percent(ofHead(off.total_variation[layer], head)),
      "cls-cosine": off.cls_cosine.toFixed(3),
      "patch-cosine": off.patch_cosine.toFixed(3),
    });
    announcer.drawn();
  };

  const showChoices = () => {
    const now = state.get();
    for (const choice of choices) {
      choice.disabled = now.asker === "patch" && !kept.includes(Number(choice.value));
      choice.checked = Number(choice.value) === layerShown(now);
    }
  };
  /** @param {Event} event */
  const onInput = (event) => {
    const chosen = choices.find((choice) => choice === event.target && choice.checked);
    if (chosen) state.set({ layer: Number(chosen.value) });
  };

  root.addEventListener("input", onInput);
  const unsubscribe = state.subscribe(showChoices);
  showChoices();
  const wanted = (/** @type {State} */ now) => [REAL, ...RUNS.map((run) => fileOf(run, now.asker, layerShown(now)))];
  const following = followReal(root, context, { wanted }, draw);
  return {
    destroy() {
      following.destroy();
      unsubscribe();
      root.removeEventListener("input", onInput);
      for (const { map } of sides) map.destroy();
      controls.destroy();
    },
  };
}

/**
 * The file that holds a run's answer: CLS's rows of all layers, or one layer's queries and keys.
 * @param {RunName} run
 * @param {State["asker"]} asker
 * @param {number} layer
 */
function fileOf(run, asker, layer) {
  const name = asker === "cls" ? `${REAL}_cls` : layerFile(layer);
  return run === "with" ? name : name.replace(REAL, `${REAL}_no_positions`);
}

/**
 * @param {import("../follow-real.js").Files} files
 * @param {RunName} run
 * @param {State["asker"]} asker
 * @param {number} layer
 * @param {number} token that asks, if it is not CLS
 * @returns {Float32Array | Float64Array} (H*N,)
 */
function mapsOf(files, run, asker, layer, token) {
  const pack = files[fileOf(run, asker, layer)];
  if (asker === "patch") return rowsOf(layerOf(pack), token);
  const size = pack.shape[1] * pack.shape[2];
  return pack.data.subarray(layer * size, (layer + 1) * size);
}

/**
 * The words that go with who asks, at which layer, through which head.
 * @param {HTMLElement} root
 * @param {Pick<State, "layer" | "head" | "asker">} now
 */
function tell(root, { layer, head, asker }) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-asking]"))) {
    part.hidden = part.dataset.asking !== asker;
  }
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-heads]"))) {
    part.hidden = part.dataset.heads !== (head === "mean" ? "mean" : "one");
  }
  fill(root, { layer: layer + 1, ...(head === "mean" ? {} : { head: Number(head) + 1 }) });
}

/**
 * The plot of how far patches look, in both runs, and its table.
 * @param {HTMLElement} root
 * @returns {(document: any, layer: number, head: string) => void}
 */
function createDistances(root) {
  const height = Number(root.dataset.plotHeight);
  const farthest = Number(root.dataset.farthest);
  const parts = RUNS.map((run) => ({
    run,
    lines: [...root.querySelectorAll(`[data-line="${run}"]`)],
    dots: [...root.querySelectorAll(`[data-dot="${run}"]`)],
    cells: [...root.querySelectorAll(`[data-distance="${run}"]`)],
  }));
  const band = find(root, "[data-band]");
  /** @param {number} distance px of the crop */
  const y = (distance) => (height * (1 - distance / farthest)).toFixed(2);

  return (document, layer, head) => {
    for (const { run, lines, dots, cells } of parts) {
      const source = run === "with" ? document.measures : document.positions_off;
      /** @type {number[]} */
      const distances = source.mean_distance.map((/** @type {number[]} */ heads) => ofHead(heads, head));
      lines.forEach((line, index) => setAttributes(line, { y1: y(distances[index]), y2: y(distances[index + 1]) }));
      dots.forEach((dot, index) => setAttributes(dot, { cy: y(distances[index]) }));
      cells.forEach((cell, index) => {
        cell.textContent = distances[index].toFixed(0);
      });
    }
    setAttributes(band, { x: `${((100 * layer) / document.layers).toFixed(3)}%` });
  };
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(0)}%`;
}
