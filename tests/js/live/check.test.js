import assert from "node:assert/strict";
import { test } from "node:test";

import { check, difference, together } from "../../../site_templates/js/live/check.js";

test("a table is told by its largest difference and its rows' total variation", () => {
  const found = check([[0.5, 0.5], [0.9, 0.1]], [[0.5, 0.5], [0.7, 0.3]]); // prettier-ignore
  assert.equal(found.count, 4);
  assert.ok(Math.abs(found.largest - 0.2) < 1e-12);
  assert.ok(Math.abs(found.mean - 0.1) < 1e-12);
  assert.ok(Math.abs(found.most - 0.2) < 1e-12);
  assert.throws(() => check([[1]], [[0.5, 0.5]]), /1 weights do not compare with 2/);
});

test("tables of different sizes count by their weights", () => {
  const one = { count: 2, largest: 0.1, mean: 0.1, most: 0.1 };
  const other = { count: 6, largest: 0.3, mean: 0.02, most: 0.05 };
  assert.deepEqual(together([one, other]), { count: 8, largest: 0.3, mean: 0.04, most: 0.1 });
});

test("a difference is told with two digits that say something", () => {
  assert.deepEqual([0, 0.0000004, 0.000031, 0.00034, 0.0903, 0.5].map(difference), [
    "0", "less than 0.000001", "0.000031", "0.00034", "0.090", "0.50",
  ]); // prettier-ignore
});
