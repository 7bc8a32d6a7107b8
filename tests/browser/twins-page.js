/** The engine's page, with one more thing on offer: a picture file through the browser's decoder and the models. */

import "./engine-page.js";

import { wholeSquare } from "../../site_templates/js/live/decode.js";

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {ArrayBufferView} array */
function textOf(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let letters = "";
  for (let at = 0; at < bytes.length; at += 4096) letters += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(letters);
}

/**
 * Arrays as base64; texts go in and out, which every driver can carry.
 * @param {string} asked {file: base64, box: [left, top, right, bottom] | null, models: string[]}
 * @returns {Promise<string>} {width, height, format, notes, pixels, outputs: {<model>: {<name>: ...}}} or {name, message} of an error
 */
globalThis.look = async (asked) => {
  const { file, box, models } = JSON.parse(asked);
  const { engine } = await globalThis.live();
  try {
    const { id, ...picture } = await engine.open(new Blob([bytesOf(file)]));
    const square = wholeSquare(picture.width, picture.height);
    if (box) [square.x, square.y, square.side] = [box[0], box[1], box[2] - box[0]];
    const pixels = await engine.crop(id, square);
    engine.close(id);
    const outputs = {};
    for (const model of models) {
      const result = Object.entries(await engine.run(model, pixels)).filter(([name]) => name !== "ms");
      outputs[model] = Object.fromEntries(result.map(([name, values]) => [name, textOf(values)]));
    }
    return JSON.stringify({ ...picture, pixels: textOf(pixels), outputs });
  } catch ({ name, message }) {
    return JSON.stringify({ name, message });
  }
};
