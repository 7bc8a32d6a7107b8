/**
 * The page's side of a worker: calls as promises. The worker answers `{call, value}`, `{call, error}` or, in between,
 * `{call, progress}`; see worker.js.
 */

/**
 * @typedef {object} Calls
 * @property {(name: string, input: any, options?: {transfer?: Transferable[], signal?: AbortSignal,
 *   onProgress?: (value: any) => void}) => Promise<any>} call rejects with the worker's error, or when the worker is gone
 * @property {() => void} end stops the worker; what it was asked is not answered
 * @property {Promise<void>} gone when the worker has come to an end, by whatever cause
 */

/**
 * @param {Worker} worker
 * @returns {Calls}
 */
export function createCalls(worker) {
  /** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void, onProgress?: (value: any) => void}} Waiting */
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let count = 0;
  /** @type {(value?: undefined) => void} */
  let tellGone = () => {};
  /** @type {Promise<void>} */
  const gone = new Promise((resolve) => (tellGone = resolve));
  let over = false;

  const end = () => {
    if (over) return;
    over = true;
    worker.terminate();
    life.port1.close();
    for (const { reject } of waiting.values()) {
      reject(new Error("The browser stopped the part of the page that runs the models: try again."));
    }
    waiting.clear();
    tellGone();
  };

  // A port whose other side is in the worker: browsers that know the event tell when that side is no more.
  const life = new MessageChannel();
  life.port1.addEventListener("close", end);
  life.port1.start();
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end();
  });
  worker.addEventListener("message", ({ data }) => {
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
  worker.postMessage({ life: true }, [life.port2]);

  return {
    gone,
    end,
    call(name, input, { transfer = [], signal, onProgress } = {}) {
      if (over) return Promise.reject(new Error("The part of the page that runs the models is gone: try again."));
      count += 1;
      const call = count;
      return new Promise((resolve, reject) => {
        waiting.set(call, { resolve, reject, onProgress });
        signal?.addEventListener("abort", () => worker.postMessage({ cancel: call }), { once: true });
        worker.postMessage({ call, name, input }, transfer);
      });
    },
  };
}

/**
 * @param {{name: string, message: string}} told
 * @returns {Error}
 */
function revived({ name, message }) {
  return name === "AbortError" ? new DOMException(message, name) : Object.assign(new Error(message), { name });
}
