/** What a summary token would listen to: the mean feature asks, all patches answer. */

import { effectiveNumber, topK } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { fill, find } from "../elements.js";
import { followStandIn } from "../follow-stand-in.js";
import { showLegend } from "../legend.js";
import { createMeasuredMap } from "../measured-map.js";
import { rowColOf } from "../patch-grid.js";
import { summaryOf } from "../stand-in.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state } = context;
  const cols = Number(root.dataset.cols);
  const map = createMeasuredMap(
    {
      root,
      table: find(root, "[data-weights]"),
      live: find(root, "[data-spoken]"),
      rows: Number(root.dataset.rows),
      cols,
      tell: (weight) => `, weight ${weight.toFixed(3)}`,
    },
    context,
  );
  const variants = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-variant]")]);

  /** @param {import("../stand-in.js").StandIn} document */
  const draw = (document) => {
    const { variant, temperature, scale } = state.get();
    const weights = summaryOf(document, variant, temperature);
    const [most] = topK(weights, 1);
    const loudest = rowColOf(most.token, cols);
    const maximum = scale === "absolute" ? ABSOLUTE_MAXIMUM : most.weight;
    map.draw(weights, maximum);
    showLegend(find(root, ".legend"), maximum, scale === "absolute");
    for (const name of variants) name.hidden = name.dataset.variant !== variant;
    fill(root, {
      temperature: temperature.toFixed(2),
      "loudest-row": loudest.row + 1,
      "loudest-column": loudest.col + 1,
      loudest: most.weight.toFixed(3),
      effective: effectiveNumber(weights).toFixed(1),
    });
  };

  const following = followStandIn(root, context, draw);
  return {
    destroy() {
      following.destroy();
      map.destroy();
    },
  };
}
