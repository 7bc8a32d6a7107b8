/** Twin of `explainer/preprocess.py`: pixels as models take them. Knows no DOM. */

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/**
 * (S, S, 3) pixels, 0 to 255 -> (3, S, S): scaled to 0 to 1, less ImageNet's mean, over its standard deviation.
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @returns {Float32Array}
 */
export function toInput(pixels) {
  const plane = pixels.length / 3;
  const input = new Float32Array(pixels.length);
  for (let channel = 0; channel < 3; channel += 1) {
    const mean = Math.fround(MEAN[channel]);
    const deviation = Math.fround(STD[channel]);
    for (let index = 0; index < plane; index += 1) {
      const share = Math.fround(pixels[3 * index + channel] / 255);
      input[channel * plane + index] = Math.fround(share - mean) / deviation;
    }
  }
  return input;
}
