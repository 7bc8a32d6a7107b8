/** Reads what tests/golden_twins.py wrote, and the built site. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { unpack } from "../../../site_templates/js/tensor.js";

/** @param {string} variable of the environment, set by tests/test_twins.py */
function folder(variable) {
  const named = process.env[variable];
  assert.ok(named, `${variable} must name a folder; run tests/test_twins.py`);
  return named;
}

export const goldenJson = (path) => JSON.parse(readFileSync(join(folder("GOLDEN_DIR"), path), "utf8"));
export const goldenBytes = (path) => new Uint8Array(readFileSync(join(folder("GOLDEN_DIR"), path)));
export const goldenFloats = (path) => new Float32Array(goldenBytes(path).buffer);
export const siteJson = (path) => JSON.parse(readFileSync(join(folder("SITE_DIR"), path), "utf8"));
export const sitePack = (path) => unpack(new Uint8Array(readFileSync(join(folder("SITE_DIR"), path))).buffer);
export const photos = () => goldenJson("photos.json");
