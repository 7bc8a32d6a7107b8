import assert from "node:assert/strict";
import { test } from "node:test";

import { crop, strip, wholeSquare } from "../../../site_templates/js/live/decode.js";
import { createResampler, resample } from "../../../site_templates/js/live/resample.js";

const SIDE = 37;

/** Pixel (row, col) of a square without any symmetry. */
const pixel = (row, col) => [(7 * row + 3 * col) % 256, (row * col) % 256, (5 * row) % 256];

/** (side, side, 3), turned clockwise one quarter after another. */
function turned(turns) {
  let read = pixel;
  for (let turn = 0; turn < turns; turn += 1) {
    const before = read;
    read = (row, col) => before(SIDE - 1 - col, row);
  }
  return Uint8Array.from(Array.from({ length: SIDE * SIDE }, (_, index) => read(Math.floor(index / SIDE), index % SIDE)).flat());
}

/** What a canvas would hold of a part of the square. */
function pixelsOf({ left, top, wide, high }) {
  return Uint8ClampedArray.from(
    Array.from({ length: wide * high }, (_, index) => [...pixel(top + Math.floor(index / wide), left + (index % wide)), 255]).flat(),
  );
}

for (const turns of [0, 1, 2, 3]) {
  test(`slices of a square turned by ${turns} quarters make the turned square`, () => {
    for (const most of [1, 8, SIDE]) {
      const resampler = createResampler(SIDE, 32);
      for (let first = 0; first < SIDE; first += most) {
        const count = Math.min(most, SIDE - first);
        const part = strip(SIDE, first, count, turns);
        resampler.rows(pixelsOf(part), first, count, part.layout);
      }
      assert.deepEqual(resampler.finish(), resample(turned(turns), SIDE, 32));
    }
  });
}

test("the default crop is Python's, which rounds halves to even", () => {
  assert.deepEqual(wholeSquare(451, 300), { x: 76, y: 0, side: 300, quarterTurns: 0 });
  assert.deepEqual(wholeSquare(427, 640), { x: 0, y: 106, side: 427, quarterTurns: 0 });
  assert.deepEqual(wholeSquare(33, 32), { x: 0, y: 0, side: 32, quarterTurns: 0 });
});

test("a square that is not inside the picture is refused", async () => {
  const opened = { bitmap: null, width: 100, height: 80, format: "PNG", notes: [], convert: null };
  const whole = { x: 10, y: 0, side: 80, quarterTurns: 0 };
  for (const wrong of [{ x: 21 }, { y: 1 }, { x: -1 }, { side: 31 }, { side: 81 }, { x: 0.5 }, { quarterTurns: 0.5 }, { side: NaN }]) {
    await assert.rejects(crop(opened, { ...whole, ...wrong }), RangeError, JSON.stringify(wrong));
  }
});
