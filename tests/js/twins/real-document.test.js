import assert from "node:assert/strict";
import { test } from "node:test";

import { clsRows, realFiles, realIdentity } from "../../../site_templates/js/live/real-document.js";
import { goldenFloats, photos, siteJson, sitePack } from "./golden.js";

const MODEL = "dinov2_vits14";

const document = (id) => siteJson(`data/photos/${id}/${MODEL}.json`);
const standIn = (id) => siteJson(`data/photos/${id}/mobilenet_v2.json`).attention.layernorm.weights;
const identity = () => structuredClone(realIdentity(document(photos()[0].id)));

/** As PyTorch gave it: `run`, or `plain` without positions. */
function golden(id, name) {
  return Object.fromEntries(["tokens", "q", "k", "norms"].map((part) => [part, goldenFloats(`${id}/${name}_${part}.bin`)]));
}

/** Drives the work to its end -> the files, and how far it said it was. */
function finished(work) {
  const told = [];
  for (;;) {
    const { done, value } = work.next();
    if (done) return { files: value, told };
    told.push(value);
  }
}

/**
 * The same keys in the same order, the same texts; numbers may differ by one in their last of three digits, where rounding fell
 * on the other side. -> [numbers, of which differ].
 */
function compare(got, expected, path) {
  if (typeof expected === "number") {
    const unit = 10 ** (Math.floor(Math.log10(Math.abs(expected) || 1)) - 2);
    assert.ok(Math.abs(got - expected) <= 1.01 * unit, `${path}: ${got}, published ${expected}`);
    return [1, Number(got !== expected)];
  }
  if (expected === null || typeof expected !== "object") {
    assert.equal(got, expected, path);
    return [0, 0];
  }
  assert.deepEqual(Object.keys(got), Object.keys(expected), path);
  assert.equal(Array.isArray(got), Array.isArray(expected), path);
  return Object.keys(expected)
    .map((key) => compare(got[key], expected[key], `${path}.${key}`))
    .reduce(([numbers, differ], [more, others]) => [numbers + more, differ + others], [0, 0]);
}

/** -> the share of numbers that differ, none by more than a step. */
function assertSteps(got, expected, step) {
  assert.deepEqual([got.name, got.shape, got.data.length], [expected.name, expected.shape, expected.data.length]);
  assert.ok(got.data instanceof Float32Array);
  let differ = 0;
  got.data.forEach((value, index) => {
    const distance = Math.abs(value - expected.data[index]);
    if (!(distance <= step)) assert.fail(`${got.name}[${index}]: ${value}, published ${expected.data[index]}`);
    if (distance > 0) differ += 1;
  });
  return differ / got.data.length;
}

test("PyTorch's queries and keys make the published files", async (t) => {
  const shared = identity();
  for (const { id } of photos()) {
    const [run, plain] = [golden(id, "run"), golden(id, "plain")];
    const { files, told } = finished(realFiles(id, run, shared, { plain, standIn: standIn(id) }));
    assert.deepEqual(told.map(({ done, of }) => [done, of]), told.map((_, index) => [index + 1, 4 * 12 + 6]));
    const published = document(id);
    const [numbers, differ] = compare(files[MODEL], published, id);
    t.diagnostic(`${id}: ${differ} of ${numbers} numbers in the document differ in the last digit`);
    assert.ok(differ < numbers / 200);
    const layers = (prefix, numbersOf) => numbersOf.map((number) => `${MODEL}_${prefix}layer_${String(number).padStart(2, "0")}`);
    const qk = [...layers("", Array.from({ length: 12 }, (_, layer) => layer + 1)), ...layers("no_positions_", [1, 4, 8, 12])];
    const weights = ["cls", "rollout", "no_positions_cls"].map((name) => `${MODEL}_${name}`);
    assert.deepEqual(new Set(Object.keys(files)), new Set([MODEL, ...weights, ...qk]));
    for (const name of qk) {
      assert.ok(assertSteps(files[name], await sitePack(`data/photos/${id}/${name}.bin`), 2 ** -7) < 0.01, name);
    }
    for (const name of weights) {
      assert.ok(assertSteps(files[name], await sitePack(`data/photos/${id}/${name}.bin`), 2 ** -15) < 0.01, name);
    }
  }
});

test("CLS's rows come at once, and are those of the file", async () => {
  const [{ id }] = photos();
  const rows = clsRows(golden(id, "run"), identity());
  assert.ok(assertSteps(rows, await sitePack(`data/photos/${id}/${MODEL}_cls.bin`), 2 ** -15) < 0.01);
});

test("what maps are drawn from comes before anything is measured", () => {
  const [{ id }] = photos();
  const work = realFiles("own-1", golden(id, "run"), identity(), { standIn: standIn(id) });
  let names = [];
  for (let step = 0; step < 12; step += 1) names = Object.keys(work.next().value.files);
  const layers = Array.from({ length: 12 }, (_, layer) => `${MODEL}_layer_${String(layer + 1).padStart(2, "0")}`);
  assert.deepEqual(names, [`${MODEL}_cls`, ...layers]);
});

test("without a second run, only what rests on it is left out", () => {
  const [{ id }] = photos();
  const { files, told } = finished(realFiles("own-1", golden(id, "run"), identity(), { standIn: standIn(id) }));
  assert.equal(told.length, 3 * 12 + 6);
  const { positions_off: _, ...rest } = { ...document(id), photo: "own-1" };
  compare(files[MODEL], rest, "own-1");
  assert.ok(!Object.keys(files).some((name) => name.includes("no_positions")));
});

test("a run of another shape is refused", () => {
  const run = { ...golden(photos()[0].id, "run"), q: new Float32Array(7) };
  assert.throws(() => clsRows(run, identity()), /got 7, /);
  assert.throws(() => realFiles("own-1", run, identity(), { standIn: [] }).next(), RangeError);
});
