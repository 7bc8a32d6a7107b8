import assert from "node:assert/strict";
import { test } from "node:test";

import { compared, occlude, turnsOf } from "../../../site_templates/js/live/occlusion.js";
import { whatChanged } from "../../../site_templates/js/live/what-changed.js";

const PIXELS = Uint8Array.from({ length: 224 * 224 * 3 }, (_, index) => (index % 3 === 0 ? 200 : 10));

/**
 * A model of two patches: their vectors turn with the first px of the left and of the right half.
 * @param {Uint8Array} pixels
 */
function look(pixels) {
  const [left, right] = [pixels[0] / 255, pixels[3 * 200] / 255];
  const patches = Float32Array.of(1, left, 1, right);
  return /** @type {any} */ ({ grid: [1, 2], width: 2, patches, summary: [1, (left + right) / 2] });
}

test("each square is hidden in turn, alone, and told as it goes", async () => {
  /** @type {number[]} */
  const steps = [];
  let hidden = 0;
  const found = await occlude(
    async (pixels) => {
      hidden += pixels.filter((value, index) => value !== PIXELS[index]).length;
      return look(pixels);
    },
    // Red everywhere but in one px, so that the mean colour differs from it.
    PIXELS.with(0, 100),
    look(PIXELS.with(0, 100)),
    { squares: 7, how: "grey", onStep: ({ done }) => steps.push(done) },
  );
  assert.deepEqual(steps, Array.from({ length: 49 }, (_, index) => index + 1));
  assert.ok(hidden > 0);
  const left = turnsOf(found, 0);
  const right = turnsOf(found, 1);
  // Only the square with the first px turns the left vector, only the one with px 200 the right one.
  assert.deepEqual([...left.keys()].filter((square) => left[square] > 0), [0]);
  assert.deepEqual([...right.keys()].filter((square) => right[square] > 0), [6]);
  assert.deepEqual([...turnsOf(found, "cls").keys()].filter((square) => turnsOf(found, "cls")[square] > 0), [0, 6]);
});

test("squares not hidden yet turn nothing, and a run that fails ends it", async () => {
  let runs = 0;
  /** @type {any} */
  let last = null;
  const failing = occlude(
    async (pixels) => {
      runs += 1;
      if (runs === 3) throw new Error("No memory.");
      return look(pixels);
    },
    PIXELS,
    look(PIXELS),
    { squares: 7, how: "blank", onStep: (so) => (last = so) },
  );
  await assert.rejects(failing, /No memory/);
  assert.equal(last.done, 2);
  assert.deepEqual([...turnsOf(last, 1).subarray(2)], Array(47).fill(0));
});

test("attention and occlusion are compared by rank, without the asker's own square", () => {
  const weights = [0.5, 0.2, 0.15, 0.1, 0.05];
  const result = compared(weights, [40, 4, 3, 2, 1], 0);
  assert.equal(result.correlation, 1);
  assert.equal(result.count, 4);
  assert.deepEqual(result.favourite, { square: 1, weight: 0.2, degrees: 4, rank: 1 });
  const other = compared(weights, [40, 1, 2, 3, 4], 0);
  assert.equal(other.correlation, -1);
  assert.deepEqual(other.favourite, { square: 1, weight: 0.2, degrees: 1, rank: 4 });
  assert.deepEqual(other.strongest, { square: 4, weight: 0.05, degrees: 4, rank: 4 });
  assert.equal(compared(weights, [5, 4, 3, 2, 1], null).count, 5);
});

/** @param {number[]} patches @param {number[][]} rows */
const seen = (patches, rows) =>
  /** @type {any} */ ({
    grid: [1, 2],
    width: 2,
    patches: Float32Array.from(patches),
    summary: patches.slice(0, 2),
    row: (/** @type {unknown} */ _, /** @type {number | "cls"} */ asker) => rows[asker === "cls" ? 2 : asker],
    onPatches: (/** @type {number[]} */ row) => row.slice(1),
  });

test("what changed is told of the asking patch, of the summary and of the patches left alone", () => {
  const before = seen([1, 0, 0, 1], [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0, 0.5, 0.5]]);
  const after = seen([1, 0, 1, 1], [[0.2, 0.5, 0.3], [0.2, 0.4, 0.4], [0, 1, 0]]);
  const state = /** @type {any} */ ({ at: [200, 100] });
  const changed = whatChanged(before, after, state, Uint8Array.of(1, 0));
  assert.deepEqual(changed.before, [0.1, 0.8]);
  assert.ok(Math.abs(changed.moved - 0.4) < 1e-12);
  assert.equal(changed.summaryMoved, 0.5);
  assert.ok(Math.abs(changed.turned - 45) < 1e-4);
  assert.ok(Math.abs(changed.cosine - Math.SQRT1_2) < 1e-6);
  assert.equal(changed.summaryTurned, 0);
  assert.ok(Math.abs(changed.othersTurned - 45) < 1e-4);
  assert.deepEqual([changed.heldBefore, changed.heldAfter], [0.1, 0.4]);
  assert.ok(Number.isNaN(whatChanged(before, after, state, Uint8Array.of(1, 1)).othersTurned));
});
