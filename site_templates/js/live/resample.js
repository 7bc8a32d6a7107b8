/**
 * A square of 8-bit RGB pixels -> a square of another size, as Pillow's bicubic filter makes it: the tested twin of
 * `Image.resize(..., Image.Resampling.BICUBIC)`, equal bit for bit. Knows no DOM.
 *
 * When a picture is made smaller the filter is widened by as much, so that every pixel counts (antialiasing). Rows are
 * narrowed first and rounded to 8 bits, then columns are shortened and rounded again; weights are integers of 2^-22.
 */

/** px: the side of the square that models see. */
export const IMAGE_SIZE = 224;

/** Fraction bits of a weight: 32, less 8 for the pixel and 2 for the sum's sign and overshoot. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

/** The cubic's reach on either side, in pixels of the larger scale (Keys 1981, a = -1/2). */
const SUPPORT = 2;

/** @typedef {Uint8Array | Uint8ClampedArray} Bytes */
/**
 * @typedef {object} Weights of a line's outputs
 * @property {Int32Array} first the first input pixel that counts, for each output
 * @property {Int32Array} count how many count
 * @property {Int32Array} values `room` for each output, in 2^-22; they sum to about 1
 * @property {number} room
 */
/**
 * @typedef {object} Layout where pixels lie in an array that holds some rows of a picture
 * @property {number} start of the first row's first pixel
 * @property {number} across from a pixel to the one on its right
 * @property {number} down from a pixel to the one below
 */

/**
 * (side, side, 3) -> (size, size, 3).
 * @param {Bytes} pixels
 * @param {number} side px
 * @param {number} [size] px
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function resample(pixels, side, size = IMAGE_SIZE) {
  if (pixels.length !== side * side * 3) throw new RangeError(`${pixels.length} numbers are not ${side} x ${side} pixels.`);
  const resampler = createResampler(side, size);
  resampler.rows(pixels, 0, side, { start: 0, across: 3, down: 3 * side });
  return resampler.finish();
}

/**
 * The same for a picture that comes a few rows at a time, so that a large one need never be in memory as a whole.
 * @param {number} side px
 * @param {number} [size] px
 */
export function createResampler(side, size = IMAGE_SIZE) {
  const weights = side === size ? null : weightsOf(side, size);
  // Rows narrowed, not yet shortened: (side, size, 3). Clamped arrays take care of overshoot.
  const narrow = new Uint8ClampedArray(side * size * 3);
  return {
    /**
     * @param {Bytes} data
     * @param {number} first the row of the picture that comes first in `data`
     * @param {number} count rows
     * @param {Layout} layout
     */
    rows(data, first, count, { start, across, down }) {
      for (let row = 0; row < count; row += 1) {
        const [from, to] = [start + row * down, (first + row) * size * 3];
        if (weights) narrowRow(data, from, across, weights, narrow.subarray(to, to + size * 3));
        else copyRow(data, from, across, narrow.subarray(to, to + size * 3));
      }
    },
    /** @returns {Uint8Array<ArrayBuffer>} (size, size, 3), when all rows have come */
    finish() {
      return new Uint8Array((weights ? shorten(narrow, size, weights) : narrow).buffer);
    },
  };
}

/**
 * Each output's weights on a line of `from` pixels that becomes one of `to`.
 * @param {number} from
 * @param {number} to
 * @returns {Weights}
 */
function weightsOf(from, to) {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = SUPPORT * stretch;
  const room = Math.ceil(reach) * 2 + 1;
  const [first, count] = [new Int32Array(to), new Int32Array(to)];
  const values = new Int32Array(to * room);
  const line = new Float64Array(room);
  for (let out = 0; out < to; out += 1) {
    const centre = (out + 0.5) * scale;
    first[out] = Math.max(Math.trunc(centre - reach + 0.5), 0);
    count[out] = Math.min(Math.trunc(centre + reach + 0.5), from) - first[out];
    let total = 0;
    for (let index = 0; index < count[out]; index += 1) {
      // In this order of operations: the last bit decides how a weight is rounded.
      line[index] = cubic((index + first[out] - centre + 0.5) * (1 / stretch));
      total += line[index];
    }
    for (let index = 0; index < count[out]; index += 1) {
      const weight = line[index] / total;
      values[out * room + index] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * 2 ** BITS);
    }
  }
  return { first, count, values, room };
}

/** @param {number} distance */
function cubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

/**
 * @param {Bytes} data
 * @param {number} from
 * @param {number} across
 * @param {Weights} weights
 * @param {Uint8ClampedArray} to (size, 3)
 */
function narrowRow(data, from, across, { first, count, values, room }, to) {
  for (let out = 0; out < first.length; out += 1) {
    let [red, green, blue] = [HALF, HALF, HALF];
    let at = from + first[out] * across;
    const end = out * room + count[out];
    for (let index = out * room; index < end; index += 1) {
      const weight = values[index];
      red = (red + Math.imul(data[at], weight)) | 0;
      green = (green + Math.imul(data[at + 1], weight)) | 0;
      blue = (blue + Math.imul(data[at + 2], weight)) | 0;
      at += across;
    }
    to[3 * out] = red >> BITS;
    to[3 * out + 1] = green >> BITS;
    to[3 * out + 2] = blue >> BITS;
  }
}

/**
 * @param {Bytes} data
 * @param {number} from
 * @param {number} across
 * @param {Uint8ClampedArray} to (size, 3)
 */
function copyRow(data, from, across, to) {
  for (let out = 0; 3 * out < to.length; out += 1) {
    for (let channel = 0; channel < 3; channel += 1) to[3 * out + channel] = data[from + out * across + channel];
  }
}

/**
 * (side, size, 3) -> (size, size, 3).
 * @param {Uint8ClampedArray} narrow
 * @param {number} size
 * @param {Weights} weights
 */
function shorten(narrow, size, { first, count, values, room }) {
  const width = 3 * size;
  const result = new Uint8ClampedArray(size * width);
  const sums = new Int32Array(width);
  for (let out = 0; out < size; out += 1) {
    sums.fill(HALF);
    for (let index = 0; index < count[out]; index += 1) {
      const weight = values[out * room + index];
      const row = (first[out] + index) * width;
      for (let at = 0; at < width; at += 1) sums[at] = (sums[at] + Math.imul(narrow[row + at], weight)) | 0;
    }
    for (let at = 0; at < width; at += 1) result[out * width + at] = sums[at] >> BITS;
  }
  return result;
}
