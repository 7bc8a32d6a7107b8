import assert from "node:assert/strict";
import { test } from "node:test";

import { chanceOverlap, overlap, pool, spearman } from "../../site_templates/js/map-agreement.js";
import { near } from "./near.js";

test("the overlap by chance is its mean over all orders", () => {
  const [a, b] = [[0.5, 0.3, 0.2], [0.1, 0.7, 0.2]];
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  const mean = orders.map((order) => overlap(a, order.map((index) => b[index]))).reduce((sum, value) => sum + value) / 6;
  near([chanceOverlap(a, b)], [mean]);
});

test("pooling divides a patch on a boundary by area, leaves CLS out and keeps the rest whole", () => {
  // One line of 3 patches on 2 cells: the middle one lies half in each.
  near(pool([0.5, 0.1, 0.2, 0.2], [1, 3], [1, 2]), [0.4, 0.6]);
  const even = pool(new Array(257).fill(1 / 257), [16, 16], [7, 7]);
  near(even, new Array(49).fill(1 / 49));
});

test("overlap is 1 for equal maps, 0 for maps apart", () => {
  near([overlap([0.25, 0.75], [0.25, 0.75]), overlap([1, 0], [0, 1]), overlap([0.5, 0.5], [0.2, 0.8])], [1, 0, 0.7]);
});

test("Spearman's correlation sees order only, and shares ranks", () => {
  near([spearman([1, 2, 3], [10, 200, 201]), spearman([1, 2, 3], [3, 2, 1])], [1, -1]);
  near([spearman([1, 1, 2], [1, 2, 3])], [Math.sqrt(3) / 2]);
  assert.equal(spearman([1, 1, 1], [1, 2, 3]), 0);
});
