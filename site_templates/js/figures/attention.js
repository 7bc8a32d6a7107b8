/** The hero: what one patch attends to, on the photo, with the scores, the temperature and the direction to choose. */

import { createAnnouncer } from "../announcer.js";
import { column, effectiveNumber, neighbourShare, topK } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { wireControls } from "../controls.js";
import { fill, find, setAttributes } from "../elements.js";
import { followStandIn } from "../follow-stand-in.js";
import { showLegend } from "../legend.js";
import { cellAt, rowColOf, tokenOf } from "../patch-grid.js";
import { createReadMap } from "../read-map.js";
import { attentionOf, carriedTemperature } from "../stand-in.js";
import { showTop } from "../top.js";
import { createWeightTable } from "../weight-table.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const live = find(root, "[data-spoken]");
  const table = createWeightTable(find(root, "[data-weights]"));
  const lines = [...root.querySelectorAll("[data-rank]")];
  const cases = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-case]")]);
  const directed = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-direction]")]);
  const warmth = createTemperature(root, state);
  const controls = wireControls(root, context);
  /** @type {ArrayLike<number>} what the map shows, (rows*cols,) */
  let weights = table.read();

  const announcer = createAnnouncer(live, state, () => cases.find((line) => !line.hidden)?.textContent ?? "");
  const map = createReadMap(find(root, ".heatmap"), {
    rows,
    cols,
    colormap,
    tell: (token) => `, weight ${weights[token].toFixed(3)}`,
    readout: find(root, "[data-readout]"),
    live,
    onPick: (at) => announcer.choose({ at }),
  });

  /** @param {import("../stand-in.js").StandIn} document */
  const draw = (document) => {
    const { at, variant, temperature, direction, scale } = state.get();
    const query = cellAt(at, rows, cols);
    const token = tokenOf(query.row, query.col, cols);
    const matrix = attentionOf(document, variant, temperature);
    weights = direction === "to" ? matrix[token] : column(matrix, token);
    const top = topK(weights, lines.length);
    const maximum = scale === "absolute" ? ABSOLUTE_MAXIMUM : top[0].weight;
    map.draw({ weights, at, maximum });
    showLegend(find(root, ".legend"), maximum, scale === "absolute");
    table.show(weights, token);
    showTop(lines, top, token, cols);

    const loudest = rowColOf(top[0].token, cols);
    const neighbours = neighbourShare(weights, token, cols);
    const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
    const told = `${direction}-${top[0].token === token ? "itself" : "other"}`;
    for (const line of cases) line.hidden = line.dataset.case !== told;
    for (const part of directed) part.hidden = part.dataset.direction !== direction;
    fill(root, {
      row: query.row + 1,
      column: query.col + 1,
      "loudest-row": loudest.row + 1,
      "loudest-column": loudest.col + 1,
      loudest: top[0].weight.toFixed(3),
      self: weights[token].toFixed(3),
      neighbours: neighbours.toFixed(3),
      rest: Math.max(0, total - weights[token] - neighbours).toFixed(3),
      effective: effectiveNumber(matrix[token]).toFixed(1),
      total: total.toFixed(2),
    });
    announcer.drawn();
  };

  const following = followStandIn(root, context, draw);
  return {
    destroy() {
      following.destroy();
      map.destroy();
      controls.destroy();
      warmth.destroy();
    },
  };
}

/**
 * The scores and their temperature belong together: choosing scores brings their own temperature along, until the reader
 * sets one; the range counts in doublings, as softmax sees temperatures.
 * @param {HTMLElement} root
 * @param {import("../state.js").Store} state
 */
function createTemperature(root, state) {
  const choices = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("[data-temperature]")]);
  const range = /** @type {HTMLInputElement} */ (find(root, "[data-doublings]"));
  const reset = /** @type {HTMLButtonElement} */ (find(root, "[data-reset]"));
  /** @param {string} variant */
  const usual = (variant) => Number(choices.find((choice) => choice.value === variant)?.dataset.temperature);

  /** @param {Event} event */
  const onInput = (event) => {
    const { variant, temperature } = state.get();
    const chosen = choices.find((choice) => choice === event.target && choice.checked);
    if (chosen) {
      const next = /** @type {import("../attention.js").Variant} */ (chosen.value);
      state.set({ variant: next, temperature: carriedTemperature(temperature, usual(variant), usual(next)) });
    } else if (event.target === range) {
      state.set({ temperature: Number((2 ** Number(range.value)).toFixed(2)) });
    }
  };
  const onReset = () => state.set({ temperature: usual(state.get().variant) });
  const show = () => {
    const { variant, temperature } = state.get();
    for (const choice of choices) choice.checked = choice.value === variant;
    range.value = String(Math.log2(temperature));
    setAttributes(range, { "aria-valuetext": temperature.toFixed(2) });
    fill(root, { temperature: temperature.toFixed(2), usual: usual(variant) });
    // Disabled, not hidden: nothing may jump under a moving thumb.
    reset.disabled = temperature === usual(variant);
  };

  root.addEventListener("input", onInput);
  reset.addEventListener("click", onReset);
  const unsubscribe = state.subscribe(show);
  show();
  return {
    destroy() {
      unsubscribe();
      root.removeEventListener("input", onInput);
      reset.removeEventListener("click", onReset);
    },
  };
}
