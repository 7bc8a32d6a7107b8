import assert from "node:assert/strict";
import { test } from "node:test";

import { parseManifest, photoById } from "../../site_templates/js/manifest.js";
import { MANIFEST } from "./manifest.js";

test("a manifest of another version says both versions", () => {
  assert.throws(() => parseManifest('{"version": 2}'), /got v2 when expected v1/);
  assert.deepEqual(parseManifest(JSON.stringify(MANIFEST)), MANIFEST);
});

test("an unknown photo names the known ones", () => {
  assert.equal(photoById(/** @type {any} */ (MANIFEST), "coffee").id, "coffee");
  assert.throws(() => photoById(/** @type {any} */ (MANIFEST), "dog"), /No photo "dog" among cat, coffee/);
});
