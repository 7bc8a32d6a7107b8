/**
 * A figure whose numbers are made in the reader's browser. Its code comes with the live part, which is fetched when the
 * reader means to use it; its model comes when the reader asks.
 */

import { find, showError } from "../elements.js";
import { photoById } from "../manifest.js";
import { showPicture } from "../picture.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state, manifest } = context;
  const button = find(root, "[data-begin]");
  const picture = root.querySelector("picture");
  /** @type {import("../live/what-if.js").LiveFigure | null} */
  let figure = null;
  const wake = async () => {
    const { figures } = await context.live();
    figure ??= figures[root.dataset.figure ?? ""](root, context);
    return figure;
  };
  const onIntent = () => void wake().catch(() => {});
  // For the keyboard the code is only fetched: a figure that woke now would make new stops behind the reader's back.
  const onFocus = () => void context.live().catch(() => {});
  const onBegin = async () => {
    try {
      const awake = await wake();
      showError(root, "");
      await awake.begin();
    } catch (error) {
      showError(root, /** @type {Error} */ (error).message);
    }
  };
  /** The photo as it is, which a figure may draw over once it is awake. */
  const showPhoto = () => {
    if (!picture) return;
    const { display, alt } = photoById(manifest, state.get().photo);
    showPicture(picture, display, alt);
  };
  showPhoto();
  const unsubscribe = state.subscribe(showPhoto);
  root.addEventListener("pointerenter", onIntent, { once: true });
  root.addEventListener("focusin", onFocus, { once: true });
  button.addEventListener("click", onBegin);
  return {
    destroy() {
      figure?.destroy();
      unsubscribe();
      root.removeEventListener("pointerenter", onIntent);
      root.removeEventListener("focusin", onFocus);
      button.removeEventListener("click", onBegin);
    },
  };
}
