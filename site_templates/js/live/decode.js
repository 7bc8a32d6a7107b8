/**
 * A file that a person chose -> upright sRGB pixels on white: the twin of `explainer/decode.py`, with the browser's decoders.
 * Runs in a worker or on a page; needs createImageBitmap and OffscreenCanvas.
 *
 * file -> format and size, nothing decoded yet -> the browser's decoder, EXIF orientation, sRGB -> crop on white -> 224 x 224
 */

import { converterOf, profileOf } from "./colour-profile.js";
import { nearest } from "./digits.js";
import { identify, isCut } from "./picture-header.js";
import { pictureOf, pixelsOf } from "./picture-pixels.js";
import { createResampler } from "./resample.js";
import * as sentences from "./unreadable.js";

/** A larger picture is refused: decoded, 100 megapixels are 400 MB. */
const MAX_PIXELS = 100e6;

/** px: one 32 x 32 patch. Below that, enlarging to 224 px shows interpolation, not a photo. */
const MIN_SIDE = 32;

/** Bytes of a file that are looked at: all of a camera's; of a larger one, more than stands before its size. */
const MOST_BYTES = 1 << 26;

/** Pixels that are read at once: 4 MB of them, so that a large photo need not be in memory twice. */
const SLICE = 1 << 20;

/**
 * @typedef {object} Opened
 * @property {ImageBitmap} bitmap
 * @property {number} width px, upright
 * @property {number} height px, upright
 * @property {string} format as people call it
 * @property {string[]} notes sentences to show beside it
 * @property {import("./colour-profile.js").Converter | null} convert to sRGB, where the bitmap is not in it
 */
/**
 * @typedef {object} Square of the upright picture; what is in it is turned afterwards
 * @property {number} x px, a whole number, as are the others
 * @property {number} y px
 * @property {number} side px
 * @property {number} quarterTurns clockwise
 */

/**
 * @param {Blob} blob
 * @returns {Promise<Opened>} rejects with `Unreadable`, whose message is a sentence for people
 */
export async function open(blob) {
  if (blob.size === 0) throw sentences.empty();
  const bytes = await bytesOf(blob);
  const header = identify(bytes);
  const { format, type, moves } = header;
  check(header.width, header.height, format);
  if (!type && format) throw sentences.noPhoto(format);
  if (bytes.length === blob.size && isCut(bytes, format)) throw sentences.cut(format);
  const profile = await profileOf(bytes, format);
  const convert = profile && converterOf(profile);
  const options = /** @type {const} */ ({
    imageOrientation: "from-image",
    colorSpaceConversion: convert ? "none" : "default",
    premultiplyAlpha: "none",
  });
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    // Named by what it holds, whatever its file name made the system believe.
    bitmap = await createImageBitmap(blob.slice(0, blob.size, type), options);
  } catch {
    throw sentences.notDecoded(format, header.width * header.height);
  }
  const { width, height } = bitmap;
  try {
    check(width, height, format);
  } catch (error) {
    bitmap.close();
    throw error;
  }
  return { bitmap, width, height, format, notes: moves ? [sentences.FIRST_FRAME] : [], convert };
}

/**
 * The whole picture, upright and on white, for a person to choose a square in.
 * @param {Opened} opened
 * @param {number} maxSide px
 */
export function preview(opened, maxSide) {
  const { width, height } = opened;
  const scale = Math.min(1, maxSide / Math.max(width, height));
  const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  return pictureOf(opened, { left: 0, top: 0, wide: width, high: height }, wide, high).transferToImageBitmap();
}

/**
 * The square as a person sees it, turned, at most so large.
 * @param {Opened} opened
 * @param {Square} square
 * @param {number} maxSide px
 * @returns {OffscreenCanvas}
 */
export function view(opened, { x, y, side, quarterTurns }, maxSide) {
  const size = Math.min(side, maxSide);
  return pictureOf(opened, { left: x, top: y, wide: side, high: side }, size, size, quarterTurns);
}

/**
 * What the models see: the square at 224 x 224 px, (224, 224, 3).
 * @param {Opened} opened
 * @param {Square} square
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function crop(opened, { x, y, side, quarterTurns }) {
  const { width, height } = opened;
  const whole = [x, y, side, quarterTurns].every(Number.isInteger);
  if (!whole || side < MIN_SIDE || x < 0 || y < 0 || x + side > width || y + side > height) {
    throw new RangeError(`No square of ${side} px at ${x}, ${y} in ${width} x ${height} px.`);
  }
  const turns = ((quarterTurns % 4) + 4) % 4;
  const resampler = createResampler(side);
  const most = Math.min(side, Math.max(1, Math.floor(SLICE / side)));
  for (let first = 0; first < side; first += most) {
    const count = Math.min(most, side - first);
    const { left, top, wide, high, layout } = strip(side, first, count, turns);
    resampler.rows(await pixelsOf(opened, { left: x + left, top: y + top, wide, high }), first, count, layout);
  }
  return resampler.finish();
}

/**
 * The largest square in the middle, as `photos.crop_box` takes it.
 * @param {number} width px
 * @param {number} height px
 * @returns {Square}
 */
export function wholeSquare(width, height) {
  const side = Math.min(width, height);
  return { x: nearest((width - side) / 2), y: nearest((height - side) / 2), side, quarterTurns: 0 };
}

/** Lets the decoded picture go. @param {Opened} opened */
export function close({ bitmap }) {
  bitmap.close();
}

/**
 * Which part of a square becomes its rows `first` to `first + count` once it is turned, and how they lie in that part's pixels,
 * four numbers each.
 * @param {number} side px
 * @param {number} first
 * @param {number} count
 * @param {number} turns clockwise, 0 to 3
 */
export function strip(side, first, count, turns) {
  const last = side - first - count;
  if (turns === 0) {
    return { left: 0, top: first, wide: side, high: count, layout: { start: 0, across: 4, down: 4 * side } };
  }
  if (turns === 1) {
    // A row runs up a column.
    const start = 4 * count * (side - 1);
    return { left: first, top: 0, wide: count, high: side, layout: { start, across: -4 * count, down: 4 } };
  }
  if (turns === 2) {
    const start = 4 * (count * side - 1);
    return { left: 0, top: last, wide: side, high: count, layout: { start, across: -4, down: -4 * side } };
  }
  const start = 4 * (count - 1);
  return { left: last, top: 0, wide: count, high: side, layout: { start, across: 4 * count, down: -4 } };
}

/** @param {number} width @param {number} height @param {string} format */
function check(width, height, format) {
  if (width * height > MAX_PIXELS) throw sentences.tooLarge(format, width, height);
  if (width * height > 0 && Math.min(width, height) < MIN_SIDE) throw sentences.tooSmall(width, height);
}

/** @param {Blob} blob */
async function bytesOf(blob) {
  try {
    return new Uint8Array(await blob.slice(0, MOST_BYTES).arrayBuffer());
  } catch {
    // It was moved, changed or taken away since it was chosen.
    throw sentences.gone();
  }
}
