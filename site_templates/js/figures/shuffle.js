/** A proof by doing: shuffle the patches, compute attention anew, and compare it with the old one, permuted. */

import { toRows } from "../attention.js";
import { ABSOLUTE_MAXIMUM } from "../colormap.js";
import { fill, find, noteShown, setAttributes, showError } from "../elements.js";
import { compareShuffled, scientific } from "../equivariance.js";
import { createHeatmap } from "../heatmap.js";
import { photoById } from "../manifest.js";
import { cellAt, centerOf, IMAGE_SIZE, placeWords, rowColOf, tokenOf } from "../patch-grid.js";
import { createRandom, permutation, swap } from "../permutation.js";

/** @typedef {import("../equivariance.js").Comparison} Comparison */

const VARIANTS = /** @type {const} */ (["layernorm", "layernorm_position"]);

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, { state, manifest, loader, colormap }) {
  const [rows, cols] = [Number(root.dataset.rows), Number(root.dataset.cols)];
  const count = rows * cols;
  const options = {
    positionAlpha: manifest.position_alpha,
    grid: /** @type {const} */ ([rows, cols]),
    temperature: Number(root.dataset.temperature),
  };
  const live = find(root, "[data-spoken]");
  const tiles = [...root.querySelectorAll("[data-tile]")];
  const images = root.querySelectorAll("image");
  const choices = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("[data-positions]")]);
  const orders = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-order]")]);
  const buttons = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll("[data-act]")]);

  let seed = Number(root.dataset.seed);
  /** order[slot] is the token that stands there */
  let order = permutation(seed, count);
  /** @type {{photo: string, rows: Float64Array[]} | null} nothing is loaded before the reader asks */
  let features = null;
  /** @type {Record<string, Comparison> | null} by variant */
  let results = null;

  const positions = () => choices.find((choice) => choice.checked)?.value ?? VARIANTS[0];
  const token = () => {
    const { row, col } = cellAt(state.get().at, rows, cols);
    return tokenOf(row, col, cols);
  };

  /** @param {(slot: number) => number} tokenAt @param {"original" | "shuffled"} which */
  const createMap = (tokenAt, which) => {
    const box = find(root, `[data-map="${which}"] .heatmap`);
    return createHeatmap(box, {
      rows,
      cols,
      colormap,
      label: box.dataset.label ?? "",
      describe: (row, col) => {
        const place = placeWords({ row, col });
        const slot = tokenOf(row, col, cols);
        const query = which === "original" ? token() : order.indexOf(token());
        const weight = results?.[positions()][which][query][slot];
        return weight === undefined ? place : `${place}, weight ${weight.toFixed(3)}`;
      },
      onPick: (row, col) => {
        const picked = rowColOf(tokenAt(tokenOf(row, col, cols)), cols);
        state.set({ at: centerOf(picked.row, picked.col, rows, cols) });
        if (!results) void run();
      },
      onRead: () => {},
    });
  };
  const maps = { original: createMap((slot) => slot, "original"), shuffled: createMap((slot) => order[slot], "shuffled") };

  const draw = () => {
    if (!results) return;
    const comparison = results[positions()];
    const asked = token();
    const slot = order.indexOf(asked);
    maps.original.draw({ weights: comparison.original[asked], query: rowColOf(asked, cols), maximum: ABSOLUTE_MAXIMUM });
    maps.shuffled.draw({ weights: comparison.shuffled[slot], query: rowColOf(slot, cols), maximum: ABSOLUTE_MAXIMUM });
    order.forEach((tile, place) => {
      const { row, col } = rowColOf(place, cols);
      const side = IMAGE_SIZE / cols;
      // A style, not the attribute: only a style's change is animated.
      /** @type {SVGElement} */ (tiles[tile]).style.setProperty("transform", `translate(${col * side}px, ${row * side}px)`);
    });
    const still = order.every((tile, place) => tile === place);
    for (const part of orders) part.hidden = (part.dataset.order === "still") !== still;
    for (const variant of VARIANTS) {
      const { largest, changed } = results[variant];
      fill(root, { [`${variant}-largest`]: scientific(largest), [`${variant}-changed`]: changed });
    }
    fill(root, { ...placeNumbers("before", asked, cols), ...placeNumbers("after", slot, cols) });
  };

  /** Computes everything anew for the page's photo and this figure's order; loads the features when they are not here. */
  const run = async () => {
    const photo = photoById(manifest, state.get().photo);
    try {
      if (features?.photo !== photo.id) {
        const { data, shape } = await loader.pack(photo.files.mobilenet_v2_features);
        if (state.get().photo !== photo.id) return;
        features = { photo: photo.id, rows: toRows(data, shape[1]) };
        for (const image of images) setAttributes(image, { href: pictureOf(photo.display) });
        for (const box of root.querySelectorAll("[data-photo-alt]")) box.setAttribute("aria-label", photo.alt);
        noteShown(root, photo);
      }
      const loaded = features.rows;
      results = Object.fromEntries(VARIANTS.map((variant) => [variant, compareShuffled(loaded, order, variant, options)]));
      find(root, "[data-pending]").hidden = true;
      find(root, '[data-computed="build"]').hidden = true;
      find(root, '[data-computed="page"]').hidden = false;
      showError(root, "");
      draw();
      const { layernorm, layernorm_position: placed } = results;
      live.textContent = `Largest difference without positions ${scientific(layernorm.largest)}, with positions ${scientific(placed.largest)}`;
    } catch (error) {
      if (state.get().photo === photo.id) showError(root, /** @type {Error} */ (error).message);
    }
  };

  /** @type {Record<string, () => void>} */
  const acts = {
    shuffle: () => {
      seed += 1;
      order = permutation(seed, count);
    },
    swap: () => {
      seed += 1;
      const random = createRandom(seed);
      const first = random(count);
      swap(order, first, (first + 1 + random(count - 1)) % count);
    },
    reset: () => {
      order = Array.from({ length: count }, (_, slot) => slot);
    },
  };
  /** @param {Event} event */
  const onClick = (event) => {
    const act = acts[/** @type {HTMLElement} */ (event.currentTarget).dataset.act ?? ""];
    act();
    void run();
  };
  /** @param {Event} event */
  const onChoice = (event) => {
    if (!choices.includes(/** @type {HTMLInputElement} */ (event.target))) return;
    if (results) draw();
    else void run();
  };

  for (const button of buttons) button.addEventListener("click", onClick);
  root.addEventListener("input", onChoice);
  const onState = () => {
    // Once asked, the figure follows the page; before, it says that it stays with the build's photo and patch. The features
    // of the reader's own photo are here already.
    const photo = photoById(manifest, state.get().photo);
    if (features ? features.photo !== photo.id : photo.live) void run();
    else if (features) draw();
    else find(root, "[data-pending]").hidden = !departed(root, photo.id, token());
  };
  const unsubscribe = state.subscribe(onState);
  onState();
  return {
    destroy() {
      unsubscribe();
      root.removeEventListener("input", onChoice);
      for (const button of buttons) button.removeEventListener("click", onClick);
      maps.original.destroy();
      maps.shuffled.destroy();
    },
  };
}

/**
 * Has the page moved on from the photo and the patch that the build's first view shows?
 * @param {HTMLElement} root
 * @param {string} photo
 * @param {number} token
 */
function departed(root, photo, token) {
  return root.dataset.photo !== photo || Number(root.dataset.token) !== token;
}

/**
 * @param {string} name
 * @param {number} token
 * @param {number} cols
 */
function placeNumbers(name, token, cols) {
  const { row, col } = rowColOf(token, cols);
  return { [`${name}-row`]: row + 1, [`${name}-column`]: col + 1 };
}

/**
 * A middling size of the photo: an SVG image chooses none by itself.
 * @param {import("../manifest.js").Picture} picture
 */
function pictureOf(picture) {
  const webp = picture.sources.find((source) => source.type === "image/webp");
  const sizes = (webp?.srcset ?? "").split(",").map((entry) => entry.trim().split(" ")[0]);
  return sizes[Math.min(1, sizes.length - 1)] || picture.src;
}
