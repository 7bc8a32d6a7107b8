/** The photo as a sentence: the CLS token first, then its patches in reading order, each with the code of its place. */

import { wireControls } from "../controls.js";
import { fill, find, noteShown, setAttributes } from "../elements.js";
import { addressOf, photoById } from "../manifest.js";
import { cellAt, centerOf, patchGrid, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { PLACES, tokenWindow } from "../token-window.js";

/** Cells of one code in the build's sheet of codes: four lines of eight numbers. */
const CODE = { width: 8, height: 4 };

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest } = context;
  const list = find(root, "[data-tokens]");
  const items = /** @type {HTMLElement[]} */ ([...list.children]);
  const live = find(root, "[data-spoken]");
  const controls = wireControls(root, context);
  if (items.length !== PLACES) throw new Error(`The token sequence has ${items.length} places when ${PLACES} are needed.`);

  const chosen = () => {
    const { at, patchSize } = state.get();
    const { rows, cols, tokens } = patchGrid(patchSize);
    const cell = cellAt(at, rows, cols);
    return { ...cell, rows, cols, tokens, patchSize, token: tokenOf(cell.row, cell.col, cols) };
  };
  /** @param {number} token */
  const choose = (token) => {
    const { rows, cols, tokens } = chosen();
    const { row, col } = rowColOf(Math.min(tokens - 1, Math.max(0, token)), cols);
    state.set({ at: centerOf(row, col, rows, cols) });
  };

  const show = () => {
    const now = chosen();
    const photo = photoById(manifest, state.get().photo);
    noteShown(root, photo);
    const sheet = list.getAttribute(`data-sheet-${now.patchSize}`) ?? "";
    tokenWindow(now.tokens, now.token).forEach((place, index) => {
      const item = items[index];
      item.dataset.kind = place.kind;
      if (place.kind === "gap") {
        fill(item, { hidden: place.hidden });
        setAttributes(item, { role: "presentation" });
        item.removeAttribute("aria-label");
        item.removeAttribute("aria-selected");
        delete item.dataset.shown;
        return;
      }
      if (place.kind === "cls") return;
      showToken(item, place.token, now.cols, now.patchSize, addressOf(photo.crop), sheet);
      setAttributes(item, { "aria-selected": String(place.token === now.token) });
      if (place.token === now.token) list.setAttribute("aria-activedescendant", item.id);
    });
    fill(root, {
      row: now.row + 1,
      column: now.col + 1,
      number: now.token + 1,
      tokens: now.tokens,
      sequence: now.tokens + 1,
    });
  };

  /** @param {KeyboardEvent} event */
  const onKeydown = (event) => {
    const { token, tokens } = chosen();
    /** @type {Record<string, number>} */
    const moves = {
      ArrowLeft: token - 1,
      ArrowUp: token - 1,
      ArrowRight: token + 1,
      ArrowDown: token + 1,
      Home: 0,
      End: tokens - 1,
    };
    if (!(event.key in moves) || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose(moves[event.key]);
    const now = chosen();
    live.textContent = `token ${now.token + 1}: ${placeWords(now)}`;
  };
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-token]"));
    if (item?.dataset.kind === "patch") choose(Number(item.dataset.token));
  };

  setAttributes(list, { role: "listbox", tabindex: 0 });
  items.forEach((item, index) => {
    item.id = `token-place-${index}`;
    item.setAttribute("role", "option");
    // The build marks the chosen token for readers without scripts; an option says it otherwise.
    item.removeAttribute("aria-current");
  });
  setAttributes(items[0], { "aria-disabled": "true", "aria-selected": "false" });
  list.addEventListener("keydown", onKeydown);
  list.addEventListener("click", onClick);
  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("photo") || changed.has("at") || changed.has("patchSize")) show();
  });
  show();
  return {
    destroy() {
      unsubscribe();
      controls.destroy();
      list.removeEventListener("keydown", onKeydown);
      list.removeEventListener("click", onClick);
    },
  };
}

/**
 * Points a place's two windows at the token: its patch in the photo, and its code in the sheet of codes.
 * @param {HTMLElement} item
 * @param {number} token 0-based
 * @param {number} cols
 * @param {number} patchSize px of the crop
 * @param {string} photo address of the 224 px crop
 * @param {string} sheet address of the codes of this grid
 */
function showToken(item, token, cols, patchSize, photo, sheet) {
  const shown = [token, cols, photo].join(" ");
  if (item.dataset.shown === shown) return;
  item.dataset.shown = shown;
  const { row, col } = rowColOf(token, cols);
  item.dataset.token = String(token);
  setAttributes(item, { role: "option", "aria-label": `token ${token + 1}: ${placeWords({ row, col })}` });
  fill(item, { "place-number": token + 1 });
  setAttributes(find(item, "[data-tile]"), { viewBox: `${col * patchSize} ${row * patchSize} ${patchSize} ${patchSize}` });
  setAttributes(find(item, "[data-tile] img"), { src: photo });
  setAttributes(find(item, "[data-code]"), {
    viewBox: `${col * CODE.width} ${row * CODE.height} ${CODE.width} ${CODE.height}`,
  });
  const image = find(item, "[data-code] img");
  setAttributes(image, { src: sheet, width: cols * CODE.width, height: cols * CODE.height });
}
