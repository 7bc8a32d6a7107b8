import assert from "node:assert/strict";
import { test } from "node:test";

import { ABSOLUTE_MAXIMUM, createColormap, position } from "../../site_templates/js/colormap.js";

/** A map whose index-th colour is (index, 255 - index, 7): its shade can be read off the colour. */
const HEX = Array.from({ length: 256 }, (_, index) => [index, 255 - index, 7].map(twoDigits).join("")).join("");

/** @param {number} value */
function twoDigits(value) {
  return value.toString(16).padStart(2, "0");
}

test("a weight's place on the scale is the square root of its share of the maximum, clipped", () => {
  assert.equal(position(0, 0.5), 0);
  assert.equal(position(0.125, 0.5), 0.5);
  assert.equal(position(0.5, 0.5), 1);
  assert.equal(position(0.9, 0.5), 1);
  assert.equal(position(-1e-18, 0.5), 0);
});

test("shades are those of colormap.shade in Python", () => {
  const map = createColormap(HEX);
  const cases = [
    [0, 0], [1 / 49, 52], [0.1, 114], [0.25, 180], [0.301, 198], [0.5, 255], [0.7, 255],
  ]; // prettier-ignore
  for (const [weight, shade] of cases) {
    assert.deepEqual(map.color(weight, ABSOLUTE_MAXIMUM), [shade, 255 - shade, 7], `weight ${weight}`);
  }
  assert.equal(map.css(0.5, 0.5), "rgb(255 0 7)");
});

test("a map of the wrong length is refused", () => {
  assert.throws(() => createColormap(HEX.slice(6)), /256 colours, got 255/);
  assert.throws(() => createColormap(`zz${HEX.slice(2)}`), RangeError);
});
