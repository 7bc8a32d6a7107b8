/** One patch under the glass: its pixels, and the same pixels as the list of numbers that a model reads. */

import { wireControls } from "../controls.js";
import { fill, find, noteShown, rgbOf, setAttributes, showError, thousands } from "../elements.js";
import { addressOf, photoById } from "../manifest.js";
import { cellAt, flattenPatch, patchGrid, placeWords } from "../patch-grid.js";
import { createPatchPicker } from "../patch-picker.js";
import { createPixels } from "../pixels.js";

const CHANNELS = ["red", "green", "blue"];

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest, loader } = context;
  const strip = find(root, "[data-strip]");
  const tints = (strip.dataset.tints ?? "").split(",").map(rgbOf);
  const paintPatch = createPixels(find(root, "[data-patch]"));
  const paintStrip = createPixels(strip);
  const patchMarks = find(root, "[data-patch-marks]");
  const stripMarks = find(root, "[data-strip-marks]");
  const slider = /** @type {HTMLInputElement} */ (find(root, "[data-step]"));
  const swatches = root.querySelectorAll("[data-swatch]");
  const crop = /** @type {HTMLImageElement} */ (find(root, "[data-crop]"));
  const controls = wireControls(root, context);
  /** @type {Uint8Array} the vector on show, (3 P^2,) */
  let vector = new Uint8Array(0);

  const picker = createPatchPicker(root, state, { label: "The photo's patches, to choose one", describe: placeWords });

  const showStep = () => {
    const { patchSize } = state.get();
    const step = Number(slider.value) - 1;
    const pixel = Math.floor(step / 3);
    const [row, col] = [Math.floor(pixel / patchSize), pixel % patchSize];
    for (const ring of patchMarks.querySelectorAll("[data-here]")) setAttributes(ring, { x: col, y: row });
    for (const ring of stripMarks.querySelectorAll("[data-here]")) setAttributes(ring, { x: 3 * col + (step % 3), y: row });
    const value = vector[step];
    const words = {
      step: step + 1,
      pixelRow: row + 1,
      pixelColumn: col + 1,
      channel: CHANNELS[step % 3],
      value,
      scaled: scaled(value),
    };
    fill(root, words);
    slider.setAttribute(
      "aria-valuetext",
      `value ${words.step}: ${words.channel} of row ${words.pixelRow}, column ${words.pixelColumn}: ${value}, scaled ${words.scaled}`,
    );
  };

  /** @param {Uint8Array} pixels (224, 224, 3) */
  const draw = (pixels) => {
    const { patchSize, at } = state.get();
    const { rows, cols, vectorLength } = patchGrid(patchSize);
    const cell = cellAt(at, rows, cols);
    vector = flattenPatch(pixels, cell, patchSize);
    paintPatch(patchSize, patchSize, (pixel) => [...vector.subarray(3 * pixel, 3 * pixel + 3), 255]);
    // Folded after each line of pixels: P lines of 3 P values, each in its channel's tint.
    paintStrip(3 * patchSize, patchSize, (index) => [...tints[index % 3].map((part) => (part * vector[index]) / 255), 255]);
    setAttributes(patchMarks, { viewBox: `0 0 ${patchSize} ${patchSize}` });
    setAttributes(stripMarks, { viewBox: `0 0 ${3 * patchSize} ${patchSize}` });
    slider.max = String(vectorLength);
    fill(root, { patchSize, row: cell.row + 1, column: cell.col + 1, vector: thousands(vectorLength) });
    swatches.forEach((swatch, pixel) => {
      const [red, green, blue] = vector.subarray(3 * pixel, 3 * pixel + 3);
      swatch.setAttribute("fill", `rgb(${red} ${green} ${blue})`);
      [red, green, blue].forEach((value, channel) => {
        fill(root, { [`value-${pixel}-${channel}`]: value, [`scaled-${pixel}-${channel}`]: scaled(value) });
      });
    });
    showStep();
  };

  const show = async () => {
    const photo = photoById(manifest, state.get().photo);
    // The same address set again would be fetched again.
    setAttributes(crop, { src: addressOf(photo.crop) });
    crop.alt = photo.alt;
    picker.show();
    // A slower answer to an earlier choice, or its failure, must not overwrite a later one.
    const isWanted = () => state.get().photo === photo.id;
    try {
      const { data } = await loader.pack(photo.files.pixels);
      if (!isWanted()) return;
      draw(/** @type {Uint8Array} */ (data));
      noteShown(root, photo);
      showError(root, "");
    } catch (error) {
      if (isWanted()) showError(root, `The photo's pixels are missing: ${/** @type {Error} */ (error).message}`);
    }
  };

  /** @param {MouseEvent} event */
  const onStrip = (event) => {
    const { left, top, width, height } = stripMarks.getBoundingClientRect();
    const { patchSize } = state.get();
    const column = Math.floor(((event.clientX - left) / width) * 3 * patchSize);
    const line = Math.floor(((event.clientY - top) / height) * patchSize);
    slider.value = String(line * 3 * patchSize + column + 1);
    showStep();
  };

  slider.addEventListener("input", showStep);
  stripMarks.addEventListener("click", /** @type {EventListener} */ (onStrip));
  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("photo") || changed.has("at") || changed.has("patchSize")) void show();
  });
  void show();
  return {
    destroy() {
      unsubscribe();
      controls.destroy();
      picker.destroy();
      slider.removeEventListener("input", showStep);
      stripMarks.removeEventListener("click", /** @type {EventListener} */ (onStrip));
    },
  };
}

/** @param {number} value 0 to 255 */
function scaled(value) {
  return (value / 255).toFixed(3);
}
