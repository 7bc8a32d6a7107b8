import assert from "node:assert/strict";
import { test } from "node:test";

import { identify, isCut } from "../../../site_templates/js/live/picture-header.js";
import { goldenBytes, goldenJson } from "./golden.js";

const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

for (const { name, file, ...expected } of goldenJson("headers.json")) {
  test(`the header of ${name} tells what Pillow knows`, () => {
    const content = goldenBytes(file);
    const { type, ...found } = identify(content);
    assert.deepEqual(found, expected);
    assert.match(type, /^image\//);
    assert.ok(!isCut(content, found.format));
    const half = content.subarray(0, content.length / 2);
    assert.equal(isCut(half, found.format), ["JPEG", "PNG"].includes(found.format));
    // Cut anywhere, a file is known for what it is or not at all, and no error is thrown.
    for (let length = 0; length < 400; length += 1) assert.match(identify(content.subarray(0, length)).format, new RegExp(`^(|text|${found.format})$`));
  });
}

test("what is no photo is called by its name, and has no type for a browser", () => {
  const named = [
    ["SVG", '<?xml version="1.0" encoding="utf-8"?>\n<!-- a -->\n<!-- b -->\n<svg xmlns="x">'],
    ["SVG", " <!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'>\n<svg\nwidth='3'>"],
    ["PDF", "%PDF-1.4\n\xe2"],
    ["video", "\0\0\0\x14ftypqt  \0\0\0\0qt  "],
    ["video", "\x1aE\xdf\xa3..."],
    ["ZIP", "PK\x03\x04..."],
    ["text", "<!doctype html><p>an article with an <svg></svg> in it"],
    ["text", "caf\xc3\xa9"],
  ];
  for (const [format, content] of named) {
    assert.deepEqual(identify(bytes(content)), { format, type: "", width: 0, height: 0, moves: false }, content);
  }
  assert.equal(identify(bytes("\x01\x02\x03\xfe")).format, "");
});

test("formats that some browsers know are theirs to try", () => {
  const heic = identify(bytes("\0\0\0\x18ftypheic\0\0\0\0mif1heic" + "\0".repeat(99)));
  assert.deepEqual([heic.format, heic.type], ["HEIC", "image/heic"]);
  assert.equal(identify(bytes("II*\0....")).type, "image/tiff");
});
