/** Attention rollout, layer by layer: what has reached CLS, by the published method and by the variants in use. */

import { wireControls } from "../controls.js";
import { brushOn, fill, find } from "../elements.js";
import { followReal } from "../follow-real.js";
import { paintWeights } from "../heatmap.js";
import { createMeasuredMap, inUnits } from "../measured-map.js";
import { brightest, effectivePatches, patchShares, recipeOf, rolloutStep } from "../real-measures.js";
import { showUnitLegend } from "../unit-legend.js";

const DOCUMENT = "dinov2_vits14";
const STEPS = "dinov2_vits14_rollout";

/** ms that a layer stands while the layers play. */
const PACE = 700;

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const fixedMaximum = Number(root.dataset.maximum);
  const steps = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("[data-step]")]);
  const tiles = /** @type {HTMLImageElement[]} */ ([...root.querySelectorAll("[data-tile]")]);
  const cases = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-case]")]);
  const methods = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-method]")]);
  const play = /** @type {HTMLButtonElement} */ (find(root, "[data-play]"));
  const playWords = find(play, "[data-text]").textContent ?? "";
  const controls = wireControls(root, context);
  const map = createMeasuredMap(
    { root, table: find(root, "[data-weights]"), live: find(root, "[data-spoken]"), rows, cols, tell: inUnits("even shares") },
    context,
  );
  let playing = 0;
  const paintStrip = stripPainter(tiles, rows, cols, colormap);

  /** @param {import("../follow-real.js").Files} files */
  const draw = ({ [DOCUMENT]: document, [STEPS]: pack }) => {
    const { scale } = state.get();
    const recipe = recipeOf(document.rollout, chosen(root, "fusion"), Number(chosen(root, "discard")));
    const step = steps.findIndex((input) => input.checked);
    const row = rolloutStep(pack, recipe, step);
    const shares = patchShares(row);
    const spot = brightest(shares, cols);
    const first = brightest(document.received[0].slice(1), cols);
    const absolute = scale === "absolute";
    const maximum = absolute ? fixedMaximum : spot.shares;
    map.draw(shares, maximum);
    paintStrip(`${document.photo} ${recipe} ${scale}`, (layer) => {
      const values = patchShares(rolloutStep(pack, recipe, layer));
      return [values, absolute ? fixedMaximum : Math.max(...values)];
    });
    showUnitLegend(root, maximum, absolute);
    const same = spot.row === first.row && spot.col === first.col;
    for (const line of cases) line.hidden = line.dataset.case !== (same ? "same" : "other");
    for (const line of methods) line.hidden = (line.dataset.method === "published") !== document.rollout[recipe].published;
    fill(root, {
      step: step + 1,
      kept: (100 * row[0]).toFixed(1),
      brightest: spot.shares.toFixed(1),
      effective: effectivePatches(shares).toFixed(0),
      row: spot.row + 1,
      column: spot.col + 1,
      "first-row": first.row + 1,
      "first-column": first.col + 1,
      "first-shares": first.shares.toFixed(1),
    });
  };

  const following = followReal(root, context, { wanted: () => [DOCUMENT, STEPS] }, draw);

  const stop = () => {
    clearInterval(playing);
    playing = 0;
    fill(play, { play: playWords });
  };
  const next = () => {
    const step = steps.findIndex((input) => input.checked) + 1;
    steps[step].checked = true;
    following.refresh();
    if (step === steps.length - 1) stop();
  };
  const onPlay = () => {
    if (playing) {
      stop();
      return;
    }
    steps[0].checked = true;
    following.refresh();
    fill(play, { play: "Stop" });
    playing = setInterval(next, PACE);
  };
  /** @param {Event} event */
  const onInput = (event) => {
    const input = /** @type {Element} */ (event.target);
    if (!input.matches("[data-step], [data-fusion], [data-discard]")) return;
    stop();
    following.refresh();
  };
  play.addEventListener("click", onPlay);
  root.addEventListener("input", onInput);
  return {
    destroy() {
      stop();
      play.removeEventListener("click", onPlay);
      root.removeEventListener("input", onInput);
      following.destroy();
      map.destroy();
      controls.destroy();
    },
  };
}

/**
 * The value of a group of this figure's own radios.
 * @param {HTMLElement} root
 * @param {string} name
 */
function chosen(root, name) {
  return /** @type {HTMLInputElement} */ (find(root, `[data-${name}]:checked`)).value;
}

/**
 * Paints the filmstrip when something in it has changed: one picture of all maps, of which each tile shows its own.
 * @param {HTMLImageElement[]} tiles
 * @param {number} rows
 * @param {number} cols
 * @param {import("../colormap.js").Colormap} colormap
 * @returns {(key: string, mapOf: (layer: number) => [ArrayLike<number>, number]) => void} (rows*cols,) values and maximum
 */
function stripPainter(tiles, rows, cols, colormap) {
  const canvas = document.createElement("canvas");
  const brush = brushOn(canvas);
  canvas.width = cols * tiles.length;
  canvas.height = rows;
  let painted = "";
  return (key, mapOf) => {
    if (key === painted) return;
    painted = key;
    tiles.forEach((_, layer) => {
      const [values, maximum] = mapOf(layer);
      brush.putImageData(new ImageData(paintWeights(values, maximum, colormap), cols, rows), cols * layer, 0);
    });
    const address = canvas.toDataURL();
    for (const tile of tiles) tile.src = address;
  };
}
