import assert from "node:assert/strict";
import { test } from "node:test";

import { toInput } from "../../../site_templates/js/live/preprocess.js";
import { createResampler, resample } from "../../../site_templates/js/live/resample.js";
import { goldenBytes, goldenFloats, goldenJson, photos } from "./golden.js";

/** As in tests/golden_twins.py. */
function pattern(name, side) {
  return Uint8Array.from({ length: side * side * 3 }, (_, index) => {
    const hashed = Math.imul(index, 2654435761) >>> 0;
    return name === "noise" ? hashed >>> 24 : 255 * (hashed >>> 31);
  });
}

for (const { pattern: name, side, file } of goldenJson("resample.json")) {
  test(`${name} of ${side} px becomes what Pillow makes of it`, () => {
    assert.deepEqual(resample(pattern(name, side), side), goldenBytes(file));
  });
}

test("the site's photos become the published pixels", () => {
  for (const { id, side } of photos()) {
    assert.deepEqual(resample(goldenBytes(`${id}/square.bin`), side), goldenBytes(`${id}/pixels.bin`), id);
  }
});

test("rows may come in any layout, a few at a time and in any order", () => {
  const side = 300;
  const pixels = pattern("noise", side);
  const expected = resample(pixels, side);
  // With a fourth number to a pixel, and lying on its side: down a column is along the row.
  const turned = new Uint8ClampedArray(side * side * 4);
  for (let row = 0; row < side; row += 1) {
    for (let col = 0; col < side; col += 1) {
      turned.set(pixels.subarray(3 * (row * side + col), 3 * (row * side + col) + 3), 4 * (col * side + row));
    }
  }
  const resampler = createResampler(side);
  resampler.rows(turned, 170, 130, { start: 4 * 170, across: 4 * side, down: 4 });
  resampler.rows(turned, 0, 170, { start: 0, across: 4 * side, down: 4 });
  assert.deepEqual(resampler.finish(), expected);
});

test("a square of the right size is left alone", () => {
  const pixels = pattern("noise", 224);
  assert.deepEqual(resample(pixels, 224), pixels);
});

test("pixels that are no square are refused", () => {
  assert.throws(() => resample(new Uint8Array(10), 2), RangeError);
});

test("what the models are given is Python's, bit for bit", () => {
  for (const { id } of photos()) {
    assert.deepEqual(toInput(goldenBytes(`${id}/pixels.bin`)), goldenFloats(`${id}/input.bin`), id);
  }
});
