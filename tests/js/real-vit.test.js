import assert from "node:assert/strict";
import { test } from "node:test";

import { softmaxRow } from "../../site_templates/js/attention.js";
import * as real from "../../site_templates/js/real-vit.js";

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

const near = (got, expected, tolerance = 1e-9) => {
  assert.equal(got.length, expected.length);
  got.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < tolerance, `${index}: ${value}, ${expected[index]}`));
};

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

test("the overlap by chance is its mean over all orders", () => {
  const [a, b] = [[0.5, 0.3, 0.2], [0.1, 0.7, 0.2]];
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  const mean = orders.map((order) => real.overlap(a, order.map((index) => b[index]))).reduce((sum, value) => sum + value) / 6;
  near([real.chanceOverlap(a, b)], [mean]);
});

test("files are named as people count layers", () => {
  assert.equal(real.layerFile(0), "dinov2_vits14_layer_01");
  assert.equal(real.layerFile(11), "dinov2_vits14_layer_12");
});

test("pooling divides a patch on a boundary by area, leaves CLS out and keeps the rest whole", () => {
  // One line of 3 patches on 2 cells: the middle one lies half in each.
  near(real.pool([0.5, 0.1, 0.2, 0.2], [1, 3], [1, 2]), [0.4, 0.6]);
  const even = real.pool(new Array(257).fill(1 / 257), [16, 16], [7, 7]);
  near(even, new Array(49).fill(1 / 49));
});

test("overlap is 1 for equal maps, 0 for maps apart", () => {
  near([real.overlap([0.25, 0.75], [0.25, 0.75]), real.overlap([1, 0], [0, 1]), real.overlap([0.5, 0.5], [0.2, 0.8])], [1, 0, 0.7]);
});

test("Spearman's correlation sees order only, and shares ranks", () => {
  near([real.spearman([1, 2, 3], [10, 200, 201]), real.spearman([1, 2, 3], [3, 2, 1])], [1, -1]);
  near([real.spearman([1, 1, 2], [1, 2, 3])], [Math.sqrt(3) / 2]);
  assert.equal(real.spearman([1, 1, 1], [1, 2, 3]), 0);
});
