import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { createEngine } from "../../../site_templates/js/live/engine.js";
import { FakeWorker } from "./fakes.js";

const SCRIPT = new TextEncoder().encode("the worker's script");
const PIXELS = new Uint8Array(3 * 224 * 224);

/** @param {string} path @param {number} bytes */
const file = (path, bytes, more = {}) => /** @type {any} */ ({ path, bytes, inflated_bytes: bytes, encoding: "none", ...more });

const LIVE = /** @type {any} */ ({
  worker: file("worker.js", SCRIPT.length, { sha256: createHash("sha256").update(SCRIPT).digest("hex") }),
  runtime: file("runtime.wasm", 10),
  models: { mobilenet_v2: file("mobilenet_v2.onnx", 20), dinov2_vits14: file("dinov2_vits14.onnx", 40) },
});

/** An engine whose files come from nowhere, and whose workers do as they are told. */
function world({ work = {}, download = null } = {}) {
  const workers = [];
  const fetched = [];
  const forgotten = [];
  const loader = {
    worker(code) {
      assert.deepEqual(new Uint8Array(code), SCRIPT);
      const worker = new FakeWorker({
        start: (_, all) => all,
        load: (_, all) => all,
        run: async ({ model, positions }) => ({ features: new Float32Array([positions ? 1 : 0]), ms: 1, model }),
        ...work,
      });
      workers.push(worker);
      return worker;
    },
  };
  const usual = async (file, { sink, onProgress }) => {
    fetched.push(file.path);
    sink(file === LIVE.worker ? SCRIPT.slice() : new Uint8Array(file.bytes));
    onProgress?.(file.bytes);
    return false;
  };
  const engine = createEngine({
    live: LIVE,
    loader: /** @type {any} */ (loader),
    download: download ? download(usual) : usual,
    store: /** @type {any} */ ({ forget: async ({ path }) => forgotten.push(path) }),
  });
  return { engine, workers, fetched, forgotten };
}

test("nothing is fetched before somebody asks, and then everything once", async () => {
  const { engine, workers, fetched } = world();
  assert.deepEqual(fetched, []);
  assert.equal(engine.size("mobilenet_v2"), SCRIPT.length + 30);
  assert.equal(engine.status("mobilenet_v2"), "absent");
  const told = [];
  const both = [engine.prepare("mobilenet_v2", { onProgress: (progress) => told.push(progress) }), engine.prepare("mobilenet_v2")];
  assert.equal(engine.status("mobilenet_v2"), "loading");
  await Promise.all(both);
  assert.equal(engine.status("mobilenet_v2"), "ready");
  assert.deepEqual(fetched, ["worker.js", "runtime.wasm", "mobilenet_v2.onnx"]);
  assert.deepEqual(told.at(-1), { phase: "download", loaded: SCRIPT.length + 30, total: SCRIPT.length + 30 });
  assert.equal(engine.size("mobilenet_v2"), 0);
  assert.equal(engine.size("dinov2_vits14"), 40);
  await engine.prepare("dinov2_vits14");
  assert.deepEqual(fetched.slice(3), ["dinov2_vits14.onnx"]);
  assert.equal(workers.length, 1);
  engine.destroy();
});

test("a run prepares its model, and says whether it has positions", async () => {
  const { engine } = world();
  assert.deepEqual((await engine.run("dinov2_vits14", PIXELS)).features, new Float32Array([1]));
  const without = await engine.run("dinov2_vits14", PIXELS, { positions: false });
  assert.deepEqual(without.features, new Float32Array([0]));
  engine.destroy();
});

test("a ready model is warmed up while nobody asks", async () => {
  const { engine, workers } = world();
  await engine.prepare("mobilenet_v2");
  while (workers[0].asked.filter((name) => name === "run").length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  engine.destroy();
});

test("files that are made early are told early, and the model is not warmed up meanwhile", async () => {
  let finish = (_) => {};
  const { engine, workers } = world({
    work: {
      documents: (_, __, tell) => {
        tell({ done: 1, of: 3 });
        tell({ done: 2, of: 3, files: { early: 1 } });
        return new Promise((resolve) => (finish = resolve));
      },
    },
  });
  const result = await engine.run("dinov2_vits14", PIXELS);
  const told = [];
  const made = engine.documents("dinov2_vits14", "own-1", result, {
    published: {},
    onProgress: (progress) => told.push(progress),
    onFiles: (files) => told.push(files),
  });
  while (told.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told, [{ done: 1, of: 3 }, { done: 2, of: 3 }, { early: 1 }]);
  const runs = () => workers[0].asked.filter((name) => name === "run").length;
  const before = runs();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(runs(), before);
  // The run's arrays were lent meanwhile.
  assert.equal(result.features.length, 0);
  finish({ files: { late: 2 }, result: { features: new Float32Array(3) } });
  assert.deepEqual(await made, { early: 1, late: 2 });
  assert.equal(result.features.length, 3);
  while (runs() === before) await new Promise((resolve) => setTimeout(resolve, 5));
  engine.destroy();
});

test("a model that this build does not have is told", async () => {
  const { engine } = world();
  assert.deepEqual([engine.has("mobilenet_v2"), engine.has("vit_b_16")], [true, false]);
  await assert.rejects(engine.run("vit_b_16", PIXELS), /This build has no model called vit_b_16/);
});

test("a worker that died is told to whoever waits, and the next call starts another", async () => {
  let hang = true;
  const { engine, workers, fetched } = world({
    work: { run: () => (hang ? new Promise(() => {}) : { features: new Float32Array(1), ms: 1 }) },
  });
  const lost = engine.run("mobilenet_v2", PIXELS);
  while (!workers[0]?.asked.includes("run")) await new Promise((resolve) => setTimeout(resolve, 5));
  hang = false;
  workers[0].dispatchEvent(new Event("error", { cancelable: true }));
  await assert.rejects(lost, /try again/);
  assert.equal(engine.status("mobilenet_v2"), "absent");
  assert.equal((await engine.run("mobilenet_v2", PIXELS)).ms, 1);
  assert.equal(workers.length, 2);
  assert.equal(fetched.length, 6);
  engine.destroy();
});

test("without the runtime the model is not fetched, and the next call tries again", async () => {
  let broken = true;
  const { engine, fetched } = world({
    download: (usual) => async (file, options) => {
      if (broken && file === LIVE.runtime) throw new Error("The download of runtime.wasm broke off.");
      return usual(file, options);
    },
  });
  await assert.rejects(engine.prepare("mobilenet_v2"), /runtime\.wasm broke off/);
  assert.equal(engine.status("mobilenet_v2"), "failed");
  assert.deepEqual(fetched, ["worker.js"]);
  broken = false;
  await engine.prepare("mobilenet_v2");
  assert.deepEqual(fetched, ["worker.js", "runtime.wasm", "mobilenet_v2.onnx"]);
  engine.destroy();
});

test("a worker's script that is not the published one never runs", async () => {
  const { engine, workers, forgotten } = world({
    download: () => async (file, { sink }) => {
      sink(new Uint8Array(file.bytes));
      return false;
    },
  });
  await assert.rejects(engine.prepare("mobilenet_v2"), /worker\.js is not the file that was published/);
  assert.deepEqual([workers, forgotten], [[], ["worker.js"]]);
});

test("a model that is called off by everybody is stopped", async () => {
  const seen = [];
  const { engine } = world({
    download: (usual) => (file, options) => {
      if (file !== LIVE.models.dinov2_vits14) return usual(file, options);
      return new Promise((_, reject) => {
        seen.push("begun");
        options.signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      });
    },
  });
  const stop = new AbortController();
  const prepared = engine.prepare("dinov2_vits14", { signal: stop.signal });
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  await assert.rejects(prepared, { name: "AbortError" });
  assert.equal(engine.status("dinov2_vits14"), "absent");
  engine.destroy();
});
