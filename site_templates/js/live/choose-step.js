/** The dialog's first step: where the photo comes from. */

import { button, element } from "./build.js";

/**
 * @param {object} wishes
 * @param {(files: File[]) => void} wishes.onFiles
 * @param {() => void} wishes.onCamera
 * @param {string} cost what has to be loaded, in words
 */
export function createChooseStep({ onFiles, onCamera }, cost) {
  const input = element("input", { type: "file", accept: "image/*", hidden: true, tabindex: -1, "aria-hidden": "true" });
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    // The same file chosen again is a choice too.
    input.value = "";
    if (files.length > 0) onFiles(files);
  });
  const choose = button("Choose a photo", () => input.click(), { class: "button button-strong" });
  const camera = button("Use the camera", onCamera, { hidden: !hasCamera() });
  const alert = element("p", { class: "own-message", role: "alert", hidden: true });
  const reading = element("p", { class: "own-reading", role: "status" });
  const root = element(
    "div",
    { class: "own-step choose-step" },
    element("p", {}, "A square of it goes through the same models as the six photos, and every figure on this page then speaks of it."),
    element("div", { class: "choose-area" }, element("div", { class: "choose-buttons" }, choose, camera), element("p", {}, "or drop one anywhere on the page, or paste one"), input),
    reading,
    alert,
    element("p", { class: "own-privacy" }, "It stays on this machine. Nothing is uploaded and nothing is stored: reload the page, and it is gone."),
    element("p", { class: "own-privacy" }, cost),
  );
  return {
    root,
    title: "Your own photo",
    focus: () => choose.focus(),
    /** @param {string} words while a picture is being read, or "" */
    busy(words) {
      alert.hidden = true;
      reading.textContent = words;
    },
    /** @param {string} message why a picture could not be used, or "" */
    rest(message) {
      reading.textContent = "";
      alert.textContent = message;
      alert.hidden = message === "";
    },
    close() {},
  };
}

/** Only where the page may ask for one: on https, on this machine, or from a folder. */
function hasCamera() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}
