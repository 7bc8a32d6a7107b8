import assert from "node:assert/strict";
import { test } from "node:test";

import { layMap } from "../../../site_templates/js/live/lit-photo.js";

/** A 2 x 2 px square of one colour. @param {number[]} rgb */
const square = (rgb) => Uint8ClampedArray.from({ length: 16 }, (_, index) => (index % 4 === 3 ? 255 : rgb[index % 4]));

test("a dark map leaves the dimmed photo, in which grey stays grey", () => {
  const rgba = square([200, 200, 200]);
  layMap(rgba, 0, 2, new Uint8ClampedArray(4), { rows: 1, cols: 1 });
  assert.deepEqual([...rgba.slice(0, 4)], [90, 90, 90, 255]);
});

test("a bright map lights it up, and the photo still shows through", () => {
  const rgba = square([100, 100, 100]);
  layMap(rgba, 0, 2, Uint8ClampedArray.of(255, 0, 128, 255), { rows: 1, cols: 1 });
  // 45 + 0.88 * c * (255 - 45) / 255
  assert.deepEqual([...rgba.slice(0, 4)], [230, 45, 138, 255]);
});

test("most of the photo's colour is drained", () => {
  const rgba = square([255, 0, 0]);
  layMap(rgba, 0, 2, new Uint8ClampedArray(4), { rows: 1, cols: 1 });
  const grey = 0.213 * 255;
  assert.deepEqual([...rgba.slice(0, 3)], [0.45 * (grey + 0.3 * (255 - grey)), 0.45 * 0.7 * grey, 0.45 * 0.7 * grey].map(Math.round));
});

test("each cell of the map lies on its own part of the square, also in a slice of it", () => {
  const colors = new Uint8ClampedArray(16);
  colors.set([255, 255, 255, 255], 8); // the lower left cell
  const whole = square([0, 0, 0]);
  layMap(whole, 0, 2, colors, { rows: 2, cols: 2 });
  assert.deepEqual([0, 4, 8, 12].map((at) => whole[at]), [0, 0, 224, 0]);
  const lower = square([0, 0, 0]).slice(8);
  layMap(lower, 1, 2, colors, { rows: 2, cols: 2 });
  assert.deepEqual(lower, whole.slice(8));
});
