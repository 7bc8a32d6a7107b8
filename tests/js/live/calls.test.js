import assert from "node:assert/strict";
import { test } from "node:test";

import { createCalls } from "../../../site_templates/js/live/calls.js";
import { FakeLocks, FakeWorker } from "./fakes.js";

const fails = () => {
  throw Object.assign(new Error("The file is spoilt."), { name: "Mismatch" });
};

test("calls are answered each with its own value, or error", async () => {
  const worker = new FakeWorker({ add: async ([a, b]) => a + b, fails });
  const calls = createCalls(/** @type {any} */ (worker));
  assert.deepEqual(await Promise.all([calls.call("add", [1, 2]), calls.call("add", [3, 4])]), [3, 7]);
  await assert.rejects(calls.call("fails", null), { name: "Mismatch", message: "The file is spoilt." });
  calls.end();
});

test("a file is sent along, piece by piece", async () => {
  const worker = new FakeWorker({ keep: async (input, all) => [input, ...(await all)] });
  const calls = createCalls(/** @type {any} */ (worker));
  const whole = calls.send("keep", "a");
  whole.sink(Uint8Array.of(1, 2));
  whole.sink(Uint8Array.of(3));
  whole.close();
  assert.deepEqual(await whole.done, ["a", 1, 2, 3]);
  const stopped = calls.send("keep", "b");
  stopped.sink(Uint8Array.of(1));
  stopped.abort();
  await assert.rejects(stopped.done, { name: "AbortError" });
  calls.end();
});

test("progress is told in between, and calling off reaches the worker", async () => {

  const worker = new FakeWorker({ long: (_, all) => all });
  const calls = createCalls(/** @type {any} */ (worker));
  const told = [];
  const stop = new AbortController();
  const long = calls.call("long", null, { signal: stop.signal, onProgress: (value) => told.push(value) });
  const tell = (progress) => worker.dispatchEvent(new MessageEvent("message", { data: { call: 1, progress } }));
  tell(1);
  tell(2);
  stop.abort();
  await assert.rejects(long, { name: "AbortError" });
  tell(3);
  assert.deepEqual(told, [1, 2]);
  calls.end();
});

for (const [how, kill] of /** @type {[string, (worker: FakeWorker) => void][]} */ ([
  ["dies without a word", (worker) => worker.die()],
  ["has an error that nobody catches", (worker) => worker.dispatchEvent(new Event("error", { cancelable: true }))],
])) {
  test(`when the worker ${how}, whoever waits is told, and later calls too`, async () => {
    const locks = new FakeLocks();
    const worker = new FakeWorker({ never: () => new Promise(() => {}) }, locks);
    const calls = createCalls(/** @type {any} */ (worker), /** @type {any} */ (locks));
    const [call, sent] = [calls.call("never", null), calls.send("never", null)];
    kill(worker);
    await assert.rejects(call, /stopped the part of the page that runs the models: try again/);
    await assert.rejects(sent.done, /try again/);
    await calls.gone;
    sent.sink(Uint8Array.of(1));
    sent.close();
    await assert.rejects(calls.call("never", null), /try again/);
    assert.equal(worker.terminated, true);
  });
}
