import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, isHashed, pathOf, plainName, versionOf } from "../../../site_templates/js/service-worker/site-list.js";

const ROOT = "https://example.org/some%20path/";

test("an address below the root names a path, the root itself the story", () => {
  assert.equal(pathOf(`${ROOT}data/a.json?v=01234567#x`, ROOT), "data/a.json");
  assert.equal(pathOf(ROOT, ROOT), "index.html");
  assert.equal(pathOf("https://example.org/some%20pathology/a", ROOT), "");
  assert.equal(pathOf("blob:https://example.org/some%20path/", ROOT), "");
});

test("path and version make an address, and are found in it again", () => {
  const address = addressOf("data/a.json", "01234567", ROOT);
  assert.equal(pathOf(address, ROOT), "data/a.json");
  assert.equal(versionOf(address), "01234567");
  assert.equal(versionOf(`${ROOT}data/a.json`), "");
});

test("a hash in a name is known, and the name is the same without it", () => {
  assert.ok(isHashed("assets/main.0ccbe5f2bd.js"));
  assert.ok(!isHashed("assets/favicon.svg"));
  assert.ok(!isHashed("data/photos/a/pixels.bin"));
  assert.equal(plainName("assets/photos/chelsea-300.1e820251a7.avif"), "assets/photos/chelsea-300.avif");
  assert.notEqual(plainName("assets/p-96.1e820251a7.avif"), plainName("assets/p-192.1e820251a7.avif"));
});
