/**
 * The bar that follows the reader: the photo, and the query's row and column in the grid of the figure being read. A figure
 * says which grid that is with `data-grid="patches"` or a model's name; all others speak of the stand-in's.
 */

import { cellAt, patchGrid } from "./patch-grid.js";

/** @typedef {import("./main.js").Context} Context */

/**
 * Wires `[data-bar-photo]` radios, and fills `[data-bar-row]`, `[data-bar-column]` and `[data-bar-grid]`.
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {Iterable<HTMLElement>} figures those whose grids the bar may speak of
 * @returns {{destroy: () => void}}
 */
export function mountBar(root, { state, manifest }, figures) {
  const radios = /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("[data-bar-photo]"));
  const standIn = manifest.models.find((entry) => entry.available) ?? manifest.models[0];
  let spoken = "";

  const show = () => {
    const { photo, at, patchSize } = state.get();
    for (const radio of radios) radio.checked = radio.value === photo;
    const patches = spoken === "patches";
    const model = manifest.models.find((entry) => entry.name === spoken) ?? standIn;
    const { rows, cols } = patches ? patchGrid(patchSize) : { rows: model.grid[0], cols: model.grid[1] };
    const cell = cellAt(at, rows, cols);
    text("[data-bar-row]", cell.row + 1);
    text("[data-bar-column]", cell.col + 1);
    text("[data-bar-grid]", patches ? `patches of ${patchSize} px, ${rows} × ${cols}` : `${model.title}, ${rows} × ${cols}`);
  };
  /** @param {string} selector @param {string | number} value */
  const text = (selector, value) => {
    for (const element of root.querySelectorAll(selector)) element.textContent = String(value);
  };

  /** @param {Event} event */
  const onInput = (event) => {
    const radio = /** @type {HTMLInputElement} */ (event.target);
    if (radio.matches("[data-bar-photo]") && radio.checked) state.set({ photo: radio.value });
  };

  // The band in the middle of the screen is where people read; a figure that crosses it decides.
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        spoken = /** @type {HTMLElement} */ (target).dataset.grid ?? "";
      }
      show();
    },
    { rootMargin: "-40% 0px -40% 0px" },
  );
  for (const figure of figures) watcher.observe(figure);

  root.addEventListener("input", onInput);
  const unsubscribe = state.subscribe(show);
  show();
  return {
    destroy() {
      unsubscribe();
      watcher.disconnect();
      root.removeEventListener("input", onInput);
    },
  };
}
