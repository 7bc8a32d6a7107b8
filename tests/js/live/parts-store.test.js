import assert from "node:assert/strict";
import { test } from "node:test";

import { createPartsStore } from "../../../site_templates/js/live/parts-store.js";
import { FakeCaches } from "./fakes.js";

const BASE = "https://example.org/some/site/index.html";
const file = (sha256) => /** @type {any} */ ({ path: "models/a.onnx", version: "01234567", sha256 });
const bytes = Uint8Array.of(1, 2, 3);

for (const [name, create] of /** @type {[string, () => CacheStorage | undefined][]} */ ([
  ["in the browser's storage", () => new FakeCaches()],
  ["without one", () => undefined],
])) {
  test(`${name}: a part is there until its file is forgotten`, async () => {
    const store = createPartsStore(create(), BASE);
    assert.equal(await store.read(file("a"), 0), null);
    await store.write(file("a"), 0, bytes);
    await store.write(file("b"), 0, bytes.slice(1));
    assert.deepEqual(await store.read(file("a"), 0), bytes);
    assert.equal(await store.read(file("a"), 1), null);
    await store.forget(file("a"));
    assert.equal(await store.read(file("a"), 0), null);
    assert.deepEqual(await store.read(file("b"), 0), bytes.slice(1));
  });

  test(`${name}: what an older build kept is tidied away`, async () => {
    const store = createPartsStore(create(), BASE);
    for (const sha256 of ["old", "new"]) await store.write(file(sha256), 0, bytes);
    await store.tidy([file("new")]);
    assert.equal(await store.read(file("old"), 0), null);
    assert.deepEqual(await store.read(file("new"), 0), bytes);
  });
}

test("two sites of one origin, and two visits of one site, share what they should", async () => {
  const caches = new FakeCaches();
  await createPartsStore(caches, BASE).write(file("a"), 0, bytes);
  assert.deepEqual(await createPartsStore(caches, "https://example.org/some/site/lab.html#x").read(file("a"), 0), bytes);
  assert.equal(await createPartsStore(caches, "https://example.org/other/").read(file("a"), 0), null);
  assert.deepEqual(await caches.keys(), ["live /some/site/", "live /other/"]);
});

test("a storage that is full, or shut, is no error", async () => {
  const store = createPartsStore(/** @type {any} */ ({ open: () => Promise.reject(new Error("QuotaExceeded")) }), BASE);
  await store.write(file("a"), 0, bytes);
  assert.equal(await store.read(file("a"), 0), null);
  await store.forget(file("a"));
  await store.tidy([]);
});
