/**
 * Reads the build's binary packs (`explainer/packing.py` writes them):
 *
 *     magic "VITPACK\0" | uint32 version | uint32 header length | JSON header, padded to 8 | payload
 *
 * all little-endian. Every mismatch is an Error that says what was found and what was expected.
 */

/** @typedef {{name: string, shape: number[], data: Float32Array | Uint8Array | Int8Array}} Tensor C order */
/**
 * @typedef {object} Header
 * @property {string} name
 * @property {keyof typeof DTYPES} dtype
 * @property {number[]} shape
 * @property {"C"} order
 * @property {"none" | "deflate-raw"} encoding
 * @property {number} payload_bytes as stored
 * @property {number} crc32 of the payload as stored
 */

const MAGIC = "VITPACK\0";
const VERSION = 1;
const PRELUDE_BYTES = 16;

/** @type {Record<"<f4" | "<f2" | "|u1" | "|i1", {bytes: number, view: (buffer: ArrayBuffer) => Tensor["data"]}>} */
const DTYPES = {
  "<f4": { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  "<f2": { bytes: 2, view: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToFloat) },
  "|u1": { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  "|i1": { bytes: 1, view: (buffer) => new Int8Array(buffer) },
};

/**
 * A pack -> its array. Half-precision arrays come out as float32.
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
  return { name: header.name, shape: header.shape, data: view(plain) };
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
  if (header.encoding !== "none" && header.encoding !== "deflate-raw") {
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
