/**
 * Pixels of a decoded picture, in sRGB and on white, part by part. Needs OffscreenCanvas.
 *
 * A canvas stores colours already multiplied by their opacity, each browser with its own rounding. Where a part is see-through,
 * its colours are therefore read from a video frame, which keeps them as the file has them, if the browser has such frames.
 */

/** @typedef {import("./decode.js").Opened} Opened */
/** @typedef {{left: number, top: number, wide: number, high: number}} Part px of the upright picture */

/**
 * @param {Opened} opened
 * @param {Part} part
 * @returns {Promise<Uint8ClampedArray>} (high, wide, 4), opaque
 */
export async function pixelsOf(opened, part) {
  const plain = read(opened, part, false);
  if (!isSeeThrough(plain)) {
    opened.convert?.(plain);
    return plain;
  }
  const straight = await fromFrame(opened, part);
  const pixels = straight ?? read(opened, part, true);
  opened.convert?.(pixels);
  if (straight) layOnWhite(straight);
  return pixels;
}

/**
 * A part of a picture at another size, on white, to look at.
 * @param {Opened} opened
 * @param {Part} part
 * @param {number} width px, as is the height
 * @param {number} height
 * @param {number} [quarterTurns] clockwise, of a square part
 * @returns {OffscreenCanvas}
 */
export function pictureOf({ bitmap, convert }, { left, top, wide, high }, width, height, quarterTurns = 0) {
  const { canvas, context } = paper(width, height, true);
  context.imageSmoothingQuality = "high";
  context.translate(width / 2, height / 2);
  context.rotate((quarterTurns * Math.PI) / 2);
  context.drawImage(bitmap, left, top, wide, high, -width / 2, -height / 2, width, height);
  if (convert) {
    const image = context.getImageData(0, 0, width, height);
    convert(image.data);
    context.putImageData(image, 0, 0);
  }
  return canvas;
}

/**
 * @param {Opened} opened
 * @param {Part} part
 * @param {boolean} onWhite
 */
function read({ bitmap }, { left, top, wide, high }, onWhite) {
  const { context } = paper(wide, high, onWhite);
  context.drawImage(bitmap, left, top, wide, high, 0, 0, wide, high);
  return context.getImageData(0, 0, wide, high).data;
}

/**
 * @param {Opened} opened
 * @param {Part} part
 * @returns {Promise<Uint8ClampedArray | null>} null where the browser cannot
 */
async function fromFrame({ bitmap }, { left, top, wide, high }) {
  if (!("VideoFrame" in globalThis)) return null;
  /** @type {VideoFrame | null} */
  let frame = null;
  try {
    frame = new VideoFrame(bitmap, { timestamp: 0, alpha: "keep" });
    const pixels = new Uint8ClampedArray(wide * high * 4);
    // The type of these options does not know formats yet.
    const options = /** @type {VideoFrameCopyToOptions} */ ({ rect: { x: left, y: top, width: wide, height: high }, format: "RGBA" });
    const [{ stride }] = await frame.copyTo(pixels, options);
    return stride === wide * 4 ? pixels : null;
  } catch {
    return null;
  } finally {
    frame?.close();
  }
}

/** @param {Uint8ClampedArray} pixels (count, 4) */
function isSeeThrough(pixels) {
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 255) return true;
  return false;
}

/**
 * In Pillow's integers: (colour * opacity + white * rest) / 255, rounded.
 * @param {Uint8ClampedArray} pixels (count, 4), colours not multiplied by their opacity
 */
function layOnWhite(pixels) {
  for (let at = 0; at < pixels.length; at += 4) {
    const opacity = pixels[at + 3];
    if (opacity === 255) continue;
    for (let channel = at; channel < at + 3; channel += 1) {
      const sum = pixels[channel] * opacity + 255 * (255 - opacity) + 128;
      pixels[channel] = ((sum >> 8) + sum) >> 8;
    }
    pixels[at + 3] = 255;
  }
}

/**
 * A sheet whose pixels will be read: it is kept where that is quick.
 * @param {number} width px
 * @param {number} height px
 * @param {boolean} white or clear
 */
function paper(width, height, white) {
  const canvas = new OffscreenCanvas(width, height);
  const options = { colorSpace: /** @type {const} */ ("srgb"), willReadFrequently: true };
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", options));
  if (white) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  return { canvas, context };
}
