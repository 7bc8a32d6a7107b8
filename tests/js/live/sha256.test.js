import assert from "node:assert/strict";
import { test } from "node:test";

import { sha256 } from "../../../site_templates/js/live/sha256.js";

/** FIPS 180-2, appendix B. */
const KNOWN = {
  "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  abc: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq:
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
};

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text);

test("checksums are as the standard says, with the browser's own and without it", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  for (const crypto of [globalThis.crypto, undefined, {}]) {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
    try {
      for (const [text, sum] of Object.entries(KNOWN)) assert.equal(await sha256(bytes(text)), sum, text);
    } finally {
      Object.defineProperty(globalThis, "crypto", own);
    }
  }
});
