/**
 * What the page says of the reader's own photo where it invites one: that it is here, what can be done with it, whether
 * DINOv2 has run on it, and what has left this machine since.
 */

import { REAL } from "../follow-real.js";
import { button, element } from "./build.js";
import { createOffer } from "./offers.js";
import { createRequestPanel } from "./request-panel.js";

const QUIET = { class: "button button-quiet" };

/**
 * @param {HTMLElement} root the `[data-own]`, with the build's invitation in it
 * @param {import("../main.js").Context} context
 * @param {ReturnType<typeof import("./own-photo.js").createOwnPhoto>} ownPhoto
 * @param {ReturnType<typeof import("./real-run.js").createRealRun>} realRun
 * @param {ReturnType<typeof import("./requests.js").createRequests>} requests
 */
export function createOwnCard(root, { state, manifest }, ownPhoto, realRun, requests) {
  const invitation = /** @type {HTMLElement} */ (root.querySelector("[data-own-invitation]"));
  const opener = /** @type {HTMLElement} */ (root.querySelector("[data-own-open]"));
  const says = element("p", { class: "own-says", role: "status" });
  const show = button("Show it", () => {
    if (ownPhoto.current) state.set({ photo: ownPhoto.current.entry.id });
  });
  const offer = createOffer(realRun);
  const panel = createRequestPanel(requests);
  const remove = () => {
    ownPhoto.remove();
    opener.focus();
  };
  const status = element(
    "div",
    { class: "own-status", hidden: true },
    element(
      "div",
      { class: "own-buttons" },
      show,
      button("Another photo", () => ownPhoto.open(), QUIET),
      button("Change the square", () => ownPhoto.recrop(), QUIET),
      button("Remove it", remove, QUIET),
    ),
    offer.root,
    panel.root,
  );
  root.append(says, status);

  const update = () => {
    const own = ownPhoto.current;
    const isShown = own?.entry.id === state.get().photo;
    invitation.hidden = own !== null;
    status.hidden = own === null;
    const words = isShown ? "The page speaks of your photo. Figures that show it are marked live." : "Your photo is still here.";
    says.textContent = own ? words : "";
    show.hidden = isShown;
    const hasReal = REAL in manifest.live.models;
    offer.root.hidden = !own || !hasReal || REAL in own.entry.files;
    offer.show({ model: REAL, run: "first" }, "DINOv2, the real ViT, has not seen it yet.");
  };
  ownPhoto.subscribe(update);
  realRun.subscribe(update);
  state.subscribe((_, changed) => {
    if (changed.has("photo")) update();
  });
  update();
}
