import assert from "node:assert/strict";
import { test } from "node:test";

import { createFiles, sizeOf } from "../../../site_templates/js/live/files.js";

const FILE = /** @type {any} */ ({ path: "models/a.onnx", bytes: 4 });
const signal = new AbortController().signal;
const mismatch = () => Object.assign(new Error("spoilt"), { name: "Mismatch" });

/**
 * @param {{kept: boolean, content?: number}[]} visits what each download gives
 */
function world(...visits) {
  const [forgotten, closed] = [[], []];
  let downloads = 0;
  const download = async (file, { sink, onProgress }) => {
    const { kept, content = 1 } = visits[downloads];
    downloads += 1;
    for (let loaded = 2; loaded <= file.bytes; loaded += 2) {
      sink(Uint8Array.of(content, content));
      onProgress(loaded);
    }
    return kept;
  };
  const files = createFiles(download, /** @type {any} */ ({ forget: async (file) => forgotten.push(file) }));
  /** Takes a file, and finds it right when it holds nothing but ones. */
  const begin = () => {
    const got = [];
    let settle;
    const done = new Promise((resolve, reject) => {
      settle = () => (got.every((byte) => byte === 1) ? resolve(got.length) : reject(mismatch()));
    });
    return {
      sink: (bytes) => got.push(...bytes),
      close: () => settle(closed.push("close")),
      abort: () => closed.push("abort"),
      done,
    };
  };
  return { files, begin, forgotten, closed, downloads: () => downloads };
}

test("a file is delivered, and counted as it comes", async () => {
  const { files, begin, closed } = world({ kept: false });
  const told = [];
  const unwatch = files.watch(() => told.push(files.loaded([FILE])));
  let here = false;
  const arrived = files.arrived(FILE).then(() => (here = true));
  assert.equal(await files.deliver(FILE, signal, begin), 4);
  await arrived;
  unwatch();
  assert.deepEqual([told, here, closed], [[2, 4], true, ["close"]]);
  await files.arrived(FILE);
  files.forget();
  assert.equal(files.loaded([FILE]), 0);
  assert.equal(sizeOf([FILE, FILE]), 8);
});

test("what an earlier visit kept and is spoilt is forgotten and fetched again", async () => {
  const { files, begin, forgotten, downloads } = world({ kept: true, content: 7 }, { kept: false });
  assert.equal(await files.deliver(FILE, signal, begin), 4);
  assert.deepEqual(forgotten, [FILE]);
  assert.equal(downloads(), 2);
});

test("what is spoilt on the server is told, and not tried for ever", async () => {
  for (const visits of [[{ kept: false, content: 7 }], [{ kept: true, content: 7 }, { kept: false, content: 7 }]]) {
    const { files, begin, forgotten, downloads } = world(...visits);
    await assert.rejects(files.deliver(FILE, signal, begin), { name: "Mismatch" });
    assert.equal(downloads(), visits.length);
    assert.equal(forgotten.length, visits.length);
  }
});

test("a download that fails is what is told, and whoever waited for the file is told to stop", async () => {
  const files = createFiles(() => Promise.reject(new Error("The connection broke.")), /** @type {any} */ ({}));
  const stopped = [];
  const done = Promise.reject(new DOMException("", "AbortError"));
  const begin = () => ({ sink() {}, close() {}, abort: () => stopped.push(true), done });
  await assert.rejects(files.deliver(FILE, signal, begin), /The connection broke/);
  assert.deepEqual(stopped, [true]);
});
