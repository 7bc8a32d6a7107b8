/** The browser's arithmetic equals the build's: every width, patch size and image size that the page offers. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { costOf } from "../../site_templates/js/cost.js";

const golden = JSON.parse(readFileSync(new URL("../golden/cost.json", import.meta.url), "utf8"));

/** {multiplyAdds: 1} -> {multiply_adds: 1}, all the way down. */
function snakeCase(value) {
  if (typeof value !== "object") return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, part]) => [key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), snakeCase(part)]));
}

test("every combination has Python's numbers", () => {
  assert.equal(golden.length, 64);
  for (const { width, depth, embed_dim: embedDim, ...expected } of golden) {
    const got = snakeCase(costOf({ depth, embedDim }, expected.patch_size, expected.image_size));
    assert.deepEqual(got, expected, `${width}/${expected.patch_size} at ${expected.image_size}`);
  }
});

test("ViT-B/16 at 224 has its published size and work", () => {
  const base = costOf({ depth: 12, embedDim: 768 }, 16, 224);
  assert.equal(base.parameters.total, 86_567_656);
  assert.equal((base.multiplyAdds.total / 1e9).toFixed(2), "17.56");
});
