/** The page's door to what works without a network: the service worker, and the control in the footer, a script of its own. */

/**
 * For when the page has been seen: nothing of it may be in the way of the first view.
 * @param {HTMLElement} control names its script
 * @param {import("./loader.js").Loader} loader
 */
export function startOffline(control, loader) {
  const put = async () => {
    // The control first: it hears what the worker says.
    await loader.script(control.dataset.offline ?? "");
    // Where a browser allows no service worker the site works as it is, and there is nothing to tell.
    if (!loader.fromFolder && "serviceWorker" in navigator) await loader.serviceWorker().catch(() => {});
  };
  put().catch(reportError);
}
