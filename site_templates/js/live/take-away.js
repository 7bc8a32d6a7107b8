/** Takes what a figure shows away: a picture, the numbers, a link. The markup is `components/take_away.html`. */

import { find } from "../elements.js";
import { photoById } from "../manifest.js";
import { aboutTaking, linkTo, toCsv, toJson } from "./take-formats.js";
import { pictureOf } from "./take-picture.js";
import { takingOf } from "./takings.js";

/** @typedef {import("../main.js").Context} Context */
/** @typedef {import("./take-formats.js").Provenance} Provenance */
/** @typedef {import("./takings.js").Taking} Taking */

/** ms that a file's address stays good: the browser reads it after the click. */
const KEPT = 60_000;

/**
 * @param {Context} context
 * @returns {(box: HTMLElement) => void} makes a figure's `[data-take-away]` work; a second time it does nothing
 */
export function createTakeAway(context) {
  /** @type {WeakSet<HTMLElement>} */
  const known = new WeakSet();
  return (box) => {
    if (known.has(box)) return;
    known.add(box);
    const says = find(box, "[data-take-says]");
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (box.querySelectorAll("[data-take]"))) {
      button.addEventListener("click", async () => {
        says.textContent = "";
        try {
          says.textContent = await take(button.dataset.take ?? "", box, context);
        } catch (error) {
          says.textContent = /** @type {Error} */ (error).message;
        }
      });
      button.disabled = false;
    }
    says.textContent = "";
  };
}

/**
 * @param {string} what
 * @param {HTMLElement} box
 * @param {Context} context
 * @returns {Promise<string>} what was done, for people
 */
async function take(what, box, context) {
  const { manifest, state, loader, colormap } = context;
  const root = /** @type {HTMLElement} */ (box.closest("[data-figure]"));
  const link = linkTo(location.href.split("#")[0], root.id, state.get(), manifest);
  if (what === "link") return copy(link, box);

  const source = { manifest, state: state.get(), loader, dataset: root.dataset };
  const taking = await takingOf(root.dataset.figure ?? "", source);
  const provenance = /** @type {Provenance} */ (await loader.json(manifest.provenance));
  // A folder's address names its owner's folders and leads nobody else here.
  const about = aboutTaking(taking, provenance, loader.fromFolder ? null : link);
  if (what === "csv") save(new Blob([toCsv(taking, about)], { type: "text/csv" }), `${taking.stem}.csv`);
  if (what === "json") save(new Blob([toJson(taking, about)], { type: "application/json" }), `${taking.stem}.json`);
  if (what === "png") {
    const photo = taking.maps.some(({ onPhoto }) => onPhoto) ? await readablePhoto(root, context) : null;
    const words = captionOf(taking, provenance);
    save(await pictureOf(taking, { photo, colormap, look: lookOf(root), words }), `${taking.stem}.png`);
  }
  return `Saved as ${taking.stem}.${what}.`;
}

/** @param {Blob} content @param {string} name */
function save(content, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(content);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), KEPT);
}

/**
 * @param {string | null} link
 * @param {HTMLElement} box
 */
async function copy(link, box) {
  if (link === null) return "Your photo is on your machine alone, so no link can lead to it. Save the picture instead.";
  const field = /** @type {HTMLInputElement} */ (find(box, "[data-take-link]"));
  field.value = link;
  const only = link.startsWith("file:") ? " It leads into this folder, so it works on this machine alone." : "";
  try {
    await navigator.clipboard.writeText(link);
    field.hidden = true;
    return `Link copied.${only}`;
  } catch {
    // No clipboard outside of secure contexts, or not allowed: people can copy for themselves.
    field.hidden = false;
    field.focus();
    field.select();
    return `This browser lets no page copy here. The link is in the field, selected.${only}`;
  }
}

/**
 * The figure's photo where its pixels may be read; else the 224 px that the model saw. A page from a folder may show its
 * pictures and not read them.
 * @param {HTMLElement} root
 * @param {Context} context
 * @returns {Promise<CanvasImageSource>}
 */
async function readablePhoto(root, { manifest, state, loader }) {
  const image = root.querySelector(".heatmap-photo img");
  if (image instanceof HTMLImageElement && !loader.fromFolder) {
    await image.decode();
    return image;
  }
  const { data, shape } = await loader.pack(photoById(manifest, state.get().photo).files.pixels);
  const [height, width] = shape;
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel += 1) rgba.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}

/**
 * What must be said of a picture wherever it is shown.
 * @param {Taking} taking
 * @param {Provenance} provenance
 */
function captionOf({ models, photo }, provenance) {
  const lines = models.map((name) => {
    const { title, kind, checkpoint, weights_sha256: hash } = provenance.models[name];
    const role = kind === "stand-in" ? "a stand-in: its features as queries and keys" : "its own queries and keys";
    return `${title} (${role}). ${checkpoint}; weights SHA-256 ${hash.slice(0, 16)}…`;
  });
  const credit = photo.live
    ? "Photo: a reader’s own. Computed live in the browser."
    : `Photo: ${photo.title}, ${photo.author}, ${photo.licence}.`;
  return [...lines, credit, provenance.citation].filter(Boolean);
}

/** @param {HTMLElement} root */
function lookOf(root) {
  const style = getComputedStyle(root);
  /** @param {string} name */
  const value = (name) => style.getPropertyValue(name).trim();
  const [paper, ink, soft] = [value("--paper"), value("--ink"), value("--ink-soft")];
  return { paper, ink, soft, serif: value("--serif"), sans: value("--sans") };
}
