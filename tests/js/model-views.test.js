import assert from "node:assert/strict";
import { test } from "node:test";

import { lineMeans, nearest, ofHead } from "../../site_templates/js/model-views.js";

test("a place's row, its column and the rest are told apart, itself left out", () => {
  // The same grid as in tests/test_real_model_views.py; the place is row 1, column 2.
  const likeness = [0, 1, 5, 2, 3, 4, 100, 7, -6, 8, 9, 10]; // 3 rows of 4
  assert.deepEqual(lineMeans(likeness, { row: 1, col: 2 }, 4), {
    row: 14 / 3,
    column: 7,
    elsewhere: 15 / 6,
    least: { row: 2, col: 0, likeness: -6 },
  });
});

test("the nearest kept layer, of two the first", () => {
  const kept = [0, 3, 7, 11];
  assert.deepEqual(
    Array.from({ length: 12 }, (_, layer) => nearest(kept, layer)),
    [0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11],
  );
});

test("one head's value, or the mean of all", () => {
  assert.equal(ofHead([1, 2, 6], "2"), 6);
  assert.equal(ofHead([1, 2, 6], "mean"), 3);
});
