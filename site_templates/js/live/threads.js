/**
 * Threads for ONNX Runtime: workers of the very script that is running, which tell themselves by their name. They share its
 * memory, which browsers allow only to a page that is isolated from other origins. Runs in the worker.
 */

/** The types that the page is checked with don't know a worker's own. */
const self = /** @type {any} */ (globalThis);

const PROBE = "probe of a thread";

/** Where this script is a thread, the runtime in it answers for itself; a probe only says that it is there. */
export const isThread = String(self.name).startsWith("em-pthread") || self.name === PROBE;
if (self.name === PROBE) self.postMessage("here");

const FEWEST = 2;
const MOST = 4;

/** ms to wait for a probe: its script is in memory, and nothing else waits for it. */
const PATIENCE = 5000;

/**
 * How many threads are worth while: half of what the browser counts, as the other half is often the same cores again.
 * @param {{crossOriginIsolated?: boolean, navigator: {hardwareConcurrency: number}}} surroundings
 */
export function threadsFor({ crossOriginIsolated, navigator }) {
  const cores = navigator.hardwareConcurrency;
  return crossOriginIsolated && cores >= FEWEST ? Math.max(FEWEST, Math.min(MOST, Math.ceil(cores / 2))) : 1;
}

/**
 * How many threads the runtime may be told to use: 1 wherever one cannot be started, as it would wait for them for ever.
 * @returns {Promise<number>}
 */
export async function countThreads() {
  const count = threadsFor(self);
  if (count === 1) return 1;
  allowThreads();
  return (await aThreadStarts()) ? count : 1;
}

/** Lets the runtime make workers of this script, and of nothing else. */
function allowThreads() {
  /** @param {string} address */
  const own = (address) => {
    if (address !== self.location.href) throw new TypeError(`Not the script of a thread: ${address}`);
    return address;
  };
  const policy = self.trustedTypes?.createPolicy("explainer", { createScriptURL: own });
  self.Worker = class extends self.Worker {
    /** @param {string | URL} address @param {object} options */
    constructor(address, options) {
      super(policy ? policy.createScriptURL(String(address)) : own(String(address)), options);
    }
  };
}

/** @returns {Promise<boolean>} */
function aThreadStarts() {
  return new Promise((resolve) => {
    const probe = new self.Worker(self.location.href, { type: "module", name: PROBE });
    const timer = setTimeout(() => end(false), PATIENCE);
    /** @param {boolean} starts */
    const end = (starts) => {
      clearTimeout(timer);
      probe.terminate();
      resolve(starts);
    };
    probe.onmessage = () => end(true);
    probe.onerror = (/** @type {ErrorEvent} */ event) => {
      event.preventDefault();
      end(false);
    };
  });
}
