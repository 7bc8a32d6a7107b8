/**
 * What a picture file says of itself before anybody decodes it: its format, its size, whether it is all there. Knows no DOM.
 */

/**
 * @typedef {object} Header
 * @property {string} format as people call it; "" where nothing is known
 * @property {string} type MIME type of a format that browsers may know, "" of others
 * @property {number} width px as stored, before orientation; 0 where the head does not tell
 * @property {number} height px
 * @property {boolean} moves more frames than one
 */

const VIDEO = ["isom", "iso2", "mp41", "mp42", "avc1", "M4V ", "qt  ", "3gp4", "3gp5", "dash"];
const HEIC = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];

/** @type {[RegExp, Partial<Header>][]} beginnings, as Latin-1, of files whose size is of no use here */
const KNOWN = [
  [/^(II\*\0|MM\0\*)/, { format: "TIFF", type: "image/tiff" }],
  [/^\0\0\0\x0cJXL |^\xff\x0a/, { format: "JPEG XL", type: "image/jxl" }],
  [/^\0\0\0\x0cjP {2}/, { format: "JPEG 2000", type: "image/jp2" }],
  [/^\0\0\x01\0/, { format: "ICO", type: "image/x-icon" }],
  [/^8BPS/, { format: "Photoshop" }],
  [/^%PDF/, { format: "PDF" }],
  [/^(\x1aE\xdf\xa3|RIFF....AVI )/s, { format: "video" }],
  [/^(ID3|OggS|fLaC|RIFF....WAVE)/s, { format: "sound" }],
  [/^PK\x03\x04/, { format: "ZIP" }],
  [/^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype svg[^>]*>\s*)?<svg[\s>]/is, { format: "SVG" }],
];

/**
 * @param {Uint8Array} bytes a file's first ones
 * @returns {Header}
 */
export function identify(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (/** @type {number} */ start, /** @type {number} */ end) =>
    String.fromCharCode(...bytes.subarray(start, Math.min(end, bytes.length)));
  const unknown = { format: "", type: "", width: 0, height: 0, moves: false };
  try {
    const found = stillOrMoving(bytes, view, text);
    if (found) return { ...unknown, ...found };
  } catch (error) {
    // The head ends, or lies, before it has told all: what can be said, the decoder will say.
    if (!(error instanceof RangeError)) throw error;
  }
  const beginning = text(0, 4096);
  for (const [pattern, what] of KNOWN) if (pattern.test(beginning)) return { ...unknown, ...what };
  return isText(bytes.subarray(0, 4096)) ? { ...unknown, format: "text" } : unknown;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {(start: number, end: number) => string} text
 * @returns {Partial<Header> | null}
 */
function stillOrMoving(bytes, view, text) {
  if (text(0, 3) === "\xff\xd8\xff") return { format: "JPEG", type: "image/jpeg", ...jpegSize(view) };
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") {
    const moves = text(8, bytes.length < 4096 ? bytes.length : 4096).includes("acTL");
    return { format: "PNG", type: "image/png", width: view.getUint32(16), height: view.getUint32(20), moves };
  }
  if (/^GIF8[79]a/.test(text(0, 6))) {
    const size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    return { format: "GIF", type: "image/gif", ...size, moves: gifMoves(view) };
  }
  if (text(0, 2) === "BM" && bytes.length > 26) {
    return { format: "BMP", type: "image/bmp", width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
  }
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return { format: "WebP", type: "image/webp", ...webp(bytes, view, text) };
  return text(4, 8) === "ftyp" ? boxed(bytes, view, text) : null;
}

/**
 * The frame header of a JPEG, behind its other segments (ITU T.81, annex B).
 * @param {DataView} view
 */
function jpegSize(view) {
  for (let at = 2; at + 9 < view.byteLength; ) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff || marker === 0xda) break;
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    } else at += 2 + view.getUint16(at + 2);
  }
  return {};
}

/**
 * Does a second picture follow the first? Blocks are skipped by their lengths (GIF89a, section 12).
 * @param {DataView} view
 */
function gifMoves(view) {
  const table = (/** @type {number} */ packed) => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
  let at = 13 + table(view.getUint8(10));
  for (let frames = 0; at + 9 < view.byteLength; ) {
    const kind = view.getUint8(at);
    if (kind === 0x2c) {
      frames += 1;
      if (frames > 1) return true;
      at += 11 + table(view.getUint8(at + 9));
    } else if (kind === 0x21) at += 2;
    else return false;
    while (at < view.byteLength && view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at += 1;
  }
  return false;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {(start: number, end: number) => string} text
 */
function webp(bytes, view, text) {
  const chunk = text(12, 16);
  if (chunk === "VP8X") {
    const side = (/** @type {number} */ at) => 1 + view.getUint16(at, true) + (bytes[at + 2] << 16);
    return { width: side(24), height: side(27), moves: (bytes[20] & 2) !== 0 };
  }
  if (chunk === "VP8L") {
    const sides = view.getUint32(21, true);
    return { width: 1 + (sides & 0x3fff), height: 1 + ((sides >> 14) & 0x3fff) };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/**
 * AVIF, HEIC and films share one container: its brands tell them apart; the largest `ispe` box has the picture's size.
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {(start: number, end: number) => string} text
 * @returns {Partial<Header> | null}
 */
function boxed(bytes, view, text) {
  const brands = /** @type {string[]} */ (text(8, view.getUint32(0)).match(/.{4}/gs) ?? []);
  if (VIDEO.includes(brands[0])) return { format: "video" };
  let [width, height] = [0, 0];
  const end = Math.min(bytes.length - 16, 1 << 16);
  for (let at = 16; at < end; at += 1) {
    if (bytes[at] !== 0x69 || text(at, at + 4) !== "ispe") continue;
    const [w, h] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (w * h > width * height) [width, height] = [w, h];
  }
  if (brands.some((brand) => brand === "avif" || brand === "avis")) {
    return { format: "AVIF", type: "image/avif", width, height, moves: brands[0] === "avis" };
  }
  const heic = brands.some((brand) => HEIC.includes(brand));
  return heic ? { format: "HEIC", type: "image/heic", width, height } : null;
}

/**
 * Does a JPEG or a PNG lack its end? Some browsers show what there is of it, and white for the rest.
 * @param {Uint8Array} bytes the whole file
 * @param {string} format
 */
export function isCut(bytes, format) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === "PNG") {
    for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
      if (view.getUint32(at + 4) === 0x49454e44) return false; // IEND
    }
    return true;
  }
  if (format !== "JPEG") return false;
  let at = 2;
  // Segments tell their lengths, the picture behind the first scan does not; but only its end has these two bytes.
  while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
    at += view.getUint8(at + 1) === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  for (at = bytes.indexOf(0xff, at); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0xd9) return false;
  }
  return true;
}

/** UTF-8 without control characters that no text has. @param {Uint8Array} bytes */
function isText(bytes) {
  if (bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return false;
  try {
    // The last character may be cut in two.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
