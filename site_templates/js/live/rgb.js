/** Bytes of red, green and blue, as models see them, for a canvas. */

/**
 * @param {Uint8Array} pixels (side, side, 3)
 * @param {number} side px
 * @returns {ImageData} opaque
 */
export function imageOf(pixels, side) {
  const image = new ImageData(side, side);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    image.data[to] = pixels[from];
    image.data[to + 1] = pixels[from + 1];
    image.data[to + 2] = pixels[from + 2];
    image.data[to + 3] = 255;
  }
  return image;
}
