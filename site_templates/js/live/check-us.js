/** The figure "check us": the model runs in the reader's browser, and its weights are held against the published ones. */

import { fill, find, showError, thousands } from "../elements.js";
import { photoById } from "../manifest.js";
import { layerFile, layerOf, rowsOf } from "../real-vit.js";
import { giveWay } from "../turn.js";
import { check, difference, together } from "./check.js";
import { createGate } from "./gate.js";
import { layerOfRun, seenByStandIn } from "./seen.js";
import { STAND_IN } from "./subjects.js";

/** @typedef {import("./check.js").Check} Check */
/** @typedef {import("./engine.js").Result} Result */
/** @typedef {{name: string, found: Check}[]} Lines one a variant or a layer, by the name of its line in the table */

const VARIANTS = /** @type {const} */ (["layernorm", "layernorm_position", "raw"]);
/** Rows of real attention that are compared before the page may do something else: a few ms. */
const AT_ONCE = 16;

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 * @param {{engine: import("./engine.js").Engine, subjects: import("./subjects.js").Subjects}} kit
 * @returns {import("./what-if.js").LiveFigure}
 */
export function mountCheckUs(root, context, { engine, subjects }) {
  const { state, manifest, loader } = context;
  const gate = createGate(root, engine, subjects.titleOf, "[data-again]");
  const again = /** @type {HTMLButtonElement} */ (find(root, "[data-again]"));
  const says = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-case]")]);
  let work = new AbortController();
  const model = () => chosen(root, "model");

  /** The pixels that the model is to see. @param {string} way @param {string} photo @param {AbortSignal} signal */
  const pixelsBy = async (way, photo, signal) => {
    if (way === "pixels") return subjects.pixelsOf(photo);
    const response = await fetch(photoById(manifest, photo).display.src, { signal });
    if (!response.ok) throw new Error(`The picture could not be fetched: the server answered ${response.status}.`);
    const opened = await engine.open(await response.blob());
    try {
      const side = Math.min(opened.width, opened.height);
      return await engine.crop(opened.id, { x: 0, y: 0, side, quarterTurns: 0 });
    } finally {
      engine.close(opened.id);
    }
  };

  /** @param {Result} result @param {string} photo @returns {Promise<Lines>} */
  const checkStandIn = async ({ features }, photo) => {
    const published = await loader.json(photoById(manifest, photo).files[STAND_IN]);
    const seen = seenByStandIn(/** @type {Float32Array} */ (features), published.grid, manifest.position_alpha);
    const lines = [];
    for (const variant of VARIANTS) {
      const { temperature, weights } = published.attention[variant];
      const ours = Array.from(weights, (_, token) => seen.row({ variant, temperature, layer: 0, head: "mean" }, token));
      lines.push({ name: variant, found: check(ours, weights) });
      await giveWay();
    }
    return lines;
  };

  /** @param {Result} result @param {string} photo @param {AbortSignal} signal @returns {Promise<Lines>} */
  const checkReal = async (result, photo, signal) => {
    const { files } = photoById(manifest, photo);
    const lines = [];
    for (let layer = 0; layer < Number(root.dataset.layers); layer += 1) {
      fill(root, { progress: `Comparing layer ${layer + 1} of ${root.dataset.layers} …` });
      const published = layerOf(await loader.pack(files[layerFile(layer)]));
      const ours = layerOfRun(/** @type {Required<Result>} */ (result), layer);
      const checks = [];
      for (let token = 0; token < ours.tokens; token += 1) {
        checks.push(check(byHead(rowsOf(ours, token), ours.heads), byHead(rowsOf(published, token), ours.heads)));
        if (token % AT_ONCE === 0) await giveWay();
        signal.throwIfAborted();
      }
      lines.push({ name: `layer-${layer + 1}`, found: together(checks) });
    }
    return lines;
  };

  /** @param {Lines} lines @param {string} photo @param {string} way */
  const show = (lines, photo, way) => {
    const whole = together(lines.map(({ found }) => found));
    const first = model() === STAND_IN ? lines[0].found : whole;
    const told = `${model()}-${way}`;
    for (const line of says) line.hidden = line.dataset.case !== told;
    const digits = model() === STAND_IN ? 6 : 4;
    for (const { name, found } of [...lines, { name: "all", found: whole }]) {
      const row = root.querySelector(`[data-line="${name}"]`);
      const { largest, mean, most } = found;
      if (row) fill(row, { largest: largest.toFixed(digits), mean: mean.toFixed(digits), most: most.toFixed(digits) });
    }
    fill(root, {
      count: thousands(first.count),
      greatest: difference(first.largest),
      moved: difference(first.mean),
      photo: photoById(manifest, photo).title,
    });
  };

  /** Empties the page's own columns. */
  const clear = () => {
    for (const line of says) line.hidden = true;
    for (const row of root.querySelectorAll("[data-line]")) fill(row, { largest: "–", mean: "–", most: "–" });
  };

  const run = async () => {
    work.abort();
    work = new AbortController();
    const { signal } = work;
    const { photo } = state.get();
    const [which, way] = [model(), chosen(root, "way")];
    clear();
    fill(root, { progress: "Running …" });
    try {
      const pixels = await pixelsBy(way, photo, signal);
      const result = await subjects.run(which, pixels, { signal });
      const lines = await (which === STAND_IN ? checkStandIn(result, photo) : checkReal(result, photo, signal));
      signal.throwIfAborted();
      show(lines, photo, way);
      root.dataset.shows = photo;
      fill(root, { progress: `The run took ${result.ms.toFixed(0)} ms.` });
      showError(root, "");
    } catch (error) {
      if (signal !== work.signal) return;
      fill(root, { progress: "" });
      if (/** @type {Error} */ (error).name !== "AbortError") showError(root, /** @type {Error} */ (error).message);
    }
  };

  const offer = () => {
    work.abort();
    clear();
    fill(root, { progress: "" });
    const own = Boolean(photoById(manifest, state.get().photo).live);
    gate.offer(model());
    again.hidden = !gate.isOpen(model()) || own;
    find(root, "[data-of-yours]").hidden = !own;
    if (own) find(root, "[data-gate]").hidden = true;
    for (const table of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-table]"))) {
      table.hidden = table.dataset.table !== model();
    }
  };
  const onAgain = () => void run();
  again.addEventListener("click", onAgain);
  root.addEventListener("input", offer);
  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("photo")) offer();
  });
  for (const way of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("[data-way]"))) {
    // From a folder, pictures are shown but not read.
    way.disabled = way.value === "picture" && loader.fromFolder;
  }
  // Choices may have been made before this code was here.
  offer();
  return {
    async begin() {
      if (!(await gate.open(model()))) return;
      again.hidden = false;
      await run();
    },
    destroy() {
      work.abort();
      unsubscribe();
      again.removeEventListener("click", onAgain);
      root.removeEventListener("input", offer);
    },
  };
}

/** (H*N,) -> H rows of N. @param {Float64Array} maps @param {number} heads */
function byHead(maps, heads) {
  const tokens = maps.length / heads;
  return Array.from({ length: heads }, (_, head) => maps.subarray(head * tokens, (head + 1) * tokens));
}

/** @param {HTMLElement} root @param {string} name of a group of this figure's own radios */
function chosen(root, name) {
  return /** @type {HTMLInputElement} */ (find(root, `[data-${name}]:checked`)).value;
}
