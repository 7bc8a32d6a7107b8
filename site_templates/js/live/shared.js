/**
 * Work that several callers wait for: begun by the first, shared by the others, stopped when all of them have gone, kept
 * when it is done, and forgotten when it failed, so that the next caller begins anew. Knows no DOM.
 */

/** @typedef {{loaded: number, total: number, phase: string}} Progress bytes, and what is being done */
/** @typedef {(progress: Progress) => void} OnProgress */
/** @typedef {{onProgress?: OnProgress, signal?: AbortSignal}} Waiting one caller's */
/**
 * @template T
 * @typedef {object} Shared
 * @property {(waiting?: Waiting) => Promise<T>} join rejects with an AbortError where the caller's signal says so
 * @property {() => "absent" | "loading" | "ready" | "failed"} status
 * @property {() => void} forget what was done is lost, and has to be done anew
 */

/**
 * @template T
 * @param {(signal: AbortSignal, onProgress: OnProgress) => Promise<T>} work
 * @returns {Shared<T>}
 */
export function createShared(work) {
  /** @typedef {{promise: Promise<T>, stop: AbortController, listeners: Set<OnProgress>, callers: number, last: Progress | null}} Job */
  /** @type {Job | null} */
  let job = null;
  /** @type {"absent" | "loading" | "ready" | "failed"} */
  let status = "absent";

  /** @returns {Job} */
  const begin = () => {
    const stop = new AbortController();
    /** @type {Job} */
    const mine = { promise: Promise.reject(), stop, listeners: new Set(), callers: 0, last: null };
    mine.promise.catch(() => {});
    /** @param {typeof status} next */
    const end = (next) => {
      if (job !== mine) return;
      status = next;
      if (next !== "ready") job = null;
    };
    mine.promise = work(stop.signal, (progress) => {
      mine.last = progress;
      for (const listener of mine.listeners) listener(progress);
    });
    mine.promise.then(
      () => end("ready"),
      () => end(stop.signal.aborted ? "absent" : "failed"),
    );
    return mine;
  };

  return {
    status: () => status,
    forget() {
      job = null;
      status = "absent";
    },
    join({ onProgress, signal } = {}) {
      if (signal?.aborted) return Promise.reject(aborted());
      if (!job) {
        job = begin();
        status = "loading";
      }
      const mine = job;
      mine.callers += 1;
      if (onProgress) {
        mine.listeners.add(onProgress);
        if (mine.last) onProgress(mine.last);
      }
      return new Promise((resolve, reject) => {
        const leave = () => {
          mine.callers -= 1;
          if (onProgress) mine.listeners.delete(onProgress);
          signal?.removeEventListener("abort", gone);
        };
        const gone = () => {
          leave();
          reject(aborted());
          if (mine.callers > 0 || status !== "loading" || job !== mine) return;
          // A caller that comes while the work is being stopped begins anew.
          job = null;
          status = "absent";
          mine.stop.abort();
        };
        signal?.addEventListener("abort", gone);
        mine.promise.then(resolve, reject).finally(leave);
      });
    },
  };
}

/** @param {string} [why] */
export function aborted(why = "It was called off.") {
  return new DOMException(why, "AbortError");
}
