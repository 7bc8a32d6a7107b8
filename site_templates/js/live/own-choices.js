/** The reader's own photo among the choices: a seventh thumbnail in the bar and in the picker, as long as there is one. */

import { element } from "./build.js";

/**
 * Fills every `[data-own-slot]`, which names the radio group that it belongs to.
 * @param {import("../main.js").Context} context
 * @param {ReturnType<typeof import("./own-photo.js").createOwnPhoto>} ownPhoto
 */
export function watchOwnChoices({ state }, ownPhoto) {
  const slots = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-own-slot]")]);
  /** @type {HTMLInputElement[]} */
  let radios = [];
  const check = () => {
    for (const radio of radios) radio.checked = radio.value === state.get().photo;
  };
  /** @param {Event} event */
  const onInput = (event) => state.set({ photo: /** @type {HTMLInputElement} */ (event.target).value });

  ownPhoto.subscribe((own) => {
    radios = [];
    for (const slot of slots) {
      slot.hidden = own === null;
      slot.replaceChildren();
      if (!own) continue;
      const radio = element("input", { type: "radio", name: slot.dataset.ownSlot ?? "", value: own.entry.id, oninput: onInput });
      slot.append(radio, element("img", { src: own.entry.thumb.src, alt: own.entry.title, width: 32, height: 32 }));
      radios.push(radio);
      // On a narrow screen the bar's thumbnails scroll, and this is their last.
      slot.parentElement?.scrollTo({ left: slot.offsetLeft });
    }
    check();
  });
  state.subscribe((_, changed) => {
    if (changed.has("photo")) check();
  });
}
