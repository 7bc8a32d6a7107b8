import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { decoders } from "../../../site_templates/js/live/decoders.js";
import { opened } from "../../../site_templates/js/live/opened.js";
import { createPipe } from "../../../site_templates/js/live/pipe.js";

const TEXT = Buffer.from("What a file holds. ".repeat(60));
/** TEXT, by Python's lzma.compress(..., check=CHECK_CRC32, preset=6). */
const XZ = Buffer.from(
  "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4ARzACFdACuaCCd1GRj9cenMj1+SlQNU9YHB225zTPs5vIH/JCUVAAAAAADOGZjrAAE59AgAAADKXCCYPjANiwIAAAAAAVla",
  "base64",
);

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** @param {Buffer} bytes @param {string} encoding */
function published(bytes, encoding, changed = {}) {
  const file = { path: "models/a.bin", sha256: sha256(TEXT), inflated_bytes: TEXT.length, encoding, ...changed };
  const pipe = createPipe();
  const result = opened(pipe.stream, /** @type {any} */ (file), decoders);
  result.catch(() => {});
  return { pipe, result, bytes };
}

/** @param {ReturnType<typeof published>} it */
function sent({ pipe, result, bytes }) {
  for (let at = 0; at < bytes.length; at += 100) pipe.sink(new Uint8Array(bytes.subarray(at, at + 100)));
  pipe.close();
  return result;
}

for (const [encoding, bytes] of /** @type {[string, Buffer][]} */ ([
  ["none", TEXT],
  ["deflate-raw", deflateRawSync(TEXT)],
  ["xz", XZ],
])) {
  test(`${encoding}: what was published comes out, piece by piece`, async () => {
    assert.deepEqual(Buffer.from(await sent(published(bytes, encoding))), TEXT);
  });

  test(`${encoding}: another file, a shorter and a longer one are not used`, async () => {
    const told = /models\/a\.bin is not the file that was published/;
    const spoilt = Buffer.from(bytes);
    spoilt[Math.floor(spoilt.length / 2)] ^= 1;
    await assert.rejects(sent(published(spoilt, encoding)), told);
    await assert.rejects(sent(published(bytes.subarray(0, -30), encoding)), told);
    for (const inflated_bytes of [TEXT.length - 1, TEXT.length + 1]) {
      await assert.rejects(sent(published(bytes, encoding, { inflated_bytes })), { name: "Mismatch" });
    }
    await assert.rejects(sent(published(bytes, encoding, { sha256: sha256("another") })), { name: "Mismatch" });
  });

  test(`${encoding}: a download that was called off is no mismatch`, async () => {
    const { pipe, result } = published(bytes, encoding);
    pipe.sink(new Uint8Array(bytes.subarray(0, 10)));
    pipe.abort();
    await assert.rejects(result, { name: "AbortError" });
  });
}
