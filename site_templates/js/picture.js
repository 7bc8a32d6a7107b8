/** Swaps the photo inside a `<picture>` that the build rendered; its box keeps its size. */

/** @typedef {import("./manifest.js").Picture} Picture */

/**
 * Formats are matched by MIME type, so that the template alone decides their order.
 * @param {HTMLElement} element the `<picture>`
 * @param {Picture} picture
 * @param {string} alt
 */
export function showPicture(element, picture, alt) {
  for (const source of element.querySelectorAll("source")) {
    const srcset = picture.sources.find((candidate) => candidate.type === source.type)?.srcset ?? "";
    // Empty, it is passed over: the reader's own photo has no other formats.
    if (source.srcset !== srcset) source.srcset = srcset;
  }
  const image = element.querySelector("img");
  if (!image) throw new Error("A <picture> without an <img>.");
  image.alt = alt;
  if (image.getAttribute("src") !== picture.src) {
    // `src` comes last: set first, it would be fetched beside the source that the browser then chooses.
    image.removeAttribute("srcset");
    image.src = picture.src;
  }
}
