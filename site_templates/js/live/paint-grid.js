/**
 * Squares of a photo to be chosen: by a click, by drawing over them, or by keyboard. A stroke that begins on a chosen square
 * takes squares away, any other adds them. Holds no mask: it asks and tells.
 */

import { createCellGrid } from "../cell-grid.js";
import { find } from "../elements.js";
import { IMAGE_SIZE, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { createPatchMarks } from "../patch-marks.js";

/**
 * @param {HTMLElement} box holds `[data-marks]` and `[data-cells]` over a picture
 * @param {object} options
 * @param {number} options.squares along a side
 * @param {(square: number) => boolean} options.isChosen
 * @param {(square: number, chosen: boolean) => void} options.onChoose
 * @returns {{resize: (squares: number) => void, refresh: () => void, destroy: () => void}} refresh: the mask has changed
 */
export function createPaintGrid(box, { squares, isChosen, onChoose }) {
  const cover = find(box, "[data-cells]");
  const marks = createPatchMarks(find(box, "[data-marks]"));
  const outline = find(box, "[data-chosen]");
  /** @type {boolean | null} what the stroke under way does */
  let adds = null;
  let stroked = false;

  /** @param {import("../patch-grid.js").Cell} cell */
  const squareOf = ({ row, col }) => tokenOf(row, col, squares);
  const cells = createCellGrid(cover, {
    rows: squares,
    cols: squares,
    label: box.dataset.label ?? "",
    describe: (cell) => `${placeWords(cell)}, ${isChosen(squareOf(cell)) ? "changed" : "as it is"}`,
    isSelected: (cell) => isChosen(squareOf(cell)),
    onPick: (cell) => {
      onChoose(squareOf(cell), !isChosen(squareOf(cell)));
      cells.select(cell);
    },
    onRead: (cell) => marks.reading(cell, IMAGE_SIZE / squares),
  });

  /** The square under a pointer; null outside of the picture. @param {PointerEvent} event */
  const squareUnder = (event) => {
    const { left, top, width, height } = cover.getBoundingClientRect();
    const col = Math.floor(((event.clientX - left) / width) * squares);
    const row = Math.floor(((event.clientY - top) / height) * squares);
    return col < 0 || row < 0 || col >= squares || row >= squares ? null : tokenOf(row, col, squares);
  };
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (adds === null) return;
    // A quick stroke passes over squares between two frames.
    for (const passed of event.getCoalescedEvents?.() ?? [event]) {
      const square = squareUnder(passed);
      if (square !== null && isChosen(square) !== adds) onChoose(square, adds);
    }
  };
  /** @param {PointerEvent} event */
  const onDown = (event) => {
    const square = squareUnder(event);
    if (event.button !== 0 || square === null) return;
    adds = !isChosen(square);
    stroked = true;
    cover.setPointerCapture(event.pointerId);
    onChoose(square, adds);
  };
  const onUp = () => {
    adds = null;
    cells.refresh();
  };
  /** The stroke has done what the click that ends it would do. @param {MouseEvent} event */
  const onClick = (event) => {
    if (stroked) event.stopImmediatePropagation();
    stroked = false;
  };
  cover.setAttribute("aria-multiselectable", "true");
  cover.addEventListener("pointerdown", onDown);
  cover.addEventListener("pointermove", onMove);
  cover.addEventListener("pointerup", onUp);
  cover.addEventListener("pointercancel", onUp);
  cover.addEventListener("click", onClick, { capture: true });

  const refresh = () => {
    const side = IMAGE_SIZE / squares;
    let path = "";
    for (let square = 0; square < squares * squares; square += 1) {
      const { row, col } = rowColOf(square, squares);
      if (isChosen(square)) path += `M${col * side} ${row * side}h${side}v${side}h${-side}z`;
    }
    outline.setAttribute("d", path);
    cells.refresh();
  };
  return {
    resize(count) {
      squares = count;
      cells.resize(squares, squares);
      marks.lines(IMAGE_SIZE / squares);
      refresh();
    },
    refresh,
    destroy() {
      cells.destroy();
      cover.removeEventListener("pointerdown", onDown);
      cover.removeEventListener("pointermove", onMove);
      cover.removeEventListener("pointerup", onUp);
      cover.removeEventListener("pointercancel", onUp);
      cover.removeEventListener("click", onClick, { capture: true });
    },
  };
}
