/**
 * The figures' "Take it away": what it does comes with the live part, when a reader first opens one.
 * The markup is `components/take_away.html`.
 */

import { find } from "./elements.js";

/**
 * @param {Document} page
 * @param {import("./main.js").Context["live"]} live
 */
export function wireTakeAway(page, live) {
  page.addEventListener(
    "toggle",
    async (event) => {
      const box = event.target;
      if (!(box instanceof HTMLDetailsElement) || !box.open || box.dataset.takeAway === undefined) return;
      try {
        (await live()).takeAway(box);
      } catch (error) {
        find(box, "[data-take-says]").textContent = /** @type {Error} */ (error).message;
      }
    },
    // The event does not bubble.
    true,
  );
}
