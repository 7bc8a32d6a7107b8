/**
 * A map laid over a photo in plain arithmetic, as `css/components/heatmap.css` does it with filters and a blend mode, which
 * not every browser's canvas has. Knows no DOM.
 */

/** `filter: saturate(0.3) brightness(0.45)` on the photo; the map is screened over it at this opacity. */
const SATURATION = 0.3;
const BRIGHTNESS = 0.45;
const OPACITY = 0.88;

/** Luminance by the filter's own weights (Filter Effects, feColorMatrix saturate). */
const LUMINANCE = Object.freeze([0.213, 0.715, 0.072]);

/**
 * Some rows of an opaque RGBA picture that is a square with a map over all of it, in place.
 * @param {Uint8ClampedArray} rgba (count, side, 4): the square's rows from `first` on
 * @param {number} first
 * @param {number} side of the square, px
 * @param {ArrayLike<number>} colors (rows*cols, 4) RGBA of the map's cells, 0 to 255
 * @param {{rows: number, cols: number}} grid
 */
export function layMap(rgba, first, side, colors, { rows, cols }) {
  const count = rgba.length / (4 * side);
  for (let y = 0; y < count; y += 1) {
    const line = cols * Math.floor(((first + y) * rows) / side);
    for (let x = 0; x < side; x += 1) {
      const at = 4 * (y * side + x);
      const cell = 4 * (line + Math.floor((x * cols) / side));
      const grey = LUMINANCE[0] * rgba[at] + LUMINANCE[1] * rgba[at + 1] + LUMINANCE[2] * rgba[at + 2];
      for (let channel = 0; channel < 3; channel += 1) {
        const dimmed = BRIGHTNESS * (grey + SATURATION * (rgba[at + channel] - grey));
        rgba[at + channel] = dimmed + (OPACITY * colors[cell + channel] * (255 - dimmed)) / 255;
      }
    }
  }
}
