/** The photo under a grid of patches: how many there are, and how long each one's vector is. */

import { createCellGrid } from "../cell-grid.js";
import { wireControls } from "../controls.js";
import { fill, find, noteShown, thousands } from "../elements.js";
import { photoById } from "../manifest.js";
import { cellAt, centerOf, patchGrid, tokenOf } from "../patch-grid.js";
import { createPatchMarks } from "../patch-marks.js";
import { showPicture } from "../picture.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest } = context;
  const picture = find(root, "picture");
  const marks = createPatchMarks(find(root, "[data-marks]"));
  const sizes = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-size]")]);
  const live = find(root, "[data-spoken]");
  const controls = wireControls(root, context);

  const grid = createCellGrid(find(root, "[data-cells]"), {
    ...patchGrid(state.get().patchSize),
    label: "The photo's patches",
    describe: ({ row, col }) => {
      const { rows, cols, tokens } = patchGrid(state.get().patchSize);
      const number = tokenOf(row, col, cols) + 1;
      return `row ${row + 1}, column ${col + 1} of ${rows} by ${cols}: patch ${number} of ${tokens}`;
    },
    onPick: ({ row, col }) => {
      const { rows, cols } = patchGrid(state.get().patchSize);
      state.set({ at: centerOf(row, col, rows, cols) });
    },
    onRead: (cell, how) => {
      marks.reading(cell, state.get().patchSize);
      if (cell && how === "keyboard") live.textContent = `row ${cell.row + 1}, column ${cell.col + 1}`;
    },
  });

  const show = () => {
    const { photo: id, patchSize, at } = state.get();
    const photo = photoById(manifest, id);
    const { rows, cols, tokens, vectorLength } = patchGrid(patchSize);
    const cell = cellAt(at, rows, cols);
    const number = tokenOf(cell.row, cell.col, cols) + 1;
    showPicture(picture, photo.display, photo.alt);
    noteShown(root, photo);
    marks.lines(patchSize);
    marks.query(cell, patchSize);
    marks.reading(null, patchSize);
    grid.resize(rows, cols);
    grid.select(cell);
    fill(root, {
      patchSize,
      grid: `${rows} × ${cols}`,
      tokens,
      vector: thousands(vectorLength),
      row: cell.row + 1,
      column: cell.col + 1,
      number,
    });
    for (const line of sizes) line.toggleAttribute("data-current", line.dataset.size === String(patchSize));
  };
  const unsubscribe = state.subscribe((_, changed) => {
    if (!changed.has("photo") && !changed.has("at") && !changed.has("patchSize")) return;
    show();
    const { patchSize } = state.get();
    const { tokens, vectorLength } = patchGrid(patchSize);
    if (changed.has("patchSize")) live.textContent = `${tokens} patches of ${thousands(vectorLength)} numbers`;
  });
  show();
  return {
    destroy() {
      unsubscribe();
      grid.destroy();
      controls.destroy();
    },
  };
}
