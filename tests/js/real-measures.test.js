import assert from "node:assert/strict";
import { test } from "node:test";

import {
  brightest,
  effectivePatches,
  extremes,
  heightOf,
  lengthSpread,
  logarithmic,
  patchShares,
  recipeOf,
  relativeLengths,
  rolloutStep,
} from "../../site_templates/js/real-measures.js";

/** Numbers that test_real_measures_views.py has too. */
const ROW = [0.5, 0.1, 0.3, 0.05, 0.05];
const NORMS = [9, 2, 4, 3, 8];

test("a step of a recipe is its own row of the pack", () => {
  const pack = { name: "r", shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, index) => index) };
  assert.deepEqual([...rolloutStep(pack, 0, 0)], [0, 1, 2, 3]);
  assert.deepEqual([...rolloutStep(pack, 1, 2)], [20, 21, 22, 23]);
  assert.throws(() => rolloutStep(pack, 2, 0), /recipe 2/);
  assert.throws(() => rolloutStep(pack, 0, 3), /step 3/);
});

test("a recipe is found by what it does, not by where it stands", () => {
  const recipes = [
    { fusion: "max", discard: 0, published: false },
    { fusion: "mean", discard: 0.9, published: false },
    { fusion: "mean", discard: 0, published: true },
  ];
  assert.equal(recipeOf(recipes, "mean", 0), 2);
  assert.equal(recipeOf(recipes, "mean", 0.9), 1);
  assert.throws(() => recipeOf(recipes, "min", 0), /fusion min/);
});

test("patches are told in even shares of all tokens, CLS among them", () => {
  assert.deepEqual([...patchShares(ROW)], [0.5, 1.5, 0.25, 0.25]);
});

test("the brightest patch is the first of the greatest", () => {
  assert.deepEqual(brightest([0.5, 1.5, 0.25, 1.5], 2), { row: 0, col: 1, shares: 1.5 });
  assert.deepEqual(brightest([0, 0, 3, 1], 2), { row: 1, col: 0, shares: 3 });
});

test("CLS's own part does not count among the effective patches", () => {
  assert.ok(Math.abs(effectivePatches([0.2, 0.2, 0.2, 0.2]) - 4) < 1e-12);
  assert.ok(Math.abs(effectivePatches([0, 7, 0, 0]) - 1) < 1e-12);
});

test("lengths are multiples of the median patch's, and CLS is no patch", () => {
  assert.deepEqual([...relativeLengths(NORMS)], [2 / 3.5, 4 / 3.5, 3 / 3.5, 8 / 3.5]);
  assert.deepEqual([...relativeLengths([9, 2, 4, 3])], [2 / 3, 4 / 3, 1]);
  assert.deepEqual(lengthSpread(NORMS), [2 / 3.5, 8 / 3.5]);
});

test("lengths are sorted as numbers", () => {
  assert.deepEqual([...relativeLengths([1, 10, 9, 100])], [1, 0.9, 10]);
});

test("an axis of tens puts 10 halfway to 100, and nothing below 1", () => {
  assert.deepEqual([0, 1, 10, 100].map((value) => logarithmic(value, 100)), [0, 0, 0.5, 1]);
});

test("the extreme heads are told by layer and head", () => {
  const { least, greatest } = extremes([[5, 2], [9, 2], [1.5, 9]]); // prettier-ignore
  assert.deepEqual(least, { layer: 2, head: 0, value: 1.5 });
  assert.deepEqual(greatest, { layer: 1, head: 0, value: 9 });
});

test("a plot's heights count from its top", () => {
  assert.equal(heightOf(0, 160, 340), "340.00");
  assert.equal(heightOf(160, 160, 340), "0.00");
  assert.equal(heightOf(40, 160, 340), "255.00");
});
