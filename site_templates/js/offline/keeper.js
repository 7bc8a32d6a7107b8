/**
 * What is kept of the site on this device: the service worker's files, and those of the engine. Asks how much it is, has the
 * rest fetched, has it forgotten. Knows no DOM.
 */

/** @typedef {import("../service-worker/messages.js").Standing} Standing */
/** @typedef {import("../service-worker/messages.js").Message} Message */
/**
 * @typedef {object} Keeper
 * @property {() => Promise<Standing>} standing
 * @property {(standing: Standing, options: {onProgress: (bytes: number) => void, signal: AbortSignal}) => Promise<void>} keep
 *   brings what is missing; rejects with an Error whose message is a sentence, or, when it was stopped, an AbortError
 * @property {() => Promise<Standing>} forget
 */

/** How many files are fetched at a time. */
const AT_ONCE = 3;

const BROKE = "The connection broke. What has arrived is kept.";

/**
 * @param {object} surroundings
 * @param {ServiceWorkerContainer} surroundings.container
 * @param {typeof fetch} surroundings.fetcher
 * @param {import("./live-files.js").LiveFiles} surroundings.live
 * @returns {Keeper}
 */
export function createKeeper({ container, fetcher, live }) {
  /** @param {Message} message @param {MessagePort[]} ports */
  const post = async (message, ports = []) => {
    const registration = await container.ready;
    (container.controller ?? registration.active)?.postMessage(message, ports);
  };

  /** @param {Message} message @returns {Promise<Standing | null>} null when another worker has taken over meanwhile */
  const askOnce = async (message) => {
    const { port1, port2 } = new MessageChannel();
    const over = new AbortController();
    /** @type {Promise<Standing | null>} */
    const answered = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      container.addEventListener("controllerchange", () => resolve(null), { signal: over.signal });
    });
    await post(message, [port2]);
    const standing = await answered;
    over.abort();
    port1.close();
    return standing;
  };

  /** @param {Message} message @returns {Promise<Standing>} */
  const ask = async (message) => {
    /** @type {Standing | null} */
    let standing = null;
    while (!standing) standing = await askOnce(message);
    return { ...standing, bytes: standing.bytes + live.bytes, kept: standing.kept + (await live.kept()) };
  };

  return {
    standing: () => ask({ type: "standing" }),
    async forget() {
      await live.forget();
      return ask({ type: "forget" });
    },

    async keep(standing, { onProgress, signal }) {
      let arrived = 0;
      const onArrival = (/** @type {number} */ bytes) => {
        arrived += bytes;
        onProgress(arrived);
      };
      const waiting = standing.missing.values();
      const work = async () => {
        for (const { address } of waiting) await bring(fetcher, address, signal, onArrival);
      };
      await Promise.all([...Array.from({ length: AT_ONCE }, work), live.keep({ onArrival, signal })]);
    },
  };
}

/**
 * A request that the worker sees, and whose answer it keeps.
 * @param {typeof fetch} fetcher
 * @param {string} address
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} onArrival
 */
async function bring(fetcher, address, signal, onArrival) {
  try {
    const response = await fetcher(address, { signal });
    if (response.status === 410) throw new Refusal("The site has changed on its server. Reload the page and try again.");
    if (!response.ok) throw new Refusal(`The server answered ${response.status}. What has arrived is kept; try again later.`);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      onArrival(/** @type {Uint8Array} */ (value).byteLength);
    }
  } catch (error) {
    throw signal.aborted || error instanceof Refusal ? error : new Error(BROKE);
  }
}

/** An answer that is none. */
class Refusal extends Error {}
