/** What a summary token would listen to: the mean feature asks, all patches answer. */

import { effectiveNumber, topK } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { fill, find } from "../elements.js";
import { followStandIn } from "../follow-stand-in.js";
import { createHeatmap } from "../heatmap.js";
import { showLegend } from "../legend.js";
import { cellAt, centerOf, rowColOf, tokenOf } from "../patch-grid.js";
import { summaryOf } from "../stand-in.js";
import { createWeightTable } from "../weight-table.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const rows = Number(root.dataset.rows);
  const cols = Number(root.dataset.cols);
  const live = find(root, "[data-live]");
  const readout = find(root, "[data-readout]");
  const table = createWeightTable(find(root, "[data-weights]"));
  const variants = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-variant]")]);
  /** @type {ArrayLike<number>} what the map shows, (rows*cols,) */
  let weights = table.read();

  /** @param {number} row @param {number} col */
  const describe = (row, col) =>
    `row ${row + 1}, column ${col + 1}, weight ${weights[tokenOf(row, col, cols)].toFixed(3)}`;
  const showReading = () => {
    const { row, col } = cellAt(state.get().at, rows, cols);
    readout.textContent = describe(row, col);
  };
  const heatmap = createHeatmap(find(root, ".heatmap"), {
    rows,
    cols,
    colormap,
    label: find(root, ".heatmap").dataset.label ?? "",
    describe,
    onPick: (row, col) => state.set({ at: centerOf(row, col, rows, cols) }),
    onRead: (cell, how) => {
      if (cell) readout.textContent = describe(cell.row, cell.col);
      else showReading();
      if (cell && how === "keyboard") live.textContent = describe(cell.row, cell.col);
    },
  });

  /** @param {import("../stand-in.js").StandIn} document */
  const draw = (document) => {
    const { variant, temperature, at, scale } = state.get();
    weights = summaryOf(document, variant, temperature);
    const [most] = topK(weights, 1);
    const loudest = rowColOf(most.token, cols);
    const cell = cellAt(at, rows, cols);
    const maximum = scale === "absolute" ? ABSOLUTE_MAXIMUM : most.weight;
    heatmap.draw({ weights, query: cell, maximum });
    showLegend(find(root, ".legend"), maximum, scale === "absolute");
    table.show(weights, null);
    for (const name of variants) name.hidden = name.dataset.variant !== variant;
    fill(root, {
      temperature: temperature.toFixed(2),
      "loudest-row": loudest.row + 1,
      "loudest-column": loudest.col + 1,
      loudest: most.weight.toFixed(3),
      effective: effectiveNumber(weights).toFixed(1),
    });
    showReading();
  };

  const following = followStandIn(root, context, draw);
  return {
    destroy() {
      following.destroy();
      heatmap.destroy();
    },
  };
}
