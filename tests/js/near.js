import assert from "node:assert/strict";

/** Two rows of as many numbers, place by place no farther apart than the tolerance. */
export const near = (got, expected, tolerance = 1e-9) => {
  assert.equal(got.length, expected.length);
  got.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < tolerance, `${index}: ${value}, ${expected[index]}`));
};
