import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../../site_templates/js/real-vit.js";
import { aboutTaking, linkTo, toCsv, toJson } from "../../../site_templates/js/live/take-formats.js";
import { takingOf } from "../../../site_templates/js/live/takings.js";
import { defaults } from "../../../site_templates/js/state.js";
import { MANIFEST } from "../manifest.js";

const matrix = [[0.7, 0.1, 0.1, 0.1], [0.2, 0.4, 0.3, 0.1], [0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]]; // prettier-ignore
const DOCUMENT = {
  photo: "cat",
  grid: [2, 2],
  position_alpha: 1,
  logits: { layernorm: matrix, raw: matrix },
  attention: { layernorm: { temperature: 4, weights: matrix }, raw: { temperature: 1, weights: matrix } },
  cls: { logits: {}, attention: { layernorm: { temperature: 4, weights: [0.4, 0.3, 0.2, 0.1] } } },
};

/** Two heads, four numbers, a CLS and four patches. */
const LAYER = {
  name: "layer",
  shape: [2, 2, 4, 5],
  data: Float32Array.from({ length: 80 }, (_, index) => Math.sin(index)),
};
const CLS = { name: "cls", shape: [2, 2, 5], data: Float32Array.from({ length: 20 }, (_, index) => index / 100) };

const file = (/** @type {string} */ path) => ({ path, bytes: 1, version: "0", twin: true });
const PHOTO = {
  ...{ id: "cat", title: "A cat, asleep", author: "Ann", licence: "CC0", licence_url: "https://example.org/l" },
  ...{ source_url: "https://example.org/s", crop_box: [0, 0, 10, 10] },
  files: {
    mobilenet_v2: file("cat.json"),
    dinov2_vits14_cls: file("cls.bin"),
    dinov2_vits14_layer_01: file("layer.bin"),
    dinov2_vits14_layer_02: file("layer.bin"),
  },
};
const LIVE = { ...PHOTO, id: "own-1", title: "Your photo", live: true, files: { mobilenet_v2: file("cat.json") } };
const manifest = /** @type {any} */ ({ ...MANIFEST, photos: [PHOTO, LIVE] });

const PROVENANCE = {
  citation: "Cite us.",
  models: Object.fromEntries(
    ["mobilenet_v2", "dinov2_vits14"].map((name) => [
      name,
      { title: name, kind: "k", checkpoint: "c", weights_sha256: "ab", licence: "l", preprocessing: "p", reference: "" },
    ]),
  ),
};

/** @param {object} [state] */
function source(state = {}) {
  return /** @type {any} */ ({
    manifest,
    state: { ...defaults(manifest), photo: "cat", at: [200, 80], ...state },
    loader: {
      json: async () => DOCUMENT,
      pack: async (/** @type {{path: string}} */ { path }) => (path === "cls.bin" ? CLS : LAYER),
    },
    dataset: { rows: "2", cols: "2", heads: "2", layers: "2", maximum: "0.1", coarseMaximum: "0.5" },
  });
}

test("the attention figure gives the row of its query, and the column when it is asked the other way", async () => {
  const to = await takingOf("attention", source());
  assert.equal(to.stem, "cat-mobilenet-v2-row1-column2");
  assert.deepEqual(to.lines, [[0, 1, 1, 0.2], [1, 1, 2, 0.4], [2, 2, 1, 0.3], [3, 2, 2, 0.1]]);
  assert.deepEqual(to.maps[0].query, { row: 0, col: 1 });
  assert.equal(to.maps[0].maximum, 0.5);
  const by = await takingOf("attention", source({ direction: "by", scale: "stretched" }));
  assert.equal(by.stem, "cat-mobilenet-v2-row1-column2-attended-by");
  assert.deepEqual(by.lines.map((line) => line[3]), [0.1, 0.4, 0.25, 0.2]);
  assert.deepEqual([by.maps[0].maximum, by.legend.open], [0.4, false]);
});

test("file names tell what departs from the usual", async () => {
  assert.equal((await takingOf("attention", source({ variant: "raw", temperature: 1 }))).stem, "cat-mobilenet-v2-row1-column2-raw-t1");
  assert.equal((await takingOf("attention-matrix", source({ temperature: 2 }))).stem, "cat-mobilenet-v2-matrix-layernorm-t2");
  assert.equal((await takingOf("cls-stand-in", source())).stem, "cat-mobilenet-v2-cls");
  assert.equal((await takingOf("head-map", source({ layer: 0 }))).stem, "cat-dinov2-vits14-layer1-mean-row1-column2");
  assert.equal((await takingOf("head-map", source({ layer: 0, head: "1", asker: "cls" }))).stem, "cat-dinov2-vits14-layer1-head2-cls");
});

test("the matrix has a line a query and a column a key", async () => {
  const { columns, lines } = await takingOf("attention-matrix", source());
  assert.deepEqual(columns, ["query", "row1-column1", "row1-column2", "row2-column1", "row2-column2"]);
  assert.deepEqual(lines[1], ["row1-column2", 0.2, 0.4, 0.3, 0.1]);
});

test("a real map has CLS as its token 0, without a place", async () => {
  const own = await takingOf("head-map", source({ layer: 0, head: "1" }));
  const layer = { heads: 2, width: 4, tokens: 5, query: LAYER.data.subarray(0, 40), key: LAYER.data.subarray(40), totals: null };
  const row = rowsOf(layer, 2).subarray(5);
  assert.deepEqual(own.lines.map((line) => line.slice(0, 3)), [[0, "", ""], [1, 1, 1], [2, 1, 2], [3, 2, 1], [4, 2, 2]]);
  own.lines.forEach((line, token) => assert.ok(Math.abs(Number(line[3]) - row[token]) < 1e-7));
  assert.deepEqual([...own.maps[0].weights], [...row.subarray(1)]);
  const cls = await takingOf("head-map", source({ layer: 1, head: "0", asker: "cls" }));
  assert.deepEqual(cls.lines.map((line) => line[3]), [0.1, 0.11, 0.12, 0.13, 0.14]);
  assert.equal(cls.maps[0].query, null);
});

test("the wall has every head of every layer and each layer's mean, and its picture a row a head", async () => {
  const { columns, lines, maps, across } = await takingOf("head-wall", source({ asker: "cls" }));
  assert.deepEqual(columns.slice(3), [
    "layer1_head1", "layer1_head2", "layer1_mean", "layer2_head1", "layer2_head2", "layer2_mean",
  ]); // prettier-ignore
  assert.deepEqual(lines[2], [2, 1, 2, 0.02, 0.07, 0.045, 0.12, 0.17, 0.145]);
  assert.equal(across, 2);
  const third = Array.from(maps[3].weights, (weight) => Number(weight.toFixed(2)));
  const own = await takingOf("head-wall", source({ asker: "cls", scale: "stretched" }));
  assert.equal(own.legend, null);
  assert.ok(Math.abs(own.maps[3].maximum - 0.19) < 1e-7);
  assert.deepEqual(third, [0.16, 0.17, 0.18, 0.19], "the second row is the second head, its second map layer 2");
});

test("both models' maps of one place stand side by side", async () => {
  const { columns, lines, maps, models } = await takingOf("stand-in-or-real", source({ layer: 0 }));
  assert.deepEqual(models, ["mobilenet_v2", "dinov2_vits14"]);
  assert.deepEqual(columns, ["token", "row", "column", "stand_in", "real_pooled"]);
  assert.deepEqual(lines.map((line) => line[3]), matrix[1]);
  assert.ok(Math.abs(lines.reduce((sum, line) => sum + Number(line[4]), 0) - 1) < 1e-6);
  assert.equal(maps.length, 3);
});

test("a photo without the real model's files says what to do", async () => {
  await assert.rejects(takingOf("head-map", source({ photo: "own-1" })), /DINOv2 has not been run on this photo/);
});

test("CSV opens with remarks, then a header and the numbers", async () => {
  const taking = await takingOf("attention", source());
  const about = aboutTaking(taking, PROVENANCE, "https://example.org/lab.html#x");
  const csv = toCsv(taking, about);
  const lines = csv.split("\r\n");
  const remarks = lines.filter((line) => line.startsWith("# "));
  for (const part of ["# title: A cat, asleep: what row 1, column 2 attends to", "# view.temperature: 4", "# view.query.column: 2",
    "# photo.author: Ann", "# models.0.weights_sha256: ab", "# models.0.preprocessing: p", "# citation: Cite us.",
    "# link: https://example.org/lab.html#x"]) assert.ok(remarks.includes(part), part); // prettier-ignore
  assert.deepEqual(lines.slice(remarks.length), ["token,row,column,weight", "0,1,1,0.2", "1,1,2,0.4", "2,2,1,0.3", "3,2,2,0.1", ""]);
});

test("a cell with a comma or a quote is quoted", () => {
  const taking = /** @type {any} */ ({ columns: ["a", "b"], lines: [["one, two", 'say "x"']] });
  assert.equal(toCsv(taking, /** @type {any} */ ({})), 'a,b\r\n"one, two","say ""x"""\r\n');
});

test("JSON holds the same", async () => {
  const taking = await takingOf("attention", source());
  const about = aboutTaking(taking, PROVENANCE, null);
  const parsed = JSON.parse(toJson(taking, about));
  assert.deepEqual(parsed, JSON.parse(JSON.stringify({ ...about, columns: taking.columns, rows: taking.lines })));
  assert.equal(parsed.models[0].weights_sha256, "ab");
  assert.equal("link" in parsed, false);
});

test("a live photo is in no link, and has no author to name", async () => {
  const state = { ...defaults(manifest), photo: "own-1" };
  assert.equal(linkTo("https://example.org/lab.html", "figure-attention", state, manifest), null);
  const about = aboutTaking(await takingOf("attention", source({ photo: "own-1" })), PROVENANCE, null);
  assert.deepEqual(about.photo, { title: "Your photo" });
  assert.match(about.computed, /live/);
});

test("a link holds the figure and every choice that is not the usual one", () => {
  const state = { ...defaults(manifest), at: /** @type {[number, number]} */ ([20, 30]), variant: /** @type {const} */ ("raw") };
  assert.equal(
    linkTo("https://example.org/lab.html", "figure-attention", state, manifest),
    "https://example.org/lab.html#figure-attention?at=20,30&variant=raw",
  );
});
