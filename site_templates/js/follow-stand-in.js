/** Keeps a figure on the chosen photo's published stand-in document: loads it once a photo, redraws on every change. */

import { find, noteShown, showError } from "./elements.js";
import { photoById } from "./manifest.js";
import { showPicture } from "./picture.js";

/** @typedef {import("./stand-in.js").StandIn} StandIn */

/**
 * Calls `draw` at once or as soon as the document is there, and after each change of the state; without the document the
 * figure's error line says why, and the build's picture stays.
 * @param {HTMLElement} root
 * @param {Pick<import("./main.js").Context, "state" | "manifest" | "loader">} context
 * @param {(document: StandIn) => void} draw
 * @returns {{destroy: () => void}}
 */
export function followStandIn(root, { state, manifest, loader }, draw) {
  const picture = find(root, "picture");
  /** @type {StandIn | null} */
  let shown = null;

  const show = async () => {
    const photo = photoById(manifest, state.get().photo);
    if (shown?.photo === photo.id) {
      draw(shown);
      return;
    }
    // A slower answer to an earlier choice, or its failure, must not overwrite a later one.
    const isWanted = () => state.get().photo === photo.id;
    try {
      const document = /** @type {StandIn} */ (await loader.json(photo.files.mobilenet_v2));
      if (!isWanted()) return;
      shown = document;
      showPicture(picture, photo.display, photo.alt);
      noteShown(root, photo);
      draw(document);
      showError(root, "");
    } catch (error) {
      if (isWanted()) showError(root, /** @type {Error} */ (error).message);
    }
  };

  const unsubscribe = state.subscribe(() => void show());
  void show();
  return { destroy: unsubscribe };
}
