import assert from "node:assert/strict";
import { test } from "node:test";

import { softmaxRow } from "../../site_templates/js/attention.js";
import * as real from "../../site_templates/js/real-vit.js";
import { near } from "./near.js";

/** WIDTH is more than four and no multiple of it: both ways of summing are used. */
const [HEADS, WIDTH, TOKENS] = [2, 6, 5];

/** Numbers of no pattern, the same on every run. */
const pack = (shape = [2, HEADS, WIDTH, TOKENS]) => ({
  name: "layer",
  shape,
  data: Float32Array.from({ length: 2 * HEADS * WIDTH * TOKENS }, (_, index) => 3 * Math.sin(1 + index * index)),
});

/** (N, N) by the formula, one number at a time. */
function attention({ data }, head) {
  const at = (part, channel, token) => data[((part * HEADS + head) * WIDTH + channel) * TOKENS + token];
  return Array.from({ length: TOKENS }, (_, i) =>
    softmaxRow(
      Array.from({ length: TOKENS }, (_, j) => {
        let dot = 0;
        for (let channel = 0; channel < WIDTH; channel += 1) dot += at(0, channel, i) * at(1, channel, j);
        return dot / Math.sqrt(WIDTH);
      }),
      1,
    ),
  );
}

test("a row is the softmax of its query's scores, in every head", () => {
  const packed = pack();
  const layer = real.layerOf(packed);
  for (let token = 0; token < TOKENS; token += 1) {
    const rows = real.rowsOf(layer, token);
    for (let head = 0; head < HEADS; head += 1) {
      near(real.headOf(rows, String(head), HEADS), attention(packed, head)[token]);
    }
  }
});

test("a column is what every row gives to one token", () => {
  const packed = pack();
  const layer = real.layerOf(packed);
  for (let token = 0; token < TOKENS; token += 1) {
    const columns = real.columnsOf(layer, token);
    for (let head = 0; head < HEADS; head += 1) {
      near(real.headOf(columns, String(head), HEADS), attention(packed, head).map((row) => row[token])); // prettier-ignore
    }
  }
});

test("large scores neither overflow nor vanish", () => {
  const loud = pack();
  loud.data = loud.data.map((value) => 40 * value);
  const row = real.headOf(real.rowsOf(real.layerOf(loud), 1), "0", HEADS);
  near([row.reduce((sum, weight) => sum + weight)], [1]);
});

test("the mean of heads is a map like theirs", () => {
  const rows = real.rowsOf(real.layerOf(pack()), 3);
  const [one, two] = ["0", "1"].map((head) => real.headOf(rows, head, HEADS));
  near(real.headOf(rows, "mean", HEADS), one.map((weight, index) => (weight + two[index]) / 2)); // prettier-ignore
});

test("the same pack is the same layer; another shape is refused by its numbers", () => {
  const packed = pack();
  assert.equal(real.layerOf(packed), real.layerOf(packed));
  assert.throws(() => real.layerOf(pack([2, HEADS, WIDTH, TOKENS + 1])), /\(2, 2, 6, 6\)/);
});

test("CLS's rows come with the photo, all else from the layer; a missing file gives no maps", () => {
  const packed = pack();
  const rows = { name: "cls", shape: [2, HEADS, TOKENS], data: Float32Array.from({ length: 2 * HEADS * TOKENS }, (_, index) => index) };
  const files = { dinov2_vits14_cls: rows, dinov2_vits14_layer_02: packed };
  assert.deepEqual([...real.mapsOf(files, 1, 0, "to")], [...rows.data.subarray(HEADS * TOKENS)]);
  assert.deepEqual(real.mapsOf(files, 1, 2, "to"), real.rowsOf(real.layerOf(packed), 2));
  assert.ok(real.isSlow(files, 1, "by"));
  assert.deepEqual(real.mapsOf(files, 1, 0, "by"), real.columnsOf(real.layerOf(packed), 0));
  assert.ok(!real.isSlow(files, 1, "by"));
  assert.equal(real.mapsOf(files, 0, 2, "to"), null);
  assert.deepEqual([real.fileFor(1, 0, "to"), real.fileFor(1, 0, "by")], ["dinov2_vits14_cls", "dinov2_vits14_layer_02"]);
  assert.deepEqual(real.filesFor(1, 0, "to"), ["dinov2_vits14_cls"]);
  assert.deepEqual(real.filesFor(1, 0, "by"), ["dinov2_vits14_cls", "dinov2_vits14_layer_02"]);
  assert.deepEqual(real.filesFor(1, 9, "by"), ["dinov2_vits14_layer_02"]);
});

test("files are named as people count layers", () => {
  assert.equal(real.layerFile(0), "dinov2_vits14_layer_01");
  assert.equal(real.layerFile(11), "dinov2_vits14_layer_12");
});
