/** What the page asks of each model: its inputs from pixels, and its outputs as the engine hands them on. Knows no DOM. */

import { withInput } from "./onnx-input.js";
import { toInput } from "./preprocess.js";

/** @typedef {import("./session.js").Given} Given */
/** @typedef {Record<string, Float32Array<ArrayBuffer>>} Outputs by name, flat, C order */
/**
 * @typedef {object} LiveModel
 * @property {(onnx: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>} prepared the file, as ONNX Runtime is given it
 * @property {(pixels: Uint8Array, positions: boolean) => Record<string, Given>} inputs of a 224 x 224 x 3 crop
 * @property {(outputs: Outputs) => Outputs} result
 */

const SIDE = 224;

/** @param {Uint8Array} pixels @returns {Given} */
function picture(pixels) {
  const expected = 3 * SIDE * SIDE;
  if (pixels.length !== expected) throw new RangeError(`A crop has ${expected} numbers, got ${pixels.length}.`);
  return { dims: [1, 3, SIDE, SIDE], data: toInput(pixels) };
}

/** @type {Record<string, LiveModel>} */
export const MODELS = {
  mobilenet_v2: {
    prepared: (onnx) => onnx,
    inputs: (pixels) => ({ pixels: picture(pixels) }),
    result: ({ features }) => ({ features: tokensOf(features, 49) }),
  },
  dinov2_vits14: {
    prepared: (onnx) => withInput(onnx, "positions"),
    inputs: (pixels, positions) => ({
      pixels: picture(pixels),
      positions: { dims: [1], data: Float32Array.of(positions ? 1 : 0) },
    }),
    result: ({ tokens, q, k, norms }) => ({ tokens, q, k, norms }),
  },
};

/**
 * A map (1, D, rows, cols) -> its tokens (rows * cols, D), row by row.
 * @param {Float32Array} map
 * @param {number} count rows * cols
 */
function tokensOf(map, count) {
  const width = map.length / count;
  const tokens = new Float32Array(map.length);
  for (let channel = 0; channel < width; channel += 1) {
    for (let token = 0; token < count; token += 1) tokens[token * width + channel] = map[channel * count + token];
  }
  return tokens;
}
