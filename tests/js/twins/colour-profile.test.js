import assert from "node:assert/strict";
import { test } from "node:test";

import { converterOf, profileOf } from "../../../site_templates/js/live/colour-profile.js";
import { goldenBytes, goldenJson } from "./golden.js";

for (const { name, file, format, numbers, converted } of goldenJson("colours.json")) {
  test(`the colours of ${name} become LittleCMS's`, async (t) => {
    const profile = await profileOf(goldenBytes(file), format);
    const convert = converterOf(profile);
    const [given, expected] = [goldenBytes(numbers), goldenBytes(converted)];
    const pixels = Uint8ClampedArray.from({ length: (given.length / 3) * 4 }, (_, at) =>
      at % 4 === 3 ? 7 : given[3 * Math.floor(at / 4) + (at % 4)],
    );
    convert(pixels);
    const differ = expected.reduce((count, value, index) => {
      const distance = Math.abs(pixels[4 * Math.floor(index / 3) + (index % 3)] - value);
      assert.ok(distance <= 1, `${index}: off by ${distance}`);
      return count + distance;
    }, 0);
    t.diagnostic(`${name}: ${differ} of ${expected.length} numbers differ`);
    assert.ok(differ <= expected.length / 5000);
    assert.ok(pixels.every((value, at) => at % 4 !== 3 || value === 7));
  });
}

test("pictures without a profile have none; a broken profile is left to the browser", async () => {
  const [{ file, format }] = goldenJson("colours.json");
  assert.equal(await profileOf(goldenBytes("wide.jpg"), "JPEG"), null);
  assert.equal(await profileOf(goldenBytes("tiny.png"), "PNG"), null);
  assert.equal(await profileOf(goldenBytes("photo.webp"), "WebP"), null);
  assert.equal(await profileOf(goldenBytes("photo.avif"), "AVIF"), null);
  const profile = await profileOf(goldenBytes(file), format);
  for (const length of [0, 16, 130, 200, profile.length - 300]) assert.equal(converterOf(profile.slice(0, length)), null);
  assert.equal(converterOf(profile.map((byte, index) => (index === 16 ? 67 : byte))), null);
});
