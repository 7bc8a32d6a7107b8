/**
 * Reads the build's binary packs (`explainer/packing.py` writes them):
 *
 *     magic "VITPACK\0" | uint32 version | uint32 header length | JSON header, padded to 8 | payload
 *
 * all little-endian. Every mismatch is an Error that says what was found and what was expected.
 */

/** @typedef {Float32Array | Uint8Array | Int8Array | Int16Array} Data */
/** @typedef {{name: string, shape: number[], data: Data}} Tensor C order */
/**
 * @typedef {object} Header
 * @property {string} name
 * @property {keyof typeof DTYPES} dtype
 * @property {number[]} shape
 * @property {"C"} order
 * @property {"none" | "deflate-raw" | "planes-deflate-raw"} encoding planes: all lowest bytes first, then the next ones
 * @property {number} payload_bytes as stored
 * @property {number} crc32 of the payload as stored
 * @property {number} [scale] value = integer * scale
 */

const MAGIC = "VITPACK\0";
const VERSION = 1;
const PRELUDE_BYTES = 16;
const ENCODINGS = ["none", "deflate-raw", "planes-deflate-raw"];

/** @type {Record<"<f4" | "<f2" | "<i2" | "|u1" | "|i1", {bytes: number, view: (buffer: ArrayBuffer) => Tensor["data"]}>} */
const DTYPES = {
  "<f4": { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  "<f2": { bytes: 2, view: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToFloat) },
  "<i2": { bytes: 2, view: (buffer) => new Int16Array(buffer) },
  "|u1": { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  "|i1": { bytes: 1, view: (buffer) => new Int8Array(buffer) },
};

/**
 * A pack -> its array. Half-precision arrays, and integers with a scale, come out as float32.
 * @param {ArrayBuffer} buffer
 * @returns {Promise<Tensor>}
 */
export async function unpack(buffer) {
  const header = readHeader(buffer);
  const { bytes: itemBytes, view } = DTYPES[header.dtype];
  const payload = buffer.slice(header.start, header.start + header.payload_bytes);
  if (payload.byteLength !== header.payload_bytes) {
    throw new Error(`${header.name}: got ${payload.byteLength} bytes of data when expected ${header.payload_bytes}.`);
  }
  const sum = crc32(new Uint8Array(payload));
  if (sum !== header.crc32) {
    throw new Error(`${header.name}: the data's checksum is ${sum} when expected ${header.crc32}.`);
  }
  const plain = header.encoding === "none" ? payload : await inflate(payload);
  const expected = itemBytes * header.shape.reduce((product, side) => product * side, 1);
  if (plain.byteLength !== expected) {
    throw new Error(`${header.name}: got ${plain.byteLength} bytes when shape (${header.shape.join(", ")}) needs ${expected}.`);
  }
  const stored = view(header.encoding === "planes-deflate-raw" ? interleave(plain, itemBytes) : plain);
  return { name: header.name, shape: header.shape, data: header.scale === undefined ? stored : scaled(stored, header.scale) };
}

/**
 * @param {Data} integers
 * @param {number} scale
 */
function scaled(integers, scale) {
  const numbers = new Float32Array(integers);
  for (let index = 0; index < numbers.length; index += 1) numbers[index] *= scale;
  return numbers;
}

/**
 * Planes of bytes -> items.
 * @param {ArrayBuffer} planes all lowest bytes, then all the next ones
 * @param {number} itemBytes
 */
function interleave(planes, itemBytes) {
  const from = new Uint8Array(planes);
  const items = from.length / itemBytes;
  const to = new Uint8Array(from.length);
  for (let plane = 0; plane < itemBytes; plane += 1) {
    for (let item = 0; item < items; item += 1) to[item * itemBytes + plane] = from[plane * items + item];
  }
  return to.buffer;
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Header & {start: number}} start: where the payload begins, bytes
 */
function readHeader(buffer) {
  if (buffer.byteLength < PRELUDE_BYTES) {
    throw new Error(`Not a pack: ${buffer.byteLength} bytes when at least ${PRELUDE_BYTES} are needed.`);
  }
  const magic = new TextDecoder("latin1").decode(new Uint8Array(buffer, 0, MAGIC.length));
  if (magic !== MAGIC) throw new Error(`Not a pack: it begins with ${JSON.stringify(magic)}.`);
  const view = new DataView(buffer);
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw new Error(`A pack of another version: got v${version} when expected v${VERSION}.`);
  const headerBytes = view.getUint32(12, true);
  const start = PRELUDE_BYTES + headerBytes;
  if (start > buffer.byteLength) {
    throw new Error(`A pack cut short: ${buffer.byteLength} bytes when its header alone ends at ${start}.`);
  }
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, PRELUDE_BYTES, headerBytes)));
  if (!Object.hasOwn(DTYPES, header.dtype)) throw new Error(`${header.name}: unknown dtype ${header.dtype}.`);
  if (!ENCODINGS.includes(header.encoding)) {
    throw new Error(`${header.name}: unknown encoding ${header.encoding}.`);
  }
  return { ...header, start };
}

/**
 * @param {ArrayBuffer} payload a raw deflate stream
 * @returns {Promise<ArrayBuffer>}
 */
function inflate(payload) {
  return new Response(new Blob([payload]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}

/**
 * IEEE 802.3 CRC-32, as zlib computes it.
 * @param {Uint8Array} bytes
 */
export function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRC_TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * The bits of an IEEE half -> its value.
 * @param {number} bits
 */
function halfToFloat(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
