/**
 * The models, one run after the other, for all the parts of a page that share them: a run that somebody else's newer one
 * displaced is asked again, since it is still wanted. Knows no DOM.
 */

/** @typedef {import("./engine.js").Result} Result */
/** @typedef {(model: string, pixels: Uint8Array, options?: {signal?: AbortSignal, positions?: boolean}) => Promise<Result>} Run */

/** How often a run may be displaced. */
const PATIENCE = 20;

/**
 * @param {{run: Run}} engine
 * @returns {Run} rejects with an AbortError where its own signal says so
 */
export function createTurns(engine) {
  /** @type {Map<string, Promise<unknown>>} the last of each model's */
  const tails = new Map();
  /** @type {Run} */
  const insist = async (model, pixels, options = {}) => {
    for (let tries = 1; ; tries += 1) {
      options.signal?.throwIfAborted();
      try {
        return await engine.run(model, pixels, options);
      } catch (error) {
        const displaced = /** @type {Error} */ (error).name === "AbortError" && !options.signal?.aborted;
        if (!displaced || tries === PATIENCE) throw error;
      }
    }
  };
  return (model, pixels, options) => {
    const before = tails.get(model) ?? Promise.resolve();
    const mine = before.then(() => insist(model, pixels, options));
    // Results are large: this is about when, not what.
    tails.set(model, mine.then(settled, settled));
    return mine;
  };
}

function settled() {}
