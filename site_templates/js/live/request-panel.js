/** "What left this machine": the page's requests since the photo was chosen, as the browser recorded them. */

import { filesize } from "../filesize.js";
import { element } from "./build.js";

/** @typedef {import("./requests.js").Asked} Asked */

/** @param {ReturnType<typeof import("./requests.js").createRequests>} requests */
export function createRequestPanel(requests) {
  const short = element("span", { "data-left": "total" });
  const lines = {
    models: line("Model files of this site"),
    site: line("Other files of this site: pictures and numbers of the published photos"),
    elsewhere: line("Anything elsewhere"),
    stopped: line("Stopped by the page’s own policy"),
  };
  const root = element(
    "details",
    { class: "left-machine" },
    element("summary", {}, "What left this machine: nothing of your photo; ", short),
    element(
      "table",
      {},
      element("caption", { class: "visually-hidden" }, "Requests of this page since you chose the photo"),
      element("thead", {}, element("tr", {}, ...["asked for", "requests", "bytes"].map((word) => element("th", { scope: "col" }, word)))),
      element("tbody", {}, ...Object.values(lines).map(({ root: row }) => row)),
    ),
    element(
      "p",
      {},
      "Counted from the browser’s own record since you chose the photo. A request names a file and carries nothing of yours. The page cannot see what other tabs, extensions or programs do. To be sure, cut the network: what is loaded goes on working.",
    ),
  );

  const update = () => {
    const { models, site, elsewhere, stopped } = requests.count();
    lines.models.show(models);
    lines.site.show(site);
    lines.elsewhere.show(elsewhere);
    lines.stopped.show(stopped.map((name) => ({ name, bytes: 0 })));
    const total = models.length + site.length + elsewhere.length;
    short.textContent = total === 0 ? "no requests" : total === 1 ? "1 request" : `${total} requests`;
  };
  requests.subscribe(update);
  update();
  return { root };
}

/** @param {string} title */
function line(title) {
  const names = element("ul", {});
  const which = element("details", { hidden: true }, element("summary", {}, "which"), names);
  const count = element("td", {}, "0");
  const bytes = element("td", {}, "–");
  const root = element("tr", {}, element("th", { scope: "row" }, title, which), count, bytes);
  return {
    root,
    /** @param {readonly Asked[]} asked */
    show(asked) {
      count.textContent = String(asked.length);
      const total = asked.reduce((sum, one) => sum + one.bytes, 0);
      bytes.textContent = asked.length === 0 ? "–" : total > 0 ? filesize(total) : "from the browser’s cache";
      which.hidden = asked.length === 0;
      names.replaceChildren(...[...new Set(asked.map(({ name }) => name))].map((name) => element("li", {}, name)));
    },
  };
}
