/**
 * The page's door to its live part, which runs models in the reader's browser: a script of its own, fetched when somebody
 * means to use it. That script leaves its beginning as `explainerLive`.
 */

import { giveWay } from "./turn.js";

/** @typedef {import("./main.js").Context} Context */
/**
 * @typedef {object} LivePage the live part, once it is there
 * @property {import("./live/engine.js").Engine} engine
 * @property {Record<string, (root: HTMLElement, context: Context) => import("./live/what-if.js").LiveFigure>} figures by name:
 *   those whose code comes with the live part; the context is the figure's own
 * @property {(box: HTMLElement) => void} takeAway makes a figure's `[data-take-away]` work
 * @property {ReturnType<typeof import("./live/own.js").addOwnPhoto>} ownPhoto made when it is first asked for
 */
/** @typedef {(context: Context) => LivePage} Start */

/**
 * @param {Context} context what the live part is given
 * @returns {() => Promise<LivePage>} shared between callers; rejects with an Error whose message is a sentence, and the next
 *   call then tries again
 */
export function createLive(context) {
  /** @type {Promise<LivePage> | null} */
  let page = null;
  const fetchIt = async () => {
    const { script, style } = context.manifest.live;
    await Promise.all([context.loader.script(script), style && styled(style)]);
    const start = /** @type {{explainerLive?: Start}} */ (globalThis).explainerLive;
    if (!start) throw new Error(`${script} did not start: build the site again.`);
    // To read the script was a long task; what somebody does with it is the next.
    await giveWay();
    return start(context);
  };
  return () => {
    page ??= fetchIt().catch((error) => {
      page = null;
      throw error;
    });
    return page;
  };
}

/**
 * Adds a stylesheet and waits for it, so that nothing of the live part is seen without; one that does not come is done without.
 * @param {string} path
 */
function styled(path) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: path });
  document.head.append(link);
  return new Promise((resolve) => Object.assign(link, { onload: resolve, onerror: resolve }));
}
