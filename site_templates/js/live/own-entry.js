/**
 * The reader's own photo as an entry of the manifest: pictures behind `blob:` addresses, and what was computed handed to the
 * loader, so that no figure knows the difference.
 */

import { imageOf } from "./rgb.js";

/** @typedef {import("../manifest.js").PhotoEntry} PhotoEntry */
/** @typedef {import("./crop-box.js").Box} Box */
/**
 * @typedef {object} Computed
 * @property {Uint8Array} pixels 224*224*3: exactly what models see
 * @property {Blob} picture the same square, for the eye
 * @property {Record<string, unknown>} files by the manifest's names: JSON values and tensors
 */

/** ms: figures far from the reader hear late that a photo is gone, and may still draw from its addresses. */
const LINGER = 10_000;

/**
 * Everything that figures ask of a photo. The pictures' addresses live until `release`.
 * @param {string} id
 * @param {{width: number, height: number}} opened px of the upright original
 * @param {Box} box whole px
 * @param {Computed} computed
 * @param {import("../loader.js").Loader} loader
 * @param {number} size px: the side of what models see
 * @returns {Promise<PhotoEntry>}
 */
export async function createEntry(id, opened, box, { pixels, picture, files }, loader, size) {
  const [display, crop] = [picture, await pngOf(pixels, size)].map((blob) => URL.createObjectURL(blob));
  const shown = { src: display, width: size, sources: [] };
  const entry = {
    id,
    title: "Your photo",
    alt: "Your own photo",
    author: "",
    licence: "",
    licence_url: "",
    source_url: "",
    width: opened.width,
    height: opened.height,
    crop_box: /** @type {[number, number, number, number]} */ ([box.x, box.y, box.x + box.side, box.y + box.side]),
    crop: { path: crop, bytes: 0, version: "", twin: false },
    display: shown,
    thumb: shown,
    files: {},
    live: true,
  };
  addFiles(entry, { ...files, pixels: { name: `${id}_pixels`, shape: [size, size, 3], data: pixels } }, loader);
  return entry;
}

/**
 * Hands computed files to the loader; one that is there already gets a new path, as readers remember by path.
 * @param {PhotoEntry} entry
 * @param {Record<string, unknown>} files by name
 * @param {import("../loader.js").Loader} loader
 */
export function addFiles(entry, files, loader) {
  for (const [name, content] of Object.entries(files)) {
    const again = name in entry.files ? "-again" : "";
    const isTensor = content !== null && typeof content === "object" && "data" in content && "shape" in content;
    const path = `live/${entry.id}/${name}${again}${isTensor ? ".bin" : ".json"}`;
    loader.provide(path, content);
    entry.files[name] = { path, bytes: 0, version: "", twin: false };
  }
}

/**
 * Lets go of all that the entry held.
 * @param {PhotoEntry} entry
 * @param {import("../loader.js").Loader} loader
 */
export function release(entry, loader) {
  loader.withdraw(`live/${entry.id}/`);
  setTimeout(() => {
    URL.revokeObjectURL(entry.display.src);
    URL.revokeObjectURL(entry.crop.path);
  }, LINGER);
}

/**
 * RGB values -> a lossless picture.
 * @param {Uint8Array} pixels (size, size, 3)
 * @param {number} size px
 * @returns {Promise<Blob>}
 */
function pngOf(pixels, size) {
  const canvas = new OffscreenCanvas(size, size);
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("This browser draws no canvas.");
  brush.putImageData(imageOf(pixels, size), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
