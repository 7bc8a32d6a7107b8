/** The recipe's table, worked out for the photo and the patch size of the page. */

import { wireControls } from "../controls.js";
import { costOf } from "../cost.js";
import { fill, find, noteShown } from "../elements.js";
import { photoById } from "../manifest.js";
import { showPicture } from "../picture.js";

const COUNT = new Intl.NumberFormat("en");

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest } = context;
  const picture = find(root, "picture");
  const live = find(root, "[data-spoken]");
  const width = { depth: Number(root.dataset.depth), embedDim: Number(root.dataset.embedDim) };
  const controls = wireControls(root, context);

  const show = () => {
    const photo = photoById(manifest, state.get().photo);
    const cost = costOf(width, state.get().patchSize, manifest.image_size);
    const [left, top, right, bottom] = photo.crop_box;
    const patches = cost.tokens - 1;
    const encoded = shape(1, cost.tokens, width.embedDim);
    showPicture(picture, photo.thumb, photo.alt);
    noteShown(root, photo);
    fill(root, {
      title: photo.title,
      original: `${COUNT.format(photo.width)} × ${COUNT.format(photo.height)}`,
      square: `${COUNT.format(right - left)} × ${COUNT.format(bottom - top)}`,
      grid: `${cost.gridSize} × ${cost.gridSize}`,
      "patch-size": cost.patchSize,
      "vector-length": COUNT.format(cost.vectorLength),
      tokens: cost.tokens,
      pairs: COUNT.format(cost.pairs),
      "photo-shape": shape(photo.height, photo.width, 3),
      "patches-shape": shape(1, patches, cost.vectorLength),
      "projection-shape": shape(1, patches, width.embedDim),
      "cls-shape": encoded,
      "positions-shape": encoded,
      "encoder-shape": encoded,
      "norm-shape": encoded,
      "projection-parameters": COUNT.format(cost.parameters.projection),
      "positions-parameters": COUNT.format(cost.parameters.positions),
      "total-parameters": COUNT.format(cost.parameters.total),
    });
  };

  const unsubscribe = state.subscribe((current, changed) => {
    if (!changed.has("photo") && !changed.has("patchSize")) return;
    show();
    if (changed.has("patchSize")) {
      const { tokens, parameters } = costOf(width, current.patchSize, manifest.image_size);
      live.textContent = `${tokens} tokens, ${COUNT.format(parameters.total)} learned numbers`;
    }
  });
  show();
  return {
    destroy() {
      unsubscribe();
      controls.destroy();
    },
  };
}

/** @param {number[]} sizes */
function shape(...sizes) {
  return `(${sizes.join(", ")})`;
}
