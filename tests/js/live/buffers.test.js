import assert from "node:assert/strict";
import { test } from "node:test";

import { buffersOf } from "../../../site_templates/js/live/buffers.js";

test("each buffer is named once, and what has none is passed over", () => {
  const numbers = new Float32Array(4);
  const rest = numbers.subarray(2);
  const pixels = new Uint8Array(3);
  const found = buffersOf([{ q: numbers, k: rest, ms: 1 }, null, { name: "pixels", data: pixels }]);
  assert.deepEqual(found, [numbers.buffer, pixels.buffer]);
  assert.strictEqual(found[0], numbers.buffer);
});
