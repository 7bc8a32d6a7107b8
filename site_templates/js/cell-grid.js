/**
 * A grid of cells laid over a square picture, for pointer and keyboard. It holds one focusable cell that moves, however
 * many cells there are, and says its row and column of the whole to assistive technology.
 *
 * Arrow keys, Home, End, Ctrl+Home and Ctrl+End move the reading cell; Enter or Space picks it. A pointer reads where it
 * hovers and picks where it clicks.
 */

import { setAttributes } from "./elements.js";

/** @typedef {import("./patch-grid.js").Cell} Cell */
/**
 * @typedef {object} CellGridOptions
 * @property {number} rows
 * @property {number} cols
 * @property {string} label of the whole grid, spoken
 * @property {(cell: Cell) => string} describe a cell, in words: spoken
 * @property {(cell: Cell) => void} onPick
 * @property {(cell: Cell) => boolean} [isSelected] where more than the picked cell can be
 * @property {(cell: Cell | null, how: "keyboard" | "pointer") => void} [onRead] null: nothing is being read any more
 */
/**
 * @typedef {object} CellGrid
 * @property {(rows: number, cols: number) => void} resize
 * @property {(cell: Cell) => void} select marks the picked cell, from which the keyboard sets out
 * @property {() => void} refresh what `describe` and `isSelected` answer has changed
 * @property {() => void} destroy
 */

/** @type {Record<string, (cell: Cell, last: Cell, whole: boolean) => Cell>} */
const MOVES = {
  ArrowLeft: ({ row, col }) => ({ row, col: Math.max(0, col - 1) }),
  ArrowRight: ({ row, col }, last) => ({ row, col: Math.min(last.col, col + 1) }),
  ArrowUp: ({ row, col }) => ({ row: Math.max(0, row - 1), col }),
  ArrowDown: ({ row, col }, last) => ({ row: Math.min(last.row, row + 1), col }),
  Home: ({ row }, _last, whole) => ({ row: whole ? 0 : row, col: 0 }),
  End: ({ row }, last, whole) => ({ row: whole ? last.row : row, col: last.col }),
};

/**
 * @param {HTMLElement} element an empty box that covers the picture
 * @param {CellGridOptions} options
 * @returns {CellGrid}
 */
export function createCellGrid(element, { rows, cols, label, describe, onPick, isSelected, onRead = () => {} }) {
  /** @type {Cell} */
  let picked = { row: 0, col: 0 };
  let reading = picked;

  const line = document.createElement("div");
  const box = document.createElement("div");
  setAttributes(line, { role: "row" });
  setAttributes(box, { role: "gridcell", tabindex: 0, class: "cell-grid-cell" });
  line.append(box);
  element.replaceChildren(line);

  const place = () => {
    setAttributes(element, { role: "grid", "aria-label": label, "aria-rowcount": rows, "aria-colcount": cols });
    setAttributes(line, { "aria-rowindex": reading.row + 1 });
    setAttributes(box, {
      "aria-colindex": reading.col + 1,
      "aria-selected": String(isSelected?.(reading) ?? (reading.row === picked.row && reading.col === picked.col)),
      "aria-label": describe(reading),
    });
    box.style.setProperty("left", `${(100 * reading.col) / cols}%`);
    box.style.setProperty("top", `${(100 * reading.row) / rows}%`);
    box.style.setProperty("width", `${100 / cols}%`);
    box.style.setProperty("height", `${100 / rows}%`);
  };

  /** @param {KeyboardEvent} event */
  const onKeydown = (event) => {
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPick(reading);
      return;
    }
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    reading = move(reading, { row: rows - 1, col: cols - 1 }, event.ctrlKey);
    place();
    onRead(reading, "keyboard");
  };

  /** @param {MouseEvent} event */
  const cellUnder = (event) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const col = Math.min(cols - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * cols)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - top) / height) * rows)));
    return { row, col };
  };
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (event.pointerType === "mouse") onRead(cellUnder(event), "pointer");
  };
  const onLeave = () => onRead(null, "pointer");
  /** @param {MouseEvent} event */
  const onClick = (event) => onPick(cellUnder(event));
  const onBlur = () => {
    reading = picked;
    place();
    onRead(null, "keyboard");
  };

  element.addEventListener("keydown", onKeydown);
  element.addEventListener("pointermove", onMove);
  element.addEventListener("pointerleave", onLeave);
  element.addEventListener("click", onClick);
  box.addEventListener("blur", onBlur);
  place();

  return {
    resize(newRows, newCols) {
      [rows, cols] = [newRows, newCols];
      picked = { row: Math.min(picked.row, rows - 1), col: Math.min(picked.col, cols - 1) };
      reading = picked;
      place();
    },
    select(cell) {
      picked = cell;
      reading = cell;
      place();
    },
    refresh: place,
    destroy() {
      element.removeEventListener("keydown", onKeydown);
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerleave", onLeave);
      element.removeEventListener("click", onClick);
      element.replaceChildren();
    },
  };
}
