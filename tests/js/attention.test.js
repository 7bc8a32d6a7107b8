import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import * as attention from "../../site_templates/js/attention.js";

const TOLERANCE = 1e-6;

/** Written by tests/golden_attention.py, with the NumPy reference. */
function golden() {
  const folder = process.env.GOLDEN_DIR;
  assert.ok(folder, "GOLDEN_DIR must name the folder that tests/golden_attention.py wrote to");
  return JSON.parse(readFileSync(join(folder, "attention.json"), "utf8"));
}

/**
 * @param {ArrayLike<number>} actual
 * @param {number[]} expected
 */
function assertClose(actual, expected) {
  assert.equal(actual.length, expected.length);
  Array.from(actual).forEach((value, index) => {
    assert.ok(Math.abs(value - expected[index]) <= TOLERANCE, `[${index}]: ${value}, expected ${expected[index]}`);
  });
}

/**
 * @param {readonly ArrayLike<number>[]} actual
 * @param {number[][]} expected
 */
function assertRowsClose(actual, expected) {
  assert.equal(actual.length, expected.length);
  actual.forEach((row, index) => assertClose(row, expected[index]));
}

test("layer normalisation agrees with NumPy", () => {
  const { features, layer_norm: expected } = golden();
  assertRowsClose(attention.layerNorm(features), expected);
});

test("logits and softmax agree with NumPy", () => {
  const { features, layer_norm: tokens, logits: expected, layer_norm_logits: normalised, softmax } = golden();
  assertRowsClose(attention.logits(features, features), expected);
  // Where queries are not known to be the keys, every pair is asked.
  assert.deepEqual(attention.logits([...features], features), attention.logits(features, features));
  assertRowsClose(attention.logits(tokens, tokens), normalised);
  for (const [temperature, weights] of Object.entries(softmax)) {
    assertRowsClose(attention.softmax(expected, Number(temperature)), weights);
  }
});

test("the effective number agrees with NumPy", () => {
  const { softmax, effective_number: expected } = golden();
  for (const [temperature, numbers] of Object.entries(expected)) {
    assertClose(softmax[temperature].map(attention.effectiveNumber), numbers);
  }
});

test("the sine-cosine code agrees with NumPy on a grid that is not square", () => {
  const { rows, cols, dim, values } = golden().sine_cosine;
  assert.notEqual(rows, cols);
  assertRowsClose(attention.sineCosinePositions(rows, cols, dim), values);
});

test("softmax sums to 1, survives large scores and refuses a temperature that is not above 0", () => {
  const weights = attention.softmaxRow([1e4, 1e4 - 1, -1e4], 1);
  assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-15);
  assert.ok(Math.abs(weights[0] / weights[1] - Math.E) < 1e-12);
  assert.throws(() => attention.softmaxRow([1, 2], 0), RangeError);
  assert.throws(() => attention.softmaxRow([1, 2], Number.NaN), RangeError);
});

test("the effective number is N for equal weights and 1 for one weight", () => {
  assert.ok(Math.abs(attention.effectiveNumber(Array(49).fill(1 / 49)) - 49) < 1e-9);
  assert.equal(attention.effectiveNumber([0, 1, 0]), 1);
});

test("tokens of a variant: features, normalised, normalised with positions", () => {
  const features = attention.toRows(Float32Array.from({ length: 24 }, (_, index) => (index * 7) % 5), 4);
  assert.equal(features.length, 6);
  assert.equal(attention.tokens(features, "raw", 1, [2, 3]), features);
  const normalised = attention.tokens(features, "layernorm", 1, [2, 3]);
  assertRowsClose(normalised, attention.layerNorm(features).map((row) => [...row]));
  const placed = attention.tokens(features, "layernorm_position", 0.5, [2, 3]);
  const positions = attention.sineCosinePositions(2, 3, 4);
  placed.forEach((row, token) => {
    assertClose(row, [...normalised[token]].map((value, index) => value + 0.5 * positions[token][index]));
  });
  assert.throws(() => attention.toRows(new Float32Array(7), 4), RangeError);
  assert.throws(() => attention.sineCosinePositions(2, 2, 6), RangeError);
});

test("a column is what all rows give to one token", () => {
  assert.deepEqual([...attention.column([[1, 2, 3], [4, 5, 6]], 2)], [3, 6]); // prettier-ignore
});

test("the largest weights come first, equal ones in reading order", () => {
  assert.deepEqual(attention.topK([0.1, 0.4, 0.1, 0.4], 3), [
    { token: 1, weight: 0.4 },
    { token: 3, weight: 0.4 },
    { token: 0, weight: 0.1 },
  ]);
});

test("neighbours are the cells that touch, also in a corner", () => {
  const weights = Array.from({ length: 12 }, (_, token) => 2 ** token); // 3 rows of 4
  assert.equal(attention.neighbourShare(weights, 0, 4), 2 ** 1 + 2 ** 4 + 2 ** 5);
  assert.equal(attention.neighbourShare(weights, 5, 4), 2 ** 12 - 1 - [3, 5, 7, 11].reduce((sum, n) => sum + 2 ** n, 0));
});
