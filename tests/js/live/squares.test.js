import assert from "node:assert/strict";
import { test } from "node:test";

import { onOtherSquares, patchAt, touchedPatches } from "../../../site_templates/js/live/squares.js";

/** @param {number} count @param {...number} chosen */
const mask = (count, ...chosen) => Uint8Array.from({ length: count }, (_, square) => Number(chosen.includes(square)));
/** @param {Uint8Array} found */
const chosen = (found) => [...found.keys()].filter((index) => found[index]);

test("a point lies in one patch of each grid", () => {
  assert.equal(patchAt([0, 0], [7, 7]), 0);
  assert.equal(patchAt([80, 80], [7, 7]), 16);
  assert.equal(patchAt([80, 80], [16, 16]), 16 * 5 + 5);
  assert.equal(patchAt([223, 223], [16, 16]), 255);
});

test("on the same grid the masked squares are the touched patches", () => {
  assert.deepEqual(chosen(touchedPatches(mask(49, 3, 48), 7, [7, 7])), [3, 48]);
});

test("a square of 32 px touches nine patches of 14, also those of which it takes a part", () => {
  // px 32 to 63 lie in patches 2 (28 to 41), 3 and 4 (56 to 69).
  const touched = chosen(touchedPatches(mask(49, 8), 7, [16, 16]));
  assert.deepEqual(touched, [2, 3, 4].flatMap((row) => [2, 3, 4].map((col) => 16 * row + col)));
});

test("a patch of 14 px touches up to four squares of 32", () => {
  // px 28 to 41 lie in squares 0 and 1.
  assert.deepEqual(chosen(touchedPatches(mask(256, 16 * 2 + 2), 16, [7, 7])), [0, 1, 7, 8]);
  assert.deepEqual(chosen(touchedPatches(mask(256, 0), 16, [7, 7])), [0]);
});

test("a mask goes on to other squares by their middles, and an empty one stays empty", () => {
  assert.deepEqual(chosen(onOtherSquares(mask(49, 0), 7, 14)), [0, 1, 14, 15]);
  assert.deepEqual(chosen(onOtherSquares(mask(196, 0, 1, 14, 15), 14, 7)), [0]);
  assert.deepEqual(chosen(onOtherSquares(mask(49), 7, 16)), []);
  assert.equal(onOtherSquares(mask(49, ...Array(49).keys()), 7, 16).every((is) => is === 1), true);
});
