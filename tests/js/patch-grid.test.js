import assert from "node:assert/strict";
import { test } from "node:test";

import { PATCH_SIZES, cellAt, centerOf, flattenPatch, patchGrid, rowColOf, tokenOf } from "../../site_templates/js/patch-grid.js";

test("the cat's eye at (80, 80) is in the third row and column of a 7 x 7 grid", () => {
  assert.deepEqual(cellAt([80, 80], 7, 7), { row: 2, col: 2 });
});

test("x chooses the column and y the row, in grids that are not square too", () => {
  assert.deepEqual(cellAt([200, 10], 4, 8), { row: 0, col: 7 });
  assert.deepEqual(centerOf(0, 7, 4, 8), [210, 28]);
});

test("points on or beyond the edges belong to the edge's cells", () => {
  assert.deepEqual(cellAt([224, 224], 7, 7), { row: 6, col: 6 });
  assert.deepEqual(cellAt([-1, 500], 7, 7), { row: 6, col: 0 });
  assert.deepEqual(cellAt([32, 31.99], 7, 7), { row: 0, col: 1 });
});

test("a cell's centre is a whole pixel of the same cell, for every cell of every grid", () => {
  for (const side of [3, 5, 7, 9, 14, 16, 28]) {
    for (let row = 0; row < side; row += 1) {
      for (let col = 0; col < side; col += 1) {
        const center = centerOf(row, col, side, side);
        assert.ok(center.every((value) => Number.isInteger(value) && value >= 0 && value < 224));
        assert.deepEqual(cellAt(center, side, side), { row, col });
      }
    }
  }
});

test("tokens count in reading order", () => {
  assert.equal(tokenOf(2, 3, 7), 17);
  assert.deepEqual(rowColOf(17, 7), { row: 2, col: 3 });
  assert.deepEqual(rowColOf(tokenOf(3, 9, 10), 10), { row: 3, col: 9 });
});

test("cutting drops nothing: patches times vector length is all of the photo", () => {
  const expected = { 8: [28, 784, 192], 14: [16, 256, 588], 16: [14, 196, 768], 32: [7, 49, 3072] };
  for (const patchSize of PATCH_SIZES) {
    const { rows, cols, tokens, vectorLength } = patchGrid(patchSize);
    assert.deepEqual([rows, tokens, vectorLength], expected[patchSize]);
    assert.equal(rows, cols);
    assert.equal(tokens * vectorLength, 3 * 224 * 224);
  }
});

test("patches that do not fill the photo are refused with both numbers", () => {
  assert.throws(() => patchGrid(15), /Image side 224 is not a multiple of patch side 15/);
  assert.throws(() => patchGrid(448), RangeError);
});

test("a patch flattens in raster order, red, green and blue of each pixel in turn", () => {
  const pixels = Uint8Array.from({ length: 4 * 4 * 3 }, (_, index) => index);
  const second = flattenPatch(pixels, { row: 1, col: 0 }, 2, 4);
  assert.deepEqual([...second], [24, 25, 26, 27, 28, 29, 36, 37, 38, 39, 40, 41]);
  const whole = [0, 1].flatMap((row) => [0, 1].flatMap((col) => [...flattenPatch(pixels, { row, col }, 2, 4)]));
  assert.deepEqual(whole.toSorted((a, b) => a - b), [...pixels]);
});
