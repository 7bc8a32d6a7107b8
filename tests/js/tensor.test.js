import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { crc32, unpack } from "../../site_templates/js/tensor.js";

/**
 * A pack as explainer/packing.py lays it out, with any field of its header bent.
 * @param {Uint8Array} payload
 * @param {Record<string, unknown>} header
 * @param {{magic?: string, version?: number}} [prelude]
 */
function packOf(payload, header, { magic = "VITPACK\0", version = 1 } = {}) {
  const whole = { name: "test", dtype: "|u1", order: "C", encoding: "none", shape: [payload.length] };
  const fields = { ...whole, payload_bytes: payload.length, crc32: crc32(payload), ...header };
  let text = JSON.stringify(fields);
  text += " ".repeat((8 - (text.length % 8)) % 8);
  const bytes = new Uint8Array(16 + text.length + payload.length);
  bytes.set(new TextEncoder().encode(magic + "\0".repeat(8) + text));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, version, true);
  view.setUint32(12, text.length, true);
  bytes.set(payload, 16 + text.length);
  return bytes.buffer;
}

/** @param {ArrayBufferView} array */
const bytesOf = (array) => new Uint8Array(array.buffer.slice(0));

test("Python's packs, plain and deflated, come out value for value", async () => {
  const folder = process.env.GOLDEN_DIR;
  assert.ok(folder, "GOLDEN_DIR must name the folder that tests/golden_attention.py wrote to");
  const described = JSON.parse(readFileSync(join(folder, "packs.json"), "utf8"));
  assert.ok(Object.keys(described).length >= 2);
  for (const [name, { shape, values }] of Object.entries(described)) {
    const file = readFileSync(join(folder, `${name}.bin`));
    const tensor = await unpack(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
    assert.equal(tensor.name, name);
    assert.deepEqual(tensor.shape, shape);
    assert.deepEqual([...tensor.data], values);
  }
});

test("the checksum is zlib's", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
});

test("each dtype has its array", async () => {
  const floats = Float32Array.of(1.5, -2, 3e10);
  const packed = packOf(bytesOf(floats), { dtype: "<f4", shape: [1, 3] });
  assert.deepEqual((await unpack(packed)).data, floats);
  const signed = packOf(Uint8Array.of(255, 1), { dtype: "|i1" });
  assert.deepEqual((await unpack(signed)).data, Int8Array.of(-1, 1));
});

test("half precision: normal, subnormal, zero, infinite and not a number", async () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x7bff);
  const { data } = await unpack(packOf(bytesOf(bits), { dtype: "<f2", shape: [9] }));
  assert.deepEqual([...data], [1, -2, 0.333251953125, 2 ** -24, -0, Infinity, -Infinity, NaN, 65504]);
});

test("deflated data is inflated, and its length is checked against the shape", async () => {
  const plain = new Uint8Array(64).fill(7);
  const stored = new Uint8Array(deflateRawSync(plain));
  const { data } = await unpack(packOf(stored, { encoding: "deflate-raw", shape: [8, 8] }));
  assert.deepEqual(data, plain);
  const bent = packOf(stored, { encoding: "deflate-raw", shape: [8, 9] });
  await assert.rejects(unpack(bent), /got 64 bytes when shape \(8, 9\) needs 72/);
});

test("a pack that is not one says what it is", async () => {
  const four = Uint8Array.of(1, 2, 3, 4);
  const whole = packOf(four, {});
  const cases = [
    [new ArrayBuffer(3), /3 bytes when at least 16/],
    [packOf(four, {}, { magic: "<!doctyp" }), /begins with "<!doctyp"/],
    [packOf(four, {}, { version: 2 }), /got v2 when expected v1/],
    [whole.slice(0, 40), /its header alone ends at/],
    [whole.slice(0, -1), /got 3 bytes of data when expected 4/],
    [packOf(four, { crc32: 1 }), /checksum is \d+ when expected 1/],
    [packOf(four, { dtype: "<f8" }), /unknown dtype <f8/],
    [packOf(four, { dtype: "toString" }), /unknown dtype toString/],
    [packOf(four, { encoding: "gzip" }), /unknown encoding gzip/],
    [packOf(four, { shape: [5] }), /got 4 bytes when shape \(5\) needs 5/],
  ];
  for (const [pack, message] of cases) await assert.rejects(unpack(pack), message);
});
