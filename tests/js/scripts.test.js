import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { createScripts } from "../../site_templates/js/scripts.js";

/** A page whose scripts run, or fail, as soon as they are in it. */
function page(fails = false) {
  const added = [];
  return {
    added,
    createElement: () => ({ remove: () => added.push("removed") }),
    head: {
      append(script) {
        added.push(String(script.src));
        queueMicrotask(() => (fails ? script.onerror() : script.onload()));
      },
    },
  };
}

class FakeWorker extends EventTarget {
  static made = [];

  constructor(address) {
    super();
    FakeWorker.made.push(String(address));
  }
}

afterEach(() => {
  delete globalThis.trustedTypes;
  delete globalThis.Worker;
  FakeWorker.made.length = 0;
});

test("a script of the site runs and leaves no element behind", async () => {
  const document = page();
  await createScripts(/** @type {any} */ (document), "").add("assets/live.js");
  assert.deepEqual(document.added, ["assets/live.js", "removed"]);
});

test("a script that is not there is told, with what may help", async () => {
  const { add } = createScripts(/** @type {any} */ (page(true)), "look for it.");
  await assert.rejects(add("assets/live.js"), /^Error: assets\/live\.js could not be read: look for it\.$/);
});

test("a worker is made of the bytes alone, and its address is given up when it speaks", async () => {
  globalThis.Worker = /** @type {any} */ (FakeWorker);
  const revoked = [];
  const { revokeObjectURL } = URL;
  URL.revokeObjectURL = (address) => void revoked.push(address);
  try {
    const scripts = createScripts(/** @type {any} */ (page()), "");
    const worker = scripts.worker(new TextEncoder().encode("1").buffer);
    const [address] = FakeWorker.made;
    assert.match(address, /^blob:/);
    assert.deepEqual(revoked, []);
    worker.dispatchEvent(new Event("message"));
    assert.deepEqual(revoked, [address]);
  } finally {
    URL.revokeObjectURL = revokeObjectURL;
  }
});

test("the policy lets no other address through, and no blob that this page did not make a worker of", async () => {
  let rules;
  globalThis.trustedTypes = {
    createPolicy(name, given) {
      rules = given;
      return { createScriptURL: (address) => ({ toString: () => given.createScriptURL(address) }) };
    },
  };
  globalThis.Worker = /** @type {any} */ (FakeWorker);
  const scripts = createScripts(/** @type {any} */ (page()), "");
  scripts.worker(new ArrayBuffer(1));
  const outside = ["https://evil.example/a.js", "//evil.example/a.js", "/a.js", "../a.js", "a/../../b.js", "data:,a.js", "a.css"];
  for (const address of [...outside, "blob:null/1", FakeWorker.made[0]]) {
    assert.throws(() => rules.createScriptURL(address), TypeError, address);
  }
  assert.equal(rules.createScriptURL("data/a-1.json.js"), "data/a-1.json.js");
});
