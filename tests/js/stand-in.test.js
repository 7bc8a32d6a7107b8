import assert from "node:assert/strict";
import { test } from "node:test";

import { softmaxRow } from "../../site_templates/js/attention.js";
import { attentionOf, carriedTemperature, summaryOf } from "../../site_templates/js/stand-in.js";

/** Published weights that no softmax gives: whoever returns them has read them, not computed them. */
const document = () => ({
  photo: "p",
  grid: [1, 2],
  position_alpha: 1,
  logits: { layernorm: [[1, 2], [3, 5]] },
  attention: { layernorm: { temperature: 4, weights: [[0.25, 0.75], [0.5, 0.5]] } },
  cls: { logits: { layernorm: [2, 0] }, attention: { layernorm: { temperature: 4, weights: [0.9, 0.1] } } },
}); // prettier-ignore

test("at its own temperature a variant's weights are the published ones", () => {
  const published = document();
  assert.equal(attentionOf(published, "layernorm", 4), published.attention.layernorm.weights);
  assert.equal(summaryOf(published, "layernorm", 4), published.cls.attention.layernorm.weights);
});

test("at another temperature they are the softmax of the published scores", () => {
  const published = document();
  assert.deepEqual(attentionOf(published, "layernorm", 1), [softmaxRow([1, 2], 1), softmaxRow([3, 5], 1)]);
  assert.deepEqual(attentionOf(published, "layernorm", 2), [softmaxRow([1, 2], 2), softmaxRow([3, 5], 2)]);
  assert.deepEqual(summaryOf(published, "layernorm", 1), softmaxRow([2, 0], 1));
});

test("a matrix is computed once, as long as nothing but the query changes", () => {
  const published = document();
  assert.equal(attentionOf(published, "layernorm", 2), attentionOf(published, "layernorm", 2));
});

test("a variant brings its own temperature, unless the reader has set one", () => {
  assert.equal(carriedTemperature(4, 4, 1), 1);
  assert.equal(carriedTemperature(1, 1, 4), 4);
  assert.equal(carriedTemperature(2.83, 4, 1), 2.83);
});
