/**
 * Weights as colours: 256 colours from the manifest, read by the square-root rule, so that a patch with a fiftieth of the
 * attention is told from one with none. Knows no DOM.
 */

/** The weight that gets the brightest colour on the absolute scale; larger ones get it too. */
export const ABSOLUTE_MAXIMUM = 0.5;

/** @typedef {readonly [number, number, number]} Rgb 0 to 255 */
/**
 * @typedef {object} Colormap
 * @property {(weight: number, maximum: number) => Rgb} color
 * @property {(weight: number, maximum: number) => string} css
 */

/**
 * Where a weight stands between 0 and the maximum, 0 to 1: sqrt(w / maximum), clipped.
 * @param {number} weight
 * @param {number} maximum
 */
export function position(weight, maximum) {
  return Math.sqrt(Math.min(1, Math.max(0, weight / maximum)));
}

/**
 * @param {string} hex 256 colours, six hex digits each, dark to light: `manifest.colormap`
 * @returns {Colormap}
 */
export function createColormap(hex) {
  if (!/^([0-9a-f]{6}){256}$/i.test(hex)) throw new RangeError(`A colour map needs 256 colours, got ${hex.length / 6}.`);
  /** @type {Rgb[]} */
  const colors = Array.from({ length: 256 }, (_, index) => {
    const value = parseInt(hex.slice(6 * index, 6 * index + 6), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
  /** @type {Colormap["color"]} */
  const color = (weight, maximum) => colors[Math.round(255 * position(weight, maximum))];
  return { color, css: (weight, maximum) => `rgb(${color(weight, maximum).join(" ")})` };
}
