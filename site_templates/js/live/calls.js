/**
 * The page's side of a worker: calls as promises. The page asks `{call, name, input}`, and may then send `{call, bytes}`,
 * `{call, end}` and `{call, cancel}`; the worker answers `{call, progress}`, and at last `{call, value}` or `{call, error}`.
 *
 * No event tells a page that the browser has stopped its worker, for want of memory for one. But a lock that the worker holds,
 * `{life: name}`, becomes free with its end, and the page waits for that.
 */

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{transfer?: Transferable[], signal?: AbortSignal, onProgress?: (value: any) => void}} Options */
/**
 * @typedef {object} Calls
 * @property {(name: string, input: any, options?: Options) => Promise<any>} call rejects with the worker's error, or when the
 *   worker is gone
 * @property {(name: string, input: any, options?: Options) => import("./pipe.js").Inlet & {done: Promise<any>}} send a call
 *   that is given a file, piece by piece
 * @property {() => void} end stops the worker; what it was asked is not answered
 * @property {Promise<void>} gone when the worker has come to an end, by whatever cause
 */

/**
 * @param {Worker} worker
 * @param {LockManager | undefined} [locks] where there are none (pages that are not served securely), only the worker's errors
 *   tell of its end
 * @returns {Calls}
 */
export function createCalls(worker, locks = globalThis.navigator?.locks) {
  /** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void, onProgress?: (value: any) => void}} Waiting */
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let count = 0;
  let over = false;
  /** @type {(value?: undefined) => void} */
  let tellGone = () => {};
  /** @type {Promise<void>} */
  const gone = new Promise((resolve) => (tellGone = resolve));

  const end = () => {
    if (over) return;
    over = true;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(lost());
    waiting.clear();
    tellGone();
  };

  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end();
  });
  worker.addEventListener("message", ({ data }) => {
    if (data.alive) locks?.request(life, end);
    const asked = waiting.get(data.call);
    if (!asked) return;
    if ("progress" in data) {
      asked.onProgress?.(data.progress);
      return;
    }
    waiting.delete(data.call);
    if ("error" in data) asked.reject(revived(data.error));
    else asked.resolve(data.value);
  });
  // Other pages of this origin have workers too.
  const life = `life of a worker, ${performance.timeOrigin} ${Math.random()}`;
  worker.postMessage({ life });

  /** @param {object} message @param {Transferable[]} [transfer] */
  const post = (message, transfer = []) => {
    if (!over) worker.postMessage(message, transfer);
  };

  /** @param {string} name @param {any} input @param {Options} options */
  const ask = (name, input, { transfer, signal, onProgress }) => {
    count += 1;
    const call = count;
    const done = new Promise((resolve, reject) => {
      if (over) {
        reject(lost());
        return;
      }
      waiting.set(call, { resolve, reject, onProgress });
      signal?.addEventListener("abort", () => post({ call, cancel: true }), { once: true });
      post({ call, name, input }, transfer);
    });
    return { call, done };
  };

  return {
    gone,
    end,
    call: (name, input, options = {}) => ask(name, input, options).done,
    send(name, input, options = {}) {
      const { call, done } = ask(name, input, options);
      // Whoever is still sending hears of it later.
      done.catch(() => {});
      return {
        done,
        sink: (bytes) => post({ call, bytes }, [bytes.buffer]),
        close: () => post({ call, end: true }),
        abort: () => post({ call, cancel: true }),
      };
    },
  };
}

function lost() {
  return new Error("The browser stopped the part of the page that runs the models: try again.");
}

/**
 * @param {{name: string, message: string}} told
 * @returns {Error}
 */
function revived({ name, message }) {
  return name === "AbortError" ? new DOMException(message, name) : Object.assign(new Error(message), { name });
}
