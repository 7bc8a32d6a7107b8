/** The photos: choosing one here chooses it for the whole page. */

import { wireControls } from "../controls.js";
import { fill, find, noteShown } from "../elements.js";
import { photoById } from "../manifest.js";
import { showPicture } from "../picture.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest } = context;
  const hero = find(root, ".photo-picker-picture");
  const author = /** @type {HTMLAnchorElement} */ (find(root, "[data-source]"));
  const licence = /** @type {HTMLAnchorElement} */ (find(root, "[data-licence]"));
  const credits = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-credit]")]);
  const controls = wireControls(root, context);

  const show = () => {
    const photo = photoById(manifest, state.get().photo);
    showPicture(hero, photo.display, photo.alt);
    noteShown(root, photo);
    for (const credit of credits) credit.hidden = (credit.dataset.credit === "own") !== Boolean(photo.live);
    fill(root, { title: photo.title, author: photo.author, licence: photo.licence });
    author.href = photo.source_url;
    licence.href = photo.licence_url;
  };
  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("photo")) show();
  });
  show();
  return {
    destroy() {
      unsubscribe();
      controls.destroy();
    },
  };
}
