import assert from "node:assert/strict";
import { test } from "node:test";

import { createRandom, permutation, swap } from "../../site_templates/js/permutation.js";

test("the order is the one that tests/test_attention_views.py expects of Python", () => {
  assert.deepEqual(permutation(1, 8), [4, 6, 7, 0, 5, 3, 2, 1]);
  assert.deepEqual(permutation(1, 49).slice(0, 6), [14, 4, 12, 40, 18, 27]);
  assert.deepEqual(permutation(2 ** 32 - 1, 8), [5, 6, 4, 2, 3, 0, 7, 1]);
});

test("every order holds every token once", () => {
  for (const seed of [0, 1, 12345, 2 ** 32 - 1]) {
    assert.deepEqual([...permutation(seed, 49)].sort((a, b) => a - b), Array.from({ length: 49 }, (_, token) => token));
  }
});

test("random integers stay below their bound", () => {
  const random = createRandom(7);
  for (let draw = 0; draw < 1000; draw += 1) {
    const value = random(3);
    assert.ok(Number.isInteger(value) && value >= 0 && value < 3, String(value));
  }
});

test("swap exchanges two slots and nothing else", () => {
  const order = [0, 1, 2, 3];
  swap(order, 0, 3);
  assert.deepEqual(order, [3, 1, 2, 0]);
});
