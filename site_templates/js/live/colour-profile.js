/**
 * A picture's ICC profile -> its colours in sRGB. Browsers convert colours too, each with roundings of its own; the raw scores of
 * the stand-in feel a hundredth of such a step. So pictures with the common kind of profile, three curves and a matrix
 * (Display P3, Adobe RGB, sRGB itself), are converted here as LittleCMS does it for `explainer/decode.py`. Knows no DOM.
 */

/** @typedef {(value: number) => number} Curve from [0, 1] to light */
/** @typedef {(pixels: Uint8ClampedArray) => void} Converter changes (count, 4) numbers in place; the fourth stays */

/** Red, green and blue of sRGB, as columns of X, Y, Z under D50: LittleCMS's own numbers. */
const SRGB = [
  [0.43604125161605084, 0.3851129107981557, 0.14304583758579362],
  [0.22248454022947742, 0.7169050786084579, 0.060610381162065304],
  [0.013920187471375375, 0.09706723869712407, 0.713912573831501],
];

/** Beginnings of a table that finds a number's place among the 255 thresholds between steps of sRGB. */
const BUCKETS = 4096;

/**
 * The profile that a file brings along, or null. Only the formats that carry one in a place easily found are asked.
 * @param {Uint8Array} bytes the file
 * @param {string} format
 * @returns {Promise<Uint8Array | null>}
 */
export async function profileOf(bytes, format) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (format === "JPEG") return inJpeg(bytes, view);
    if (format === "PNG") return await inPng(bytes, view);
    return format === "WebP" ? inWebp(bytes, view) : null;
  } catch {
    // Metadata that lie: no profile.
    return null;
  }
}

/**
 * Three curves and a matrix -> their converter; null for any other kind, which is left to the browser.
 * @param {Uint8Array} profile
 * @returns {Converter | null}
 */
export function converterOf(profile) {
  try {
    const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
    if (word(view, 16) !== "RGB " || word(view, 20) !== "XYZ ") return null;
    const tags = tagsOf(view);
    // Tables come first where a profile has both.
    if (["A2B0", "A2B1", "D2B0", "D2B1"].some((name) => tags.has(name))) return null;
    const at = (/** @type {string} */ name) => tags.get(name) ?? -1;
    const columns = ["rXYZ", "gXYZ", "bXYZ"].map((name) => [8, 12, 16].map((place) => fixed(view, at(name) + place)));
    const curves = ["rTRC", "gTRC", "bTRC"].map((name) => curveOf(view, at(name)));
    const toXyz = [0, 1, 2].map((row) => columns.map((column) => column[row]));
    return converter(curves, product(inverse(SRGB), toXyz));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * @param {Curve[]} curves
 * @param {number[][]} matrix light in the profile's colours -> light in sRGB's
 * @returns {Converter}
 */
function converter(curves, matrix) {
  const [red, green, blue] = curves.map((curve) => Float64Array.from({ length: 256 }, (_, value) => curve(value / 255)));
  const [[a, b, c], [d, e, f], [g, h, i]] = matrix;
  const step = stepFinder();
  return (pixels) => {
    for (let at = 0; at < pixels.length; at += 4) {
      const [r, s, t] = [red[pixels[at]], green[pixels[at + 1]], blue[pixels[at + 2]]];
      pixels[at] = step(a * r + b * s + c * t);
      pixels[at + 1] = step(d * r + e * s + f * t);
      pixels[at + 2] = step(g * r + h * s + i * t);
    }
  };
}

/** Light -> 0 to 255 of sRGB, rounded to 16 bits first and then to 8. @returns {(light: number) => number} */
function stepFinder() {
  const thresholds = Float64Array.from({ length: 256 }, (_, step) => {
    if (step === 0) return -Infinity;
    // The least 16-bit number that is rounded to this step, and the least number that is rounded to that one.
    const least = Math.ceil((step * 2 ** 24 - 2 ** 23) / 65281);
    const value = (least - 0.5) / 65535;
    return value >= 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
  });
  const first = new Uint8Array(BUCKETS + 1);
  for (let bucket = 1; bucket <= BUCKETS; bucket += 1) {
    let step = first[bucket - 1];
    while (step < 255 && thresholds[step + 1] <= bucket / BUCKETS) step += 1;
    first[bucket] = step;
  }
  return (light) => {
    let step = first[light <= 0 ? 0 : light >= 1 ? BUCKETS : Math.floor(light * BUCKETS)];
    while (step < 255 && light >= thresholds[step + 1]) step += 1;
    return step;
  };
}

/**
 * A tone curve (ICC.1, sections 10.6 and 10.18): a power, a table of 16-bit numbers, or a power with a foot.
 * @param {DataView} view
 * @param {number} at
 * @returns {Curve}
 */
function curveOf(view, at) {
  if (word(view, at) === "para") {
    const kind = view.getUint16(at + 8);
    const count = [1, 3, 4, 5, 7][kind] ?? 0;
    const [g, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from({ length: count }, (_, index) => fixed(view, at + 12 + 4 * index));
    const power = (/** @type {number} */ x) => Math.max(a * x + b, 0) ** g;
    if (kind === 0) return (x) => x ** g;
    if (kind === 1) return (x) => (x >= -b / a ? power(x) : 0);
    if (kind === 2) return (x) => (x >= -b / a ? power(x) + c : c);
    if (kind === 3) return (x) => (x >= d ? power(x) : c * x);
    if (kind === 4) return (x) => (x >= d ? power(x) + e : c * x + f);
  }
  if (word(view, at) !== "curv") throw new RangeError("A curve of an unknown kind.");
  const count = view.getUint32(at + 8);
  if (count === 0) return (x) => x;
  if (count === 1) return (x) => x ** (view.getUint16(at + 12) / 256);
  const table = Array.from({ length: count }, (_, index) => view.getUint16(at + 12 + 2 * index));
  return (x) => {
    const place = x * (count - 1);
    const before = Math.min(Math.floor(place), count - 2);
    return Math.round(table[before] + (place - before) * (table[before + 1] - table[before])) / 65535;
  };
}

/** @param {DataView} view @returns {Map<string, number>} name -> where it begins */
function tagsOf(view) {
  const tags = new Map();
  for (let index = 0; index < Math.min(view.getUint32(128), 100); index += 1) {
    tags.set(word(view, 132 + 12 * index), view.getUint32(136 + 12 * index));
  }
  return tags;
}

/**
 * Segments that may share one profile among them.
 * @param {Uint8Array} bytes
 * @param {DataView} view
 */
function inJpeg(bytes, view) {
  /** @type {Uint8Array[]} */
  const parts = [];
  for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at + 1) !== 0xe2 || latin(bytes, at + 4, 12) !== "ICC_PROFILE\0") continue;
    parts[view.getUint8(at + 16) - 1] = bytes.subarray(at + 18, at + 2 + view.getUint16(at + 2));
  }
  if (parts.length === 0) return null;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @returns {Promise<Uint8Array | null>}
 */
async function inPng(bytes, view) {
  for (let at = 8; at + 12 < bytes.length; at += 12 + view.getUint32(at)) {
    const kind = word(view, at + 4);
    if (kind === "IDAT") return null;
    if (kind !== "iCCP") continue;
    // Its name, a zero, the kind of compression, a zlib stream.
    const start = bytes.indexOf(0, at + 8) + 2;
    const deflated = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes.subarray(start, at + 8 + view.getUint32(at)))]);
    return new Uint8Array(await new Response(deflated.stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
  }
  return null;
}

/** @param {Uint8Array} bytes @param {DataView} view */
function inWebp(bytes, view) {
  for (let at = 12; at + 8 < bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (word(view, at) === "ICCP") return bytes.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  return null;
}

/** @param {Uint8Array} bytes @param {number} start @param {number} length */
function latin(bytes, start, length) {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

/** @param {DataView} view @param {number} at */
function word(view, at) {
  return [0, 1, 2, 3].map((place) => String.fromCharCode(view.getUint8(at + place))).join("");
}

/** 16 bits before the point and 16 after it. @param {DataView} view @param {number} at */
function fixed(view, at) {
  return view.getInt32(at) / 65536;
}

/** @param {number[][]} one @param {number[][]} other */
function product(one, other) {
  return one.map((row) => [0, 1, 2].map((col) => row[0] * other[0][col] + row[1] * other[1][col] + row[2] * other[2][col]));
}

/** By cofactors. @param {number[][]} m */
function inverse(m) {
  const minor = (/** @type {number} */ row, /** @type {number} */ col) => {
    const [r, s] = [0, 1, 2].filter((index) => index !== row);
    const [c, d] = [0, 1, 2].filter((index) => index !== col);
    return ((row + col) % 2 ? -1 : 1) * (m[r][c] * m[s][d] - m[r][d] * m[s][c]);
  };
  const determinant = [0, 1, 2].reduce((sum, col) => sum + m[0][col] * minor(0, col), 0);
  return [0, 1, 2].map((row) => [0, 1, 2].map((col) => minor(col, row) / determinant));
}
