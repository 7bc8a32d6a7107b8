import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { countThreads, isThread, threadsFor } from "../../../site_templates/js/live/threads.js";

const HERE = "blob:https://example.org/0";

/** What a worker of an isolated page finds around it; its own workers do as they are told. @param {(worker: any) => void} begin */
function isolated(begin) {
  const made = [];
  class Plain {
    constructor(address, options) {
      Object.assign(this, { address, options, ended: false });
      made.push(this);
      queueMicrotask(() => begin(this));
    }
    terminate() {
      this.ended = true;
    }
  }
  Object.assign(globalThis, { crossOriginIsolated: true, location: { href: HERE }, Worker: Plain });
  return made;
}

const before = globalThis.Worker;

beforeEach(() => {
  // One core would be one thread, whatever else is there.
  Object.defineProperty(globalThis.navigator, "hardwareConcurrency", { value: 4, configurable: true });
});

afterEach(() => {
  mock.timers.reset();
  delete globalThis.navigator.hardwareConcurrency;
  Object.assign(globalThis, { Worker: before });
  for (const name of ["crossOriginIsolated", "location", "trustedTypes"]) delete globalThis[name];
});

test("half of the cores work, two at least and four at most, where memory may be shared", () => {
  const count = (hardwareConcurrency, crossOriginIsolated = true) =>
    threadsFor({ crossOriginIsolated, navigator: { hardwareConcurrency } });
  assert.deepEqual([1, 2, 3, 4, 6, 8, 64].map((cores) => count(cores)), [1, 2, 2, 2, 3, 4, 4]);
  assert.equal(count(8, false), 1);
  assert.equal(threadsFor({ navigator: { hardwareConcurrency: 8 } }), 1);
});

test("elsewhere nothing is tried", async () => {
  assert.equal(isThread, false);
  assert.equal(await countThreads(), 1);
});

test("threads are used when one has answered, and workers of this script are all that is allowed", async () => {
  const asked = [];
  globalThis.trustedTypes = {
    createPolicy: (name, { createScriptURL }) => {
      assert.equal(name, "explainer");
      return { createScriptURL: (address) => (asked.push(createScriptURL(address)), address) };
    },
  };
  const made = isolated((worker) => worker.onmessage());
  assert.equal(await countThreads(), 2);
  assert.deepEqual(asked, [HERE]);
  assert.equal(made[0].ended, true);
  assert.throws(() => new globalThis.Worker("https://example.org/other.js"), TypeError);
  const thread = new globalThis.Worker(new URL(HERE));
  assert.equal(thread.address, HERE);
  await new Promise((resolve) => (thread.onmessage = resolve));
});

test("where a thread does not start, one thread does all", async () => {
  isolated((worker) => worker.onerror({ preventDefault() {} }));
  assert.equal(await countThreads(), 1);
});

test("where nothing is heard of it either", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const made = isolated(() => mock.timers.tick(60_000));
  assert.equal(await countThreads(), 1);
  assert.equal(made[0].ended, true);
});
