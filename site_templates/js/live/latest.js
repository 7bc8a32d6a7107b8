/**
 * Latest wins: one job runs, one waits, and a newer one takes the waiting one's place. There is never a queue, so that a
 * reader who changes photos faster than the model runs gets the last one, soon. Knows no DOM.
 */

import { aborted } from "./shared.js";

/**
 * @template I, O
 * @typedef {object} Latest
 * @property {(input: I, signal?: AbortSignal) => Promise<O>} run rejects with an AbortError when a newer one took its place,
 *   or when the signal says so; work that has begun is then finished, and its result let go
 * @property {() => boolean} idle
 */

/**
 * @template I, O, P
 * @param {(signal: AbortSignal) => Promise<P>} prepare what every job needs first; until it is there, jobs wait. It is called
 *   off when none waits any more.
 * @param {(input: I, prepared: P) => Promise<O>} work
 * @returns {Latest<I, O>}
 */
export function createLatest(prepare, work) {
  /** @typedef {{input: I, resolve: (output: O) => void, reject: (error: unknown) => void}} Job */
  /** @type {Job | null} */
  let waiting = null;
  let running = false;
  let preparing = new AbortController();

  const take = () => {
    const job = waiting;
    waiting = null;
    return job;
  };

  const next = async () => {
    if (running || !waiting) return;
    running = true;
    preparing = new AbortController();
    const { signal } = preparing;
    /** @type {Job | null} */
    let job = null;
    try {
      const prepared = await prepare(signal);
      job = take();
      if (job) job.resolve(await work(job.input, prepared));
    } catch (error) {
      // One that came while the preparation was being called off has it begun anew.
      if (!signal.aborted) (job ?? take())?.reject(error);
    } finally {
      running = false;
      void next();
    }
  };

  return {
    idle: () => !running && !waiting,
    run: (input, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(aborted());
          return;
        }
        waiting?.reject(aborted("A newer one took its place."));
        const mine = { input, resolve, reject };
        waiting = mine;
        signal?.addEventListener(
          "abort",
          () => {
            reject(aborted());
            if (waiting !== mine) return;
            waiting = null;
            preparing.abort();
          },
          { once: true },
        );
        void next();
      }),
  };
}
