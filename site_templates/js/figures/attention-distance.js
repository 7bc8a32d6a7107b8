/** How far each head looks on this photo, beside its mean over all photos: one lane a head. */

import { createCellGrid } from "../cell-grid.js";
import { fill, find, setAttributes } from "../elements.js";
import { followReal } from "../follow-real.js";
import { extremes, heightOf } from "../real-measures.js";

const DOCUMENT = "dinov2_vits14";
/** The model's own document, which holds the means over all photos. */
const MODEL = "document";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state } = context;
  const layers = Number(root.dataset.layers);
  const heads = Number(root.dataset.heads);
  const height = Number(root.dataset.plotHeight);
  const farthest = Number(root.dataset.farthest);
  const readout = find(root, "[data-readout]");
  const live = find(root, "[data-spoken]");
  const reading = find(root, "[data-reading]");
  const lines = [...root.querySelectorAll("[data-head]")];
  const cells = [...root.querySelectorAll("[data-cell]")];
  /** @type {{here: number[], mean: number[]} | null} by lane, px; null until they are there */
  let distances = null;

  /** @param {number} lane */
  const describe = (lane) => {
    const words = `layer ${Math.floor(lane / heads) + 1}, head ${(lane % heads) + 1}`;
    if (!distances) return words;
    return `${words}: ${distances.here[lane].toFixed(0)} pixels on this photo, ${distances.mean[lane].toFixed(0)} over all ${root.dataset.photos}`;
  };
  const lanes = createCellGrid(find(root, "[data-lanes]"), {
    rows: 1,
    cols: layers * heads,
    label: "Heads, layer by layer, and their mean attention distance",
    describe: ({ col }) => describe(col),
    onPick: ({ col }) => state.set({ layer: Math.floor(col / heads), head: String(col % heads) }),
    onRead: (cell, how) => {
      reading.toggleAttribute("hidden", !cell);
      readout.textContent = cell ? describe(cell.col) : (readout.dataset.rest ?? "");
      if (!cell) return;
      const x = lines[cell.col].parentElement?.getAttribute("x") ?? "";
      setAttributes(reading, { x1: x, x2: x });
      if (how === "keyboard") live.textContent = describe(cell.col);
    },
  });

  /** @param {import("../follow-real.js").Files} files */
  const draw = ({ [DOCUMENT]: document, [MODEL]: model }) => {
    /** @type {{here: number[], mean: number[]}} */
    const { here, mean } = { here: document.measures.mean_distance.flat(), mean: model.mean_distance.flat() };
    distances = { here, mean };
    here.forEach((distance, lane) => {
      const ends = [mean[lane], distance].map((end) => heightOf(end, farthest, height));
      setAttributes(lines[lane], { d: `M0 ${ends.join("V")}` });
      cells[lane].textContent = distance.toFixed(0);
    });
    for (const [name, lane] of Object.entries(extremes(document.measures.mean_distance))) {
      fill(root, { [`${name}-head`]: lane.head + 1, [`${name}-layer`]: lane.layer + 1, [name]: lane.value.toFixed(0) });
    }
    const { layer, head } = state.get();
    const picked = head === "mean" ? -1 : layer * heads + Number(head);
    lines.forEach((line, lane) => line.toggleAttribute("data-chosen", lane === picked));
    lanes.select({ row: 0, col: picked < 0 ? layer * heads : picked });
  };

  const following = followReal(root, context, { wanted: () => [DOCUMENT, MODEL] }, draw);
  return {
    destroy() {
      following.destroy();
      lanes.destroy();
    },
  };
}
