/** The stand-in and the real ViT asked from the same place, pooled to the same cells, and how far they agree. */

import { createAnnouncer } from "../announcer.js";
import { wireControls } from "../controls.js";
import { fill, find } from "../elements.js";
import { followReal } from "../follow-real.js";
import { cellAt, centerOf, tokenOf } from "../patch-grid.js";
import { createReadMap } from "../read-map.js";
import { headWords } from "../real-map.js";
import { chanceOverlap, overlap, pool, spearman } from "../map-agreement.js";
import { headOf, layerFile, layerOf, patchesOf, rowsOf } from "../real-vit.js";
import { attentionOf } from "../stand-in.js";
import { createWeightTable } from "../weight-table.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {[number, number]} Grid rows, columns */

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { colormap, state } = context;
  const { dataset } = root;
  const fine = /** @type {Grid} */ ([Number(dataset.rows), Number(dataset.cols)]);
  const coarse = /** @type {Grid} */ ([Number(dataset.coarseRows), Number(dataset.coarseCols)]);
  const heads = Number(dataset.heads);
  const live = find(root, "[data-spoken]");
  const readout = find(root, "[data-readout]");
  const table = createWeightTable(find(root, "[data-weights]"));
  const lines = [...root.querySelectorAll("[data-layer-line]")];
  const controls = wireControls(root, context);
  const announcer = createAnnouncer(live, state, () => find(root, ".pair-says").textContent ?? "");
  const measure = createMeasure(fine, coarse, heads);

  /** @param {string} name @param {Grid} grid @param {number} maximum */
  const panel = (name, [rows, cols], maximum) => {
    const box = find(root, `[data-map="${name}"] .heatmap`);
    /** @type {Row} */
    let shown = [];
    const map = createReadMap(box, {
      rows,
      cols,
      colormap,
      tell: (token) => (token in shown ? `, weight ${shown[token].toFixed(3)}` : ""),
      readout,
      live,
      name: box.dataset.label,
      onPick: (at) => announcer.choose({ at }),
    });
    return {
      /** @param {Row} weights @param {readonly [number, number]} at */
      draw(weights, at) {
        shown = weights;
        map.draw({ weights, at, maximum });
      },
      destroy: map.destroy,
    };
  };
  const coarseMaximum = Number(dataset.coarseMaximum);
  const standIn = panel("stand-in", coarse, coarseMaximum);
  const pooled = panel("pooled", coarse, coarseMaximum);
  const real = panel("real", fine, Number(dataset.maximum));

  const following = followReal(
    root,
    context,
    { wanted: (current) => ["mobilenet_v2", layerFile(current.layer), "dinov2_vits14"] },
    (files, { at, variant, temperature, layer, head }) => {
      const place = cellAt(at, ...coarse);
      const cell = tokenOf(place.row, place.col, coarse[1]);
      const ours = attentionOf(files.mobilenet_v2, variant, temperature)[cell];
      // Weights are published with so many decimals that the least are all 0; scores still have their order.
      const scores = files.mobilenet_v2.logits[variant][cell];
      const asking = cellAt(at, ...fine);
      const row = headOf(rowsOf(layerOf(files[layerFile(layer)]), 1 + tokenOf(asking.row, asking.col, fine[1])), head, heads);
      const theirs = pool(row, fine, coarse);
      standIn.draw(ours, at);
      pooled.draw(theirs, at);
      real.draw(patchesOf(row), at);
      table.show(theirs, cell);

      const elsewhere = measure(files[layerFile(layer)], head).filter((_, other) => other !== cell);
      const shared = overlap(ours, theirs);
      const others = mean(elsewhere.map((map) => overlap(ours, map)));
      const chance = chanceOverlap(ours, theirs);
      fill(root, {
        layer: layer + 1,
        head: headWords(head),
        overlap: shared.toFixed(2),
        "overlap-3": shared.toFixed(3),
        "other-overlap": others.toFixed(2),
        "other-overlap-3": others.toFixed(3),
        "chance-overlap": chance.toFixed(2),
        "chance-overlap-3": chance.toFixed(3),
        spearman: spearman(scores, theirs).toFixed(3),
        "other-spearman": mean(elsewhere.map((map) => spearman(scores, map))).toFixed(3),
      });
      const { agreement } = files.dinov2_vits14;
      lines.forEach((line, index) => {
        fill(line, {
          overlap: mean(agreement.overlap[index]).toFixed(3),
          other_overlap: agreement.other_overlap[index].toFixed(3),
          spearman: mean(agreement.spearman[index]).toFixed(3),
          other_spearman: agreement.other_spearman[index].toFixed(3),
        });
      });
      announcer.drawn();
    },
  );
  return {
    destroy() {
      following.destroy();
      for (const part of [standIn, pooled, real, controls]) part.destroy();
    },
  };
}

/**
 * The real maps asked from the patch at each coarse cell's centre, pooled: made once a layer and head, as a new query needs
 * them all again.
 * @param {Grid} fine
 * @param {Grid} coarse
 * @param {number} heads
 * @returns {(pack: import("../tensor.js").Tensor, head: string) => Float64Array[]}
 */
function createMeasure(fine, coarse, heads) {
  /** @type {{pack: unknown, head: string, maps: Float64Array[]} | null} */
  let last = null;
  return (pack, head) => {
    if (last?.pack !== pack || last.head !== head) {
      const maps = Array.from({ length: coarse[0] * coarse[1] }, (_, cell) => {
        const centre = centerOf(Math.floor(cell / coarse[1]), cell % coarse[1], ...coarse);
        const { row, col } = cellAt(centre, ...fine);
        return pool(headOf(rowsOf(layerOf(pack), 1 + tokenOf(row, col, fine[1])), head, heads), fine, coarse);
      });
      last = { pack, head, maps };
    }
    return last.maps;
  };
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
