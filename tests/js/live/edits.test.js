import assert from "node:assert/strict";
import { test } from "node:test";

import { edited, meanColour, SEED } from "../../../site_templates/js/live/edits.js";
import { permutation } from "../../../site_templates/js/permutation.js";

const SIZE = 224;

/** Every px tells where it stands: red its column, green its row, blue their sum. */
function ramp() {
  const pixels = new Uint8Array(SIZE * SIZE * 3);
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) pixels.set([x, y, (x + y) % 256], 3 * (y * SIZE + x));
  }
  return pixels;
}

/** @param {Uint8Array} pixels @param {number} x @param {number} y */
const at = (pixels, x, y) => [...pixels.subarray(3 * (y * SIZE + x), 3 * (y * SIZE + x) + 3)];

/** @param {number} count @param {...number} chosen */
const mask = (count, ...chosen) => Uint8Array.from({ length: count }, (_, square) => Number(chosen.includes(square)));

test("the mean colour is each channel's mean, rounded", () => {
  assert.deepEqual(meanColour(Uint8Array.of(0, 10, 255, 1, 10, 254)), [1, 10, 255]);
  // 0 to 223: 111.5, rounded up.
  assert.deepEqual(meanColour(ramp()).slice(0, 2), [112, 112]);
});

test("blanked squares have the mean colour, and all others are as they were", () => {
  const pixels = ramp();
  const mean = [...meanColour(pixels)];
  const blank = edited(pixels, mask(49, 8, 48), 7, "blank");
  for (const [x, y] of [[32, 32], [63, 63], [40, 50], [192, 192], [223, 223]]) assert.deepEqual(at(blank, x, y), mean);
  for (const [x, y] of [[31, 32], [32, 31], [64, 40], [40, 64], [191, 223], [0, 0]]) {
    assert.deepEqual(at(blank, x, y), [x, y, (x + y) % 256], `${x},${y}`);
  }
  assert.deepEqual(pixels, ramp(), "the photo itself stays as it is");
});

test("grey squares keep each px's luma", () => {
  const grey = edited(ramp(), mask(256, 17), 16, "grey");
  const luma = Math.round(0.299 * 20 + 0.587 * 15 + 0.114 * 35);
  assert.deepEqual(at(grey, 20, 15), [luma, luma, luma]);
  assert.deepEqual(at(grey, 28, 15), [28, 15, 43]);
});

test("shuffled squares change places in the order of the fixed seed, whole", () => {
  const chosen = [0, 3, 24, 25, 48];
  const shuffled = edited(ramp(), mask(49, ...chosen), 7, "shuffle");
  const order = permutation(SEED, chosen.length);
  assert.notDeepEqual(order, [0, 1, 2, 3, 4]);
  chosen.forEach((to, slot) => {
    const from = chosen[order[slot]];
    for (const [dx, dy] of [[0, 0], [31, 31], [5, 20]]) {
      const seen = at(shuffled, 32 * (to % 7) + dx, 32 * Math.floor(to / 7) + dy);
      const [x, y] = [32 * (from % 7) + dx, 32 * Math.floor(from / 7) + dy];
      assert.deepEqual(seen, [x, y, (x + y) % 256]);
    }
  });
  assert.deepEqual(at(shuffled, 40, 10), [40, 10, 50]);
});

test("an empty mask changes nothing, whatever is done", () => {
  for (const how of /** @type {const} */ (["blank", "grey", "shuffle"])) {
    assert.deepEqual(edited(ramp(), new Uint8Array(196), 14, how), ramp());
  }
});

test("a mask of another grid is refused", () => {
  assert.throws(() => edited(ramp(), new Uint8Array(49), 16, "blank"), /A mask of 49 does not fit 16 x 16 squares/);
  assert.throws(() => edited(ramp(), new Uint8Array(25), 5, "blank"), RangeError);
});
