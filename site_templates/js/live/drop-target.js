/** Where a dragged photo can go: anywhere. Seen while one is over the page; `own-door.js` says when that is. */

import { element } from "./build.js";

export function addDropTarget() {
  document.body.append(
    element("div", { class: "drop-target", "aria-hidden": "true" }, element("p", {}, element("b", {}, "Drop your photo anywhere"), element("span", {}, "It stays on this machine."))),
  );
}
