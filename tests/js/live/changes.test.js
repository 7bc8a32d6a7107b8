import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cosine,
  meanToken,
  totalVariation,
  turned,
  turnedTokens,
  verdictOf,
} from "../../../site_templates/js/live/changes.js";

test("total variation is half of all differences", () => {
  assert.equal(totalVariation([0.5, 0.5, 0], [0.5, 0.5, 0]), 0);
  assert.equal(totalVariation([1, 0], [0, 1]), 1);
  assert.ok(Math.abs(totalVariation([0.5, 0.3, 0.2], [0.25, 0.35, 0.4]) - 0.25) < 1e-12);
});

test("vectors of one direction are alike, whatever their lengths; a vector of noughts has turned nowhere", () => {
  assert.ok(Math.abs(cosine([1, 2, 3], [2, 4, 6]) - 1) < 1e-12);
  assert.ok(Math.abs(turned([1, 0], [0, 5]) - 90) < 1e-9);
  assert.ok(Math.abs(turned([1, 0], [1, 1]) - 45) < 1e-9);
  assert.ok(Math.abs(turned([3, 1], [-3, -1]) - 180) < 1e-5);
  assert.equal(cosine([0, 0], [1, 2]), 1);
  // Rounding may carry a cosine past 1, whose arc does not exist.
  assert.equal(Number.isNaN(turned([0.1, 0.3], [0.1, 0.3])), false);
});

test("tokens turn one by one", () => {
  const before = Float32Array.of(1, 0, 0, 1, 2, 2);
  const after = Float32Array.of(1, 0, 1, 0, 1, 0);
  assert.deepEqual([...turnedTokens(before, after, 2)].map((value) => Math.round(value)), [0, 90, 45]);
});

test("the mean token is the mean of each number", () => {
  assert.deepEqual([...meanToken(Float32Array.of(1, 10, 3, 20, 5, 30), 2)], [3, 20]);
});

test("maps agree from 0.7 and disagree below 0.3", () => {
  assert.deepEqual([0.95, 0.7, 0.69, 0.3, 0.29, 0, -0.8].map(verdictOf), [
    "agree", "agree", "partly", "partly", "disagree", "disagree", "disagree",
  ]); // prettier-ignore
});
