/** The figure "occlusion": each square hidden in turn, and what its loss changes, beside what attention gives to it. */

import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { wireControls } from "../controls.js";
import { fill, find, showError } from "../elements.js";
import { showLegend } from "../legend.js";
import { pool } from "../map-agreement.js";
import { cellAt, centerOf, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { headWords } from "../real-map.js";
import { verdictOf } from "./changes.js";
import { createGate } from "./gate.js";
import { createLiveMap } from "./live-map.js";
import { compared, occlude, turnsOf } from "./occlusion.js";
import { patchAt } from "./squares.js";
import { STAND_IN } from "./subjects.js";

/** @typedef {import("../attention.js").Row} Row */
/** @typedef {import("../main.js").Context} Context */
/** @typedef {import("../patch-grid.js").Cell} Cell */
/** @typedef {import("./occlusion.js").Occlusion} Occlusion */
/** @typedef {import("./seen.js").Seen} Seen */
/** @typedef {{photo: string, model: string, seen: Seen, occlusion: Occlusion}} Shown */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {{engine: import("./engine.js").Engine, subjects: import("./subjects.js").Subjects}} kit
 * @returns {import("./what-if.js").LiveFigure}
 */
export function mountOcclusion(root, context, { engine, subjects }) {
  const { state, colormap } = context;
  const controls = wireControls(root, context);
  const gate = createGate(root, engine, subjects.titleOf, "[data-stop]");
  const live = find(root, "[data-spoken]");
  const cancel = /** @type {HTMLButtonElement} */ (find(root, "[data-stop]"));
  const bar = /** @type {HTMLProgressElement} */ (find(root, "[data-steps]"));
  const again = /** @type {HTMLButtonElement} */ (find(root, "[data-again]"));
  const cases = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-case]")]);
  /** @type {Map<string, number>} ms that a run takes, by model, once one has been made */
  const paces = new Map();
  let work = new AbortController();
  /** @type {Shown | null} */
  let shown = null;

  const model = () => chosen(root, "model");
  /** The stand-in has no finer cells to compare with. */
  const squares = () => (model() === STAND_IN ? 7 : Number(chosen(root, "squares")));
  const asksCls = () => chosen(root, "turning") === "cls";

  /** @type {{attention: Row, occlusion: Row}} */
  const values = { attention: [], occlusion: [] };
  /** @param {"attention" | "occlusion"} name @param {(value: number) => string} words */
  const mapOf = (name, words) => {
    const box = find(root, `[data-map="${name}"]`);
    const readout = find(box, "[data-readout]");
    /** @param {Cell} cell */
    const describe = (cell) => {
      const value = values[name][tokenOf(cell.row, cell.col, shown?.occlusion.squares ?? 1)];
      return `${placeWords(cell)}${value === undefined ? "" : `: ${words(value)}`}`;
    };
    return createLiveMap(find(box, ".heatmap"), {
      colormap,
      describe,
      onPick: ({ row, col }, grid) => state.set({ at: centerOf(row, col, ...grid) }),
      onRead: (cell, by) => {
        readout.textContent = cell ? describe(cell) : (readout.dataset.rest ?? "");
        if (cell && by === "keyboard") live.textContent = describe(cell);
      },
    });
  };
  const attention = mapOf("attention", (weight) => `weight ${weight.toFixed(3)}`);
  const occlusion = mapOf("occlusion", (degrees) => `${degrees.toFixed(1)}°`);

  const draw = () => {
    if (!shown) return;
    const { seen, occlusion: found } = shown;
    const current = state.get();
    const asker = asksCls() ? "cls" : patchAt(current.at, seen.grid);
    const grid = /** @type {[number, number]} */ ([found.squares, found.squares]);
    const row = seen.row(current, asker);
    // The real ViT's map on other squares than its patches: CLS left out, patches divided by area.
    values.attention = found.squares === seen.grid[0] ? seen.onPatches(row) : pool(row, seen.grid, grid);
    values.occlusion = turnsOf(found, asker);
    const query = asksCls() ? null : cellAt(current.at, ...grid);
    const coarse = found.squares < 10;
    const maximum = coarse ? ABSOLUTE_MAXIMUM : Number(root.dataset.maximum);
    const most = Math.max(1e-6, ...Array.from(values.occlusion));
    attention.draw({ grid, values: values.attention, query, maximum });
    occlusion.draw({ grid, values: values.occlusion, query, maximum: most });
    for (const scale of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-grid]"))) {
      scale.hidden = scale.dataset.grid !== String(found.squares);
    }
    const degrees = find(root, '[data-map="occlusion"] .legend');
    showLegend(degrees, most, false);
    find(degrees, "[data-maximum]").textContent = `${most.toFixed(1)}°`;
    root.dataset.shows = shown.photo;

    const whole = found.done === found.squares ** 2;
    for (const line of cases) line.hidden = true;
    if (!whole) return;
    const result = compared(values.attention, values.occlusion, query && tokenOf(query.row, query.col, found.squares));
    const verdict = verdictOf(result.correlation);
    for (const line of cases) line.hidden = line.dataset.case !== verdict && line.dataset.case !== "always";
    const [loud, strong] = [rowColOf(result.favourite.square, found.squares), rowColOf(result.strongest.square, found.squares)];
    const at = cellAt(current.at, ...seen.grid);
    fill(root, {
      correlation: result.correlation.toFixed(2).replace("-", "−"),
      count: result.count,
      who: asksCls() ? "CLS" : placeWords(at),
      where: shown.model === STAND_IN ? "the stand-in" : `layer ${current.layer + 1}, ${headWords(current.head)}`,
      "favourite-row": loud.row + 1,
      "favourite-column": loud.col + 1,
      "favourite-weight": result.favourite.weight.toFixed(3),
      "favourite-degrees": result.favourite.degrees.toFixed(1),
      "favourite-rank": result.favourite.rank,
      "strongest-row": strong.row + 1,
      "strongest-column": strong.col + 1,
      "strongest-weight": result.strongest.weight.toFixed(3),
      "strongest-degrees": result.strongest.degrees.toFixed(1),
      "strongest-rank": result.strongest.rank,
    });
  };

  const workspace = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-workspace]")]);
  /** @param {boolean} there */
  const showWorkspace = (there) => {
    for (const part of workspace) part.hidden = !there;
  };
  /** @param {boolean} busy */
  const showBusy = (busy) => {
    const held = [again, cancel].includes(/** @type {HTMLButtonElement} */ (document.activeElement));
    for (const part of [bar, cancel]) part.hidden = !busy;
    again.hidden = busy || !gate.isOpen(model());
    // One takes the other's place, for the keyboard too.
    if (held) (busy ? cancel : again).focus({ preventScroll: true });
    const pace = paces.get(model());
    const time = pace === undefined ? "" : `, about ${Math.max(1, Math.round((pace * squares() ** 2) / 1000))} s`;
    again.textContent = `Hide each square in turn (${squares() ** 2} runs${time})`;
  };

  /** Hides every square in turn. */
  const run = async () => {
    work.abort();
    work = new AbortController();
    const { signal } = work;
    const wanted = { photo: state.get().photo, model: model(), squares: squares(), how: chosen(root, "how") };
    showWorkspace(true);
    showBusy(true);
    bar.removeAttribute("value");
    shown = null;
    fill(root, { progress: "" });
    try {
      const pixels = await subjects.pixelsOf(wanted.photo);
      const seen = await subjects.look(wanted.model, pixels, signal);
      attention.photo(pixels);
      occlusion.photo(pixels);
      const total = wanted.squares ** 2;
      let spent = 0;
      const found = await occlude(
        async (hidden) => {
          const one = await subjects.look(wanted.model, hidden, signal);
          spent += one.ms;
          return one;
        },
        pixels,
        seen,
        {
          squares: wanted.squares,
          how: /** @type {"blank" | "grey"} */ (wanted.how),
          onStep: (so) => {
            shown = { photo: wanted.photo, model: wanted.model, seen, occlusion: so };
            bar.value = so.done / total;
            fill(root, { progress: `${so.done} of ${total} squares, ${(spent / so.done).toFixed(0)} ms a run` });
            draw();
          },
        },
      );
      signal.throwIfAborted();
      paces.set(wanted.model, spent / found.done);
      fill(root, { progress: `${found.done} runs, ${(spent / found.done).toFixed(0)} ms each, took ${(spent / 1000).toFixed(1)} s.` });
      showError(root, "");
      live.textContent = find(root, "[data-case]:not([hidden])").textContent;
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") showError(root, /** @type {Error} */ (error).message);
      else if (signal === work.signal) fill(root, { progress: "Called off; what is dark was not hidden yet." });
    } finally {
      if (signal === work.signal) showBusy(false);
    }
  };

  const begin = async () => {
    if (await gate.open(model())) await run();
  };
  /** What is asked for has changed: what stands there is the answer to another question. */
  const forget = () => {
    work.abort();
    shown = null;
    showWorkspace(false);
    gate.offer(model());
    showBusy(false);
  };
  const showChoices = () => {
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-real-only]"))) {
      part.hidden = model() === STAND_IN;
    }
  };
  /** @param {Event} event */
  const onInput = (event) => {
    const { dataset } = /** @type {HTMLElement} */ (event.target);
    if (dataset.turning !== undefined) draw();
    if (dataset.model !== undefined || dataset.squares !== undefined || dataset.how !== undefined) forget();
    showChoices();
  };
  const onStop = () => work.abort();
  const onAgain = () => void run();
  root.addEventListener("input", onInput);
  cancel.addEventListener("click", onStop);
  again.addEventListener("click", onAgain);
  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("photo")) forget();
    else draw();
  });

  // Choices may have been made before this code was here.
  forget();
  showChoices();

  return {
    begin,
    destroy() {
      work.abort();
      unsubscribe();
      controls.destroy();
      attention.destroy();
      occlusion.destroy();
      root.removeEventListener("input", onInput);
      cancel.removeEventListener("click", onStop);
      again.removeEventListener("click", onAgain);
    },
  };
}

/** @param {HTMLElement} root @param {string} name of a group of this figure's own radios */
function chosen(root, name) {
  return /** @type {HTMLInputElement} */ (find(root, `[data-${name}]:checked`)).value;
}
