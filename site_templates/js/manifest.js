/**
 * The page's contract with the build: the same shapes as the classes of `explainer/page_manifest.py`, and the block
 * that carries them. All paths are relative to the site's root.
 *
 * @typedef {{path: string, bytes: number, version: string, twin: boolean}} FileRef
 *   A published file; `version` changes with its content. `twin`: there is a classic script, `<path>.js`, that hands it over
 *   where `fetch` cannot (`file://`).
 * @typedef {{type: string, srcset: string}} PictureSource
 * @typedef {{src: string, width: number, sources: PictureSource[]}} Picture
 *   Square; `width` is px of the largest size.
 * @typedef {object} PhotoEntry
 * @property {string} id
 * @property {string} title
 * @property {string} alt
 * @property {string} author
 * @property {string} licence
 * @property {string} licence_url
 * @property {string} source_url
 * @property {number} width px of the oriented original
 * @property {number} height px of the oriented original
 * @property {[number, number, number, number]} crop_box px of the oriented original: left, top, right, bottom
 * @property {FileRef} crop lossless 224x224 PNG: exactly the pixels that models see
 * @property {Picture} display the same square, for the eye
 * @property {Picture} thumb
 * @property {Record<string, FileRef>} files `pixels`, `mobilenet_v2`, `mobilenet_v2_features`, and the real model's
 *   by `follow-real.js`'s names
 * @property {boolean} [live] the reader's own, which is on this page alone
 * @typedef {object} ModelEntry
 * @property {string} name
 * @property {string} title
 * @property {[number, number]} grid rows, columns of its tokens
 * @property {boolean} available
 * @property {Record<string, FileRef>} files what belongs to the model and to no photo, for scripts to load
 * @typedef {FileRef & {sha256: string, inflated_bytes: number, encoding: "none" | "deflate-raw" | "xz", parts: number}} LiveFile
 *   A large file that the page runs. `sha256` and `inflated_bytes` are of what it holds, inflated; `parts`: where `fetch`
 *   cannot, the scripts `<path>.1.js` to `<path>.<parts>.js` hand it over.
 * @typedef {object} Live what the page needs to run models itself
 * @property {string} script path of the live part's classic script
 * @property {string | null} style path of its stylesheet, where it has one
 * @property {LiveFile} worker
 * @property {LiveFile} runtime ONNX Runtime's WebAssembly
 * @property {Record<string, LiveFile>} models ONNX files, by the model's name
 * @typedef {object} Manifest
 * @property {number} version
 * @property {PhotoEntry[]} photos
 * @property {ModelEntry[]} models
 * @property {string} default_photo
 * @property {[number, number]} default_at px of the 224 crop (x, y)
 * @property {number} image_size px
 * @property {number} temperature
 * @property {number} position_alpha
 * @property {string} colormap 256 colours, six hex digits each, dark to light
 * @property {Live} live
 * @property {FileRef} provenance how to cite the site, and where each model's numbers are from
 */

const VERSION = 1;

/**
 * The JSON text of the page's data block -> the manifest. Throws an Error that says what it got and what it expected.
 * @param {string} text
 * @returns {Manifest}
 */
export function parseManifest(text) {
  const value = JSON.parse(text);
  if (value.version !== VERSION) {
    throw new Error(`The page's manifest: got v${value.version} when expected v${VERSION}.`);
  }
  return value;
}

/**
 * Where a file is: another address in each build that has it otherwise, so that no page mixes two. What the page made itself
 * has no version.
 * @param {FileRef} file
 */
export function addressOf({ path, version }) {
  return version === "" ? path : `${path}?v=${version}`;
}

/**
 * A photo by its id; the default photo's id is always there.
 * @param {Manifest} manifest
 * @param {string} id
 * @returns {PhotoEntry}
 */
export function photoById(manifest, id) {
  const photo = manifest.photos.find((entry) => entry.id === id);
  if (!photo) throw new RangeError(`No photo "${id}" among ${manifest.photos.map((entry) => entry.id).join(", ")}.`);
  return photo;
}
