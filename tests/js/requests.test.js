import assert from "node:assert/strict";
import { test } from "node:test";

import { modelPaths, sorted } from "../../site_templates/js/live/requests.js";

const ROOT = "https://example.org/some/sub%20path/";
const file = (path, parts) => ({ path, bytes: 1, version: "0", twin: false, sha256: "", inflated_bytes: 1, encoding: "none", parts });
const LIVE = /** @type {any} */ ({
  script: "assets/live.js",
  style: null,
  worker: file("assets/worker.js", 1),
  runtime: file("assets/ort.wasm", 2),
  models: { small: file("models/small.onnx", 0) },
});

/** @param {string} name @param {number} [startTime] */
const asked = (name, startTime = 10) => ({ name, startTime, bytes: 5 });

test("requests are sorted by what they asked for", () => {
  const records = [
    asked(`${ROOT}models/small.onnx?v=0123`),
    asked(`${ROOT}assets/ort.wasm.2.js`),
    asked(`${ROOT}data/photos/a%20b.json#x`),
    asked("https://example.com/some/sub%20path/models/small.onnx"),
    asked("https://example.org/elsewhere.png"),
  ];
  const { models, site, elsewhere } = sorted(records, 0, ROOT, modelPaths(LIVE));
  assert.deepEqual(models.map(({ name }) => name), ["models/small.onnx", "assets/ort.wasm.2.js"]);
  assert.deepEqual(site, [{ name: "data/photos/a b.json", bytes: 5 }]);
  assert.deepEqual(elsewhere.map(({ name }) => name), [records[3].name, records[4].name]);
});

test("earlier requests do not count, nor what never leaves the page", () => {
  const records = [asked(`${ROOT}models/small.onnx`, 9.9), asked("blob:https://example.org/1", 11), asked("data:image/png;base64,", 11)];
  assert.deepEqual(sorted(records, 10, ROOT, modelPaths(LIVE)), { models: [], site: [], elsewhere: [] });
  assert.equal(sorted(records, 9, ROOT, modelPaths(LIVE)).models.length, 1);
});

test("a folder's twins and their parts are model files too", () => {
  const paths = modelPaths(LIVE);
  for (const path of ["assets/live.js", "assets/worker.js.1.js", "assets/ort.wasm", "assets/ort.wasm.1.js", "models/small.onnx"]) {
    assert.ok(paths.has(path), path);
  }
  assert.ok(!paths.has("assets/ort.wasm.3.js") && !paths.has("data/manifest.json"));
});
