import assert from "node:assert/strict";
import { test } from "node:test";

import { compareShuffled, scientific } from "../../site_templates/js/equivariance.js";
import { createRandom, permutation } from "../../site_templates/js/permutation.js";

const random = createRandom(3);
const FEATURES = Array.from({ length: 9 }, () => Float64Array.from({ length: 16 }, () => random(6000) / 1000));
const OPTIONS = { positionAlpha: 1, grid: /** @type {const} */ ([3, 3]), temperature: 4 };

test("without positions attention permutes with its tokens", () => {
  for (const variant of /** @type {const} */ (["raw", "layernorm"])) {
    const { largest, changed } = compareShuffled(FEATURES, permutation(1, 9), variant, OPTIONS);
    assert.ok(largest < 1e-15, `${variant}: ${largest}`);
    assert.equal(changed, 0);
  }
});

test("with positions it does not", () => {
  const { largest, changed, original, shuffled } = compareShuffled(
    FEATURES,
    permutation(1, 9),
    "layernorm_position",
    OPTIONS,
  );
  assert.ok(largest > 0.01, String(largest));
  assert.ok(changed > 0 && changed <= 9, String(changed));
  assert.equal(original.length, 9);
  assert.equal(shuffled[0].length, 9);
});

test("the order left as it is changes nothing, bit for bit", () => {
  const same = compareShuffled(FEATURES, [0, 1, 2, 3, 4, 5, 6, 7, 8], "layernorm_position", OPTIONS);
  assert.equal(same.largest, 0);
  assert.equal(same.changed, 0);
});

test("small numbers are written for the eye", () => {
  const cases = [
    [0, "0"], [1.3e-15, "1.3 × 10⁻¹⁵"], [1.1102230246251565e-16, "1.1 × 10⁻¹⁶"], [0.00042, "4.2 × 10⁻⁴"],
    [0.125, "0.125"], [1, "1.000"],
  ]; // prettier-ignore
  for (const [value, words] of cases) assert.equal(scientific(/** @type {number} */ (value)), words);
});
