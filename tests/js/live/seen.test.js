import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../../site_templates/js/real-vit.js";
import { layerOfRun, seenByReal, seenByStandIn } from "../../../site_templates/js/live/seen.js";
import { standInDocument } from "../../../site_templates/js/live/stand-in-document.js";

/** Numbers without a pattern, the same in every run. @param {number} count @param {number} spread */
const numbers = (count, spread) =>
  Float32Array.from({ length: count }, (_, index) => spread * Math.sin(12.9898 * index + 78.233 * (index % 7)));

const CHOICES = /** @type {const} */ ({ temperature: 4, layer: 0, head: "mean" });

test("the stand-in's rows are those of the document that the build publishes", () => {
  const features = numbers(49 * 1280, 2).map((value) => Math.max(0, value));
  const identity = /** @type {any} */ ({
    ...{ model: "m", checkpoint: "c", weights_sha256: "0", grid: [7, 7], feature_dim: 1280, definition: "d" },
    ...{ temperatures: { raw: 1, layernorm: 4, layernorm_position: 4 }, position_alpha: 0.5 },
  });
  const document = standInDocument("p", features, identity);
  const seen = seenByStandIn(features, [7, 7], 0.5);
  for (const variant of /** @type {const} */ (["raw", "layernorm", "layernorm_position"])) {
    const { temperature, weights } = document.attention[variant];
    for (const token of [0, 24, 48]) {
      const row = seen.row({ ...CHOICES, variant, temperature }, token);
      weights[token].forEach((weight, index) => assert.ok(Math.abs(weight - row[index]) < 1e-8, `${variant} ${token}`));
    }
    const summary = seen.row({ ...CHOICES, variant, temperature }, "cls");
    document.cls.attention[variant].weights.forEach((weight, index) => assert.ok(Math.abs(weight - summary[index]) < 1e-8));
  }
  assert.deepEqual([seen.width, seen.patches.length, seen.summary.length], [1280, 49 * 1280, 1280]);
});

const RUN = {
  tokens: numbers(257 * 384, 1),
  q: numbers(12 * 6 * 257 * 64, 1),
  k: numbers(12 * 6 * 257 * 64, 0.7),
};

/** q . k / 8, softmax, straight from the run's arrays. @param {number} layer @param {number} head @param {number} token */
function direct(layer, head, token) {
  const start = (layer * 6 + head) * 257 * 64;
  const scores = Array.from({ length: 257 }, (_, other) => {
    let sum = 0;
    for (let n = 0; n < 64; n += 1) sum += RUN.q[start + token * 64 + n] * RUN.k[start + other * 64 + n];
    return Math.exp(sum / 8);
  });
  const total = scores.reduce((sum, score) => sum + score, 0);
  return scores.map((score) => score / total);
}

test("a real head's row is its softmax, and the mean's the mean of six", () => {
  const seen = seenByReal(RUN);
  const one = seen.row({ variant: "raw", temperature: 1, layer: 7, head: "2" }, 10);
  direct(7, 2, 11).forEach((weight, index) => assert.ok(Math.abs(weight - one[index]) < 1e-9));
  const mean = seen.row({ variant: "raw", temperature: 1, layer: 3, head: "mean" }, "cls");
  const heads = [0, 1, 2, 3, 4, 5].map((head) => direct(3, head, 0));
  Array.from(mean).forEach((weight, index) => {
    assert.ok(Math.abs(weight - heads.reduce((sum, head) => sum + head[index], 0) / 6) < 1e-9);
  });
  assert.equal(seen.onPatches(mean).length, 256);
  assert.equal(seen.onPatches(mean)[0], mean[1]);
});

test("CLS is the first token, and no patch", () => {
  const seen = seenByReal(RUN);
  assert.deepEqual(Array.from(seen.summary).slice(0, 3), [...RUN.tokens.subarray(0, 3)]);
  assert.deepEqual([...seen.patches.subarray(0, 3)], [...RUN.tokens.subarray(384, 387)]);
  assert.equal(seen.patches.length, 256 * 384);
});

test("a layer of a run reads as a published one", () => {
  const rows = rowsOf(layerOfRun(RUN, 11), 200);
  direct(11, 5, 200).forEach((weight, index) => assert.ok(Math.abs(weight - rows[5 * 257 + index]) < 1e-9));
});
