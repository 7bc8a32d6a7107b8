/** How alike the codes of two places are: one place's fixed sine-cosine code against every other's. */

import { sineCosinePositions } from "../attention.js";
import { wireControls } from "../controls.js";
import { fill, find, rgbOf } from "../elements.js";
import { IMAGE_SIZE, cellAt, patchGrid, placeWords, tokenOf } from "../patch-grid.js";
import { createPatchPicker } from "../patch-picker.js";
import { createPixels } from "../pixels.js";
import { createWeightTable } from "../weight-table.js";

/** Numbers in a code: the width of ViT-B, so that the map is the one a model of that size would start from. */
const WIDTH = 768;

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, colormap } = context;
  const map = find(root, "[data-map]");
  const vector = find(root, "[data-vector]");
  const paintMap = createPixels(map);
  const paintVector = createPixels(vector);
  const floor = Number(map.dataset.floor);
  const tint = rgbOf(vector.dataset.tint ?? "");
  const table = createWeightTable(find(root, "[data-weights]"));
  const controls = wireControls(root, context);
  const codes = codesByPatchSize();
  /** @type {Float64Array} likeness of the chosen place with every place, (rows*cols,) */
  let likeness = new Float64Array(0);

  const size = () => patchGrid(state.get().patchSize);
  /** @param {import("../patch-grid.js").Cell} cell */
  const describe = (cell) =>
    `${placeWords(cell)}, likeness ${(likeness[tokenOf(cell.row, cell.col, size().cols)] ?? 0).toFixed(3)}`;
  const picker = createPatchPicker(root, state, {
    label: "Likeness of every place's code to the chosen one's",
    describe,
    onRead: (cell) => showReading(cell ?? cellAt(state.get().at, size().rows, size().cols)),
  });

  /** @param {import("../patch-grid.js").Cell} cell */
  const showReading = ({ row, col }) => {
    fill(root, {
      "read-row": row + 1,
      "read-column": col + 1,
      likeness: likeness[tokenOf(row, col, size().cols)].toFixed(3),
    });
  };

  const show = () => {
    const { at, patchSize } = state.get();
    const { rows, cols } = size();
    const cell = cellAt(at, rows, cols);
    const rowsOfCodes = codes(patchSize);
    const own = rowsOfCodes[tokenOf(cell.row, cell.col, cols)];
    likeness = Float64Array.from(rowsOfCodes, (code) => cosine(own, code));
    paintMap(cols, rows, (index) => {
      const share = Math.max(0, (likeness[index] - floor) / (1 - floor));
      // Squared, since the map reads weights by their root and likenesses are shown in proportion.
      return [...colormap.color(share * share, 1), 255];
    });
    paintVector(WIDTH / 4, 4, (index) => [...tint, Math.round((255 * (own[index] + 1)) / 2)]);
    picker.show();
    const least = likeness.indexOf(Math.min(...likeness));
    fill(root, {
      row: cell.row + 1,
      column: cell.col + 1,
      grid: `${rows} × ${cols}`,
      "least-row": Math.floor(least / cols) + 1,
      "least-column": (least % cols) + 1,
      least: likeness[least].toFixed(3),
    });
    showReading(cell);
    table.show(likeness, null, cols);
  };

  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("at") || changed.has("patchSize")) show();
  });
  show();
  return {
    destroy() {
      unsubscribe();
      picker.destroy();
      controls.destroy();
    },
  };
}

/** @returns {(patchSize: number) => ArrayLike<number>[]} computes each grid's codes once */
function codesByPatchSize() {
  /** @type {Map<number, ArrayLike<number>[]>} */
  const known = new Map();
  return (patchSize) => {
    const found = known.get(patchSize) ?? sineCosinePositions(IMAGE_SIZE / patchSize, IMAGE_SIZE / patchSize, WIDTH);
    known.set(patchSize, found);
    return found;
  };
}

/**
 * Every sine-cosine code of D numbers has the squared length D / 2: a sine and a cosine of each angle.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function cosine(a, b) {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index] * b[index];
  return sum / (a.length / 2);
}
