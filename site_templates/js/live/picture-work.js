/** The worker's side of pictures.js: pictures that are open, by the page's name for them. */

import { close, crop, open, preview, view } from "./decode.js";

/** @typedef {import("./decode.js").Opened} Opened */
/** @typedef {import("./pictures.js").Box} Box */

/** px: sharp at the width of any figure. */
const EYE_SIDE = 1120;

/** @type {Map<string, Opened>} */
const pictures = new Map();

/** @param {string} id */
function of(id) {
  const picture = pictures.get(id);
  if (!picture) throw new Error("This picture is no longer open: choose it again.");
  return picture;
}

/** @type {Record<string, (input: any) => Promise<import("./worker.js").Answer>>} */
export const PICTURE_WORK = {
  /** @param {{id: string, blob: Blob}} input */
  async open({ id, blob }) {
    const picture = await open(blob);
    pictures.set(id, picture);
    const { width, height, format, notes } = picture;
    return { value: { width, height, format, notes } };
  },

  /** @param {{id: string, maxSide: number}} input */
  async preview({ id, maxSide }) {
    const bitmap = await preview(of(id), maxSide);
    return { value: bitmap, transfer: [bitmap] };
  },

  /** @param {{id: string, box: Box}} input */
  async crop({ id, box }) {
    const pixels = await crop(of(id), box);
    return { value: pixels, transfer: [pixels.buffer] };
  },

  /** @param {{id: string, box: Box}} input */
  async show({ id, box }) {
    return { value: await forTheEye(of(id), box) };
  },

  /** @param {{id: string}} input */
  async close({ id }) {
    close(of(id));
    pictures.delete(id);
    return {};
  },
};

/**
 * A square of a picture, turned, on white, not larger than it is.
 * @param {Opened} picture
 * @param {Box} box
 * @returns {Promise<Blob>}
 */
async function forTheEye(picture, box) {
  const canvas = view(picture, box, EYE_SIDE);
  const webp = await canvas.convertToBlob({ type: "image/webp", quality: 0.85 });
  // Browsers without a WebP encoder give a PNG instead, which is large.
  return webp.type === "image/webp" ? webp : canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
}
