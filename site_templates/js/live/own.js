/** Puts the parts of the reader's own photo together: dialog, choices, cards, badges, offers, and the count of requests. */

import { watchBadges } from "./badges.js";
import { addDropTarget } from "./drop-target.js";
import { watchOffers } from "./offers.js";
import { createOwnCard } from "./own-card.js";
import { watchOwnChoices } from "./own-choices.js";
import { createOwnPhoto } from "./own-photo.js";
import { createRealRun } from "./real-run.js";
import { createRequests } from "./requests.js";

/**
 * @param {import("../main.js").Context} context
 * @param {import("./engine.js").Engine} engine
 */
export function addOwnPhoto(context, engine) {
  const requests = createRequests(context.manifest.live);
  const ownPhoto = createOwnPhoto(context, engine, requests.begin);
  const realRun = createRealRun(context, engine, ownPhoto);
  watchOwnChoices(context, ownPhoto);
  watchBadges(context.manifest);
  watchOffers(context, realRun);
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-own]"))) {
    createOwnCard(card, context, ownPhoto, realRun, requests);
  }
  addDropTarget();
  return ownPhoto;
}
