/** The figure "what if": squares of the photo are changed, the model runs again, and what it says is held against before. */

import { wireControls } from "../controls.js";
import { fill, find, showError } from "../elements.js";
import { showLegend } from "../legend.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { cellAt, centerOf, placeWords, tokenOf } from "../patch-grid.js";
import { headWords } from "../real-map.js";
import { edited } from "./edits.js";
import { createGate } from "./gate.js";
import { createLiveMap, drawPixels } from "./live-map.js";
import { createPaintGrid } from "./paint-grid.js";
import { STAND_IN } from "./subjects.js";
import { onOtherSquares, touchedPatches } from "./squares.js";
import { whatChanged } from "./what-changed.js";

/** @typedef {import("../main.js").Context} Context */
/** @typedef {import("../patch-grid.js").Cell} Cell */
/** @typedef {import("./seen.js").Seen} Seen */
/** @typedef {{begin: () => Promise<void>, destroy: () => void}} LiveFigure begin: what the figure's button asks for */

const SIDES = /** @type {const} */ (["before", "after"]);
const DONE = Object.freeze({ blank: "blanked", grey: "turned grey", shuffle: "shuffled" });

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {{engine: import("./engine.js").Engine, subjects: import("./subjects.js").Subjects}} kit
 * @returns {LiveFigure}
 */
export function mountWhatIf(root, context, { engine, subjects }) {
  const { state, colormap } = context;
  const controls = wireControls(root, context);
  const gate = createGate(root, engine, subjects.titleOf, '[data-editor] [role="gridcell"]');
  const live = find(root, "[data-spoken]");
  const canvas = /** @type {HTMLCanvasElement} */ (find(root, "[data-edited]"));
  const workspace = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-workspace]")]);
  const standInOnly = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-stand-in-only]")]);
  const realOnly = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-real-only]")]);

  let squares = Number(chosen(root, "squares"));
  /** @type {Uint8Array} (squares*squares,): 1 where the photo is changed */
  let mask = new Uint8Array(squares * squares);
  /** @type {{photo: string, pixels: Uint8Array} | null} */
  let photo = null;
  /** @type {{photo: string, model: string, seen: Seen} | null} the photo as it is, as the model sees it */
  let before = null;
  /** @type {{seen: Seen, mask: Uint8Array, squares: number, how: string} | null} what is shown beside it */
  let after = null;
  let work = new AbortController();
  let running = false;
  let again = false;

  const model = () => chosen(root, "model");
  const how = () => /** @type {import("./edits.js").How} */ (chosen(root, "how"));
  const count = () => mask.reduce((sum, is) => sum + is, 0);

  const editor = createPaintGrid(find(root, "[data-editor]"), {
    squares,
    isChosen: (square) => mask[square] === 1,
    onChoose: (square, is) => {
      mask[square] = Number(is);
      live.textContent = `${count()} of ${mask.length} squares ${DONE[how()]}`;
      onMask();
    },
  });

  /** @type {Record<string, import("../attention.js").Row>} what each map shows */
  const shown = { before: [], after: [] };
  const maps = Object.fromEntries(
    SIDES.map((side) => {
      const box = find(root, `[data-map="${side}"]`);
      const readout = find(box, "[data-readout]");
      /** @param {Cell} cell */
      const describe = (cell) => {
        const weight = shown[side][tokenOf(cell.row, cell.col, before?.seen.grid[1] ?? 1)];
        return `${placeWords(cell)}${weight === undefined ? "" : `, weight ${weight.toFixed(3)}`}`;
      };
      const map = createLiveMap(find(box, ".heatmap"), {
        colormap,
        describe,
        onPick: ({ row, col }, grid) => state.set({ at: centerOf(row, col, ...grid), asker: "patch" }),
        onRead: (cell, by) => {
          readout.textContent = cell ? describe(cell) : (readout.dataset.rest ?? "");
          if (cell && by === "keyboard") live.textContent = describe(cell);
        },
      });
      return [side, map];
    }),
  );

  /** @param {boolean} there */
  const showWorkspace = (there) => {
    for (const part of workspace) part.hidden = !there;
  };
  const drawEdited = () => {
    if (!photo) return;
    canvas.hidden = false;
    drawPixels(canvas, edited(photo.pixels, mask, squares, how()));
    editor.refresh();
    fill(root, { chosen: count(), squares: mask.length });
  };
  const onMask = () => {
    drawEdited();
    void run();
  };

  /** Runs until what is shown is what is wanted: latest wins, without a queue. */
  const run = async () => {
    if (!gate.isOpen(model())) return;
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await runOnce(work.signal);
      }
      showError(root, "");
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") showError(root, /** @type {Error} */ (error).message);
    } finally {
      running = false;
    }
    // Called off for something newer, which came while this one still held the place.
    if (again) void run();
  };

  /** @param {AbortSignal} signal */
  const runOnce = async (signal) => {
    const wanted = { photo: state.get().photo, model: model(), how: how(), squares, mask: mask.slice() };
    if (photo?.photo !== wanted.photo) {
      const pixels = await subjects.pixelsOf(wanted.photo);
      signal.throwIfAborted();
      photo = { photo: wanted.photo, pixels };
      drawEdited();
    }
    if (before?.photo !== wanted.photo || before.model !== wanted.model) {
      const seen = await subjects.look(wanted.model, photo.pixels, signal);
      before = { photo: wanted.photo, model: wanted.model, seen };
      after = null;
      maps.before.photo(photo.pixels);
    }
    const changed = edited(photo.pixels, wanted.mask, wanted.squares, wanted.how);
    const none = wanted.mask.every((is) => !is);
    const seen = none ? before.seen : await subjects.look(wanted.model, changed, signal);
    maps.after.photo(changed);
    after = { seen, mask: wanted.mask, squares: wanted.squares, how: wanted.how };
    draw();
  };

  const draw = () => {
    if (!before || !after) return;
    const current = state.get();
    const { grid } = before.seen;
    const changed = whatChanged(before.seen, after.seen, current, touchedPatches(after.mask, after.squares, grid));
    const query = cellAt(current.at, ...grid);
    const real = before.model !== STAND_IN;
    const fixed = real ? Number(root.dataset.maximum) : ABSOLUTE_MAXIMUM;
    const absolute = current.scale === "absolute";
    const maximum = absolute ? fixed : Math.max(...Array.from(changed.before), ...Array.from(changed.after));
    for (const side of SIDES) {
      shown[side] = changed[side];
      maps[side].draw({ grid, values: changed[side], query, maximum });
    }
    for (const legend of root.querySelectorAll(".legend")) showLegend(legend, maximum, absolute);
    root.dataset.shows = before.photo;

    const chosenCount = after.mask.reduce((sum, is) => sum + is, 0);
    const told = chosenCount === 0 ? "none" : after.how === "shuffle" && chosenCount === 1 ? "one" : "changed";
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-case]"))) {
      line.hidden = line.dataset.case !== told;
    }
    find(root, "[data-result]").hidden = told !== "changed";
    fill(root, {
      done: DONE[/** @type {keyof typeof DONE} */ (after.how)],
      "changed-squares": chosenCount,
      "all-squares": after.mask.length,
      row: query.row + 1,
      column: query.col + 1,
      where: real ? `layer ${current.layer + 1}, ${headWords(current.head)}` : "the stand-in",
      moved: changed.moved.toFixed(3),
      "summary-moved": changed.summaryMoved.toFixed(3),
      turned: changed.turned.toFixed(1),
      cosine: changed.cosine.toFixed(3),
      "summary-turned": changed.summaryTurned.toFixed(1),
      "summary-cosine": changed.summaryCosine.toFixed(3),
      "others-turned": Number.isNaN(changed.othersTurned) ? "none is left" : `${changed.othersTurned.toFixed(1)}°`,
      "held-before": changed.heldBefore.toFixed(3),
      "held-after": changed.heldAfter.toFixed(3),
    });
  };

  const onModel = async () => {
    work.abort();
    work = new AbortController();
    for (const part of realOnly) part.hidden = model() === STAND_IN;
    for (const part of standInOnly) part.hidden = model() !== STAND_IN;
    gate.offer(model());
    showWorkspace(gate.isOpen(model()));
    await run();
  };
  /** @param {Event} event */
  const onInput = (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.dataset.model !== undefined) void onModel();
    if (input.dataset.squares !== undefined) {
      const next = Number(input.value);
      mask = onOtherSquares(mask, squares, next);
      squares = next;
      editor.resize(squares);
      onMask();
    }
    if (input.dataset.how !== undefined) onMask();
  };
  /** @param {Event} event */
  const onClick = (event) => {
    const act = /** @type {HTMLElement} */ (event.currentTarget).dataset.act;
    mask = Uint8Array.from(mask, (is) => (act === "clear" ? 0 : 1 - is));
    onMask();
    live.textContent = `${count()} of ${mask.length} squares ${DONE[how()]}`;
  };
  const buttons = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-act]")]);
  root.addEventListener("input", onInput);
  for (const button of buttons) button.addEventListener("click", onClick);
  const unsubscribe = state.subscribe((current, changed) => {
    if (changed.has("photo")) {
      work.abort();
      work = new AbortController();
      void run();
    } else if (before?.photo === current.photo) draw();
  });
  editor.resize(squares);
  // Choices may have been made before this code was here.
  void onModel();

  return {
    async begin() {
      if (!(await gate.open(model()))) return;
      showWorkspace(true);
      await run();
    },
    destroy() {
      work.abort();
      unsubscribe();
      controls.destroy();
      editor.destroy();
      for (const side of SIDES) maps[side].destroy();
      root.removeEventListener("input", onInput);
      for (const button of buttons) button.removeEventListener("click", onClick);
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
