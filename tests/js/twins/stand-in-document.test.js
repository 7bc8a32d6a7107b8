import assert from "node:assert/strict";
import { test } from "node:test";

import { standInDocument, standInIdentity } from "../../../site_templates/js/live/stand-in-document.js";
import { photos, siteJson, sitePack } from "./golden.js";

const TOLERANCE = 1e-6;

/** The same keys in the same order, the same texts, and numbers within the tolerance. */
function assertAlike(got, expected, path) {
  if (typeof expected === "number") {
    assert.ok(Math.abs(got - expected) <= TOLERANCE, `${path}: ${got}, published ${expected}`);
  } else if (expected !== null && typeof expected === "object") {
    assert.deepEqual(Object.keys(got), Object.keys(expected), path);
    assert.equal(Array.isArray(got), Array.isArray(expected), path);
    for (const key of Object.keys(expected)) assertAlike(got[key], expected[key], `${path}.${key}`);
  } else {
    assert.equal(got, expected, path);
  }
}

test("the published features make the published documents", async () => {
  const [first] = photos();
  const identity = structuredClone(standInIdentity(siteJson(`data/photos/${first.id}/mobilenet_v2.json`)));
  for (const { id } of photos()) {
    const published = siteJson(`data/photos/${id}/mobilenet_v2.json`);
    const { data } = await sitePack(`data/photos/${id}/mobilenet_v2_features.bin`);
    const document = standInDocument(id, data, identity);
    assertAlike(document, published, id);
    // As a reader takes it away: JSON keeps all of it.
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
  }
});

test("the identity is small, and holds nothing of a photo", () => {
  const identity = standInIdentity(siteJson(`data/photos/${photos()[0].id}/mobilenet_v2.json`));
  assert.ok(JSON.stringify(identity).length < 1000);
  assert.ok(!("photo" in identity));
});

test("features of another number are refused", () => {
  const identity = standInIdentity(siteJson(`data/photos/${photos()[0].id}/mobilenet_v2.json`));
  assert.throws(() => standInDocument("one", new Float32Array(48 * 1280), identity), RangeError);
  assert.throws(() => standInDocument("one", new Float32Array(49 * 1280 + 1), identity), RangeError);
});
