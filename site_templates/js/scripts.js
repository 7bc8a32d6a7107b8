/**
 * What may become a script after the page has loaded: scripts of the site itself, and workers made of bytes that the caller
 * has checked. The page's one Trusted Types policy lets nothing else through.
 */

/**
 * @typedef {object} Scripts
 * @property {(address: string) => Promise<void>} add runs a classic script of the site; rejects where it cannot be read
 * @property {(code: ArrayBuffer) => Worker} worker runs a script that the caller has made sure of
 * @property {() => Promise<ServiceWorkerRegistration>} serviceWorker puts the site's service worker to work; rejects where it
 *   cannot
 */

/** Addresses that a script may have: inside the site, below its root. */
const INSIDE = /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*\.js$/;

/**
 * @param {Document} page
 * @param {string} advice what may help where a script is not there
 * @returns {Scripts}
 */
export function createScripts(page, advice) {
  /** @type {Set<string>} addresses of workers that are just being made */
  const own = new Set();
  const trusted = trustedUrl((address) => INSIDE.test(address) || own.has(address));

  return {
    add: (address) =>
      new Promise((resolve, reject) => {
        const script = page.createElement("script");
        script.src = trusted(address);
        script.onload = () => {
          script.remove();
          resolve();
        };
        script.onerror = () => {
          script.remove();
          reject(new Error(`${address} could not be read: ${advice}`));
        };
        page.head.append(script);
      }),

    // Whether there is a newer one is never answered from the browser's cache.
    serviceWorker: () => navigator.serviceWorker.register(trusted("sw.js"), { updateViaCache: "none" }),

    worker(code) {
      const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      own.add(address);
      const worker = new Worker(trusted(address));
      own.delete(address);
      // Not every browser has read the script when the constructor returns; and where threads are allowed, they begin with it.
      if (!globalThis.crossOriginIsolated) {
        worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
      }
      return worker;
    },
  };
}

/**
 * @param {(address: string) => boolean} allowed
 * @returns {(address: string) => string} typed as the string that browsers without Trusted Types take
 */
function trustedUrl(allowed) {
  /** @param {string} address */
  const checked = (address) => {
    if (!allowed(address)) throw new TypeError(`Not the address of a script of this site: ${address}`);
    return address;
  };
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  const policy = factory?.createPolicy("explainer", { createScriptURL: checked });
  return policy ? (address) => policy.createScriptURL(address) : checked;
}
