/** Badges of figures that show the reader's own photo say so: computed live, by which file; and take it back afterwards. */

import { element } from "./build.js";

/** @typedef {import("../manifest.js").Manifest} Manifest */

/**
 * Watches all figures of the page.
 * @param {Manifest} manifest
 */
export function watchBadges(manifest) {
  /** @type {WeakMap<Element, string>} the build's own words */
  const words = new WeakMap();

  /** @param {Element} place @param {string | null} text null: the build's again */
  const say = (place, text) => {
    if (!words.has(place)) words.set(place, place.textContent ?? "");
    place.textContent = text ?? words.get(place) ?? "";
  };
  /** @param {HTMLElement} figure */
  const update = (figure) => {
    const live = Boolean(manifest.photos.find((photo) => photo.id === figure.dataset.shows)?.live);
    for (const badge of /** @type {NodeListOf<HTMLElement>} */ (figure.querySelectorAll("[data-badge]"))) {
      badge.toggleAttribute("data-live-badge", live);
      const file = manifest.live.models[badge.dataset.badge ?? ""];
      for (const mode of badge.querySelectorAll("[data-mode]")) say(mode, live ? liveWords(badge.dataset.badge) : null);
      for (const place of badge.querySelectorAll("[data-computed]")) {
        say(place, live ? "in your browser, from your photo, which stays there" : null);
      }
      for (const fact of badge.querySelectorAll("[data-live-fact]")) fact.remove();
      if (live && file) {
        badge.querySelector("dl")?.append(
          element("dt", { "data-live-fact": true }, "Model file"),
          element("dd", { "data-live-fact": true }, file.path),
          element("dt", { "data-live-fact": true }, "Its SHA-256"),
          element("dd", { "data-live-fact": true }, element("code", {}, file.sha256)),
        );
      }
    }
  };

  const watcher = new MutationObserver((changes) => {
    for (const { target } of changes) update(/** @type {HTMLElement} */ (target));
  });
  for (const figure of document.querySelectorAll("[data-figure]")) watcher.observe(figure, { attributeFilter: ["data-shows"] });
}

/** @param {string | undefined} badge a model's name, or what there is instead of one */
function liveWords(badge) {
  if (badge === "pixels") return "live: your own photo’s pixels";
  return badge === "arithmetic" ? "live: computed here, for your own photo" : "live: computed in your browser";
}
