import assert from "node:assert/strict";
import { test } from "node:test";

import { closeness, moved, rounded, sides, turned, withCloseness, zoomed } from "../../site_templates/js/live/crop-box.js";

/** Not square, so that no width can pass for a height. */
const SIZE = { width: 1200, height: 800 };
const BOX = { x: 300, y: 200, side: 400, quarterTurns: 0 };

/**
 * Where a point of the turned square lies in the upright picture, by a rotation written another way: corner by corner.
 * @param {typeof BOX} box
 * @param {number} right share
 * @param {number} down share
 */
function placeOf({ x, y, side, quarterTurns }, right, down) {
  let [u, v] = [right, down];
  // One clockwise quarter turn takes (a, b) to (1 - b, a): undo them one by one.
  for (let turn = 0; turn < quarterTurns; turn += 1) [u, v] = [v, 1 - u];
  return [x + u * side, y + v * side];
}

test("the square moves the way the reader pushes it, however it is turned", () => {
  for (const quarterTurns of [0, 1, 2, 3]) {
    const box = { ...BOX, quarterTurns };
    for (const [right, down] of [[0.1, 0], [0, 0.1], [-0.1, 0.05]]) {
      const to = moved(box, SIZE, right, down);
      assert.deepEqual(placeOf(to, 0, 0).map(Math.round), placeOf(box, right, down).map(Math.round));
    }
  }
});

test("the point under the finger stays under it while zooming", () => {
  for (const quarterTurns of [0, 1, 2, 3]) {
    const box = { ...BOX, quarterTurns };
    for (const fixed of /** @type {[number, number][]} */ ([[0.5, 0.5], [0.2, 0.7], [1, 0]])) {
      const closer = zoomed(box, SIZE, 0.5, fixed);
      assert.equal(closer.side, 200);
      const [before, after] = [placeOf(box, ...fixed), placeOf(closer, ...fixed)];
      after.forEach((value, axis) => assert.ok(Math.abs(value - before[axis]) < 1e-9, `${quarterTurns} ${fixed}`));
    }
  }
});

test("the square never leaves the picture", () => {
  for (const quarterTurns of [0, 1, 2, 3]) {
    for (const [right, down] of [[9, 9], [-9, -9], [9, -9]]) {
      const { x, y, side } = moved({ ...BOX, quarterTurns }, SIZE, right, down);
      assert.ok(x >= 0 && y >= 0 && x + side <= SIZE.width && y + side <= SIZE.height);
    }
  }
  const corner = { x: 1000, y: 600, side: 200, quarterTurns: 0 };
  assert.deepEqual(zoomed(corner, SIZE, 100), { x: 400, y: 0, side: 800, quarterTurns: 0 });
});

test("it is never larger than the picture, nor smaller than there is sense in", () => {
  assert.deepEqual(sides(SIZE), { least: 50, most: 800 });
  assert.deepEqual(sides({ width: 300, height: 90 }), { least: 32, most: 90 });
  assert.deepEqual(sides({ width: 32, height: 40 }), { least: 32, most: 32 });
  assert.equal(zoomed(BOX, SIZE, 1e-6).side, 50);
});

test("closeness runs from 0 to 1 in equal steps, and back", () => {
  assert.equal(closeness({ ...BOX, side: 800 }, SIZE), 0);
  assert.equal(closeness({ ...BOX, side: 50 }, SIZE), 1);
  assert.equal(closeness({ ...BOX, side: 200 }, SIZE), 0.5);
  for (const value of [0, 0.3, 0.5, 1]) {
    assert.ok(Math.abs(closeness(withCloseness(BOX, SIZE, value), SIZE) - value) < 1e-12);
  }
  const only = { width: 32, height: 32 };
  assert.equal(closeness({ x: 0, y: 0, side: 32, quarterTurns: 0 }, only), 0);
  assert.equal(withCloseness({ x: 0, y: 0, side: 32, quarterTurns: 0 }, only, 1).side, 32);
});

test("four quarter turns are none", () => {
  assert.deepEqual([1, 2, 3, 4].reduce((box) => turned(box), BOX), BOX);
  assert.equal(turned(BOX).quarterTurns, 1);
});

test("rounded to whole pixels it is still inside", () => {
  const box = { x: 399.6, y: 0.4, side: 800, quarterTurns: 3 };
  assert.deepEqual(rounded(box, SIZE), { x: 400, y: 0, side: 800, quarterTurns: 3 });
  assert.deepEqual(rounded({ x: 700.5, y: 300.5, side: 499.5, quarterTurns: 0 }, SIZE), { x: 700, y: 300, side: 500, quarterTurns: 0 });
});
