/**
 * One figure's view of the store and the loader while it is far from the reader: what changes is kept for it until it comes
 * near or the browser has nothing better to do, so that a new query repaints what is seen within one frame; and data wait
 * until it comes near, so that nobody fetches what is not read. Knows no DOM.
 */

/** @typedef {import("./state.js").Field} Field */
/** @typedef {import("./state.js").Store} Store */
/** @typedef {import("./loader.js").Loader} Loader */
/**
 * @typedef {object} Patience
 * @property {Store} store for the figure: `get` is always up to date, listeners hear late but of everything, and at once when
 *   the figure itself sets something
 * @property {Loader} loader for the figure: begins when it is near
 * @property {(near: boolean) => void} setNear
 */

/**
 * @param {{state: Store, loader: Loader}} page
 * @param {(action: () => void) => void} whenIdle
 * @param {boolean} near is the figure near from the beginning?
 * @returns {Patience}
 */
export function createPatience({ state: store, loader }, whenIdle, near) {
  /** @type {Set<() => void>} one for each listener that has something to hear */
  const kept = new Set();
  let asked = false;
  /** @type {(() => void)[]} loads that begin when the figure is near */
  const waiting = [];
  const tellAll = () => {
    asked = false;
    for (const tell of [...kept]) tell();
  };
  /**
   * @template T
   * @param {(file: import("./manifest.js").FileRef) => Promise<T>} load
   * @returns {(file: import("./manifest.js").FileRef) => Promise<T>}
   */
  const whenNear = (load) => async (file) => {
    if (!near) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    return load(file);
  };
  return {
    setNear(value) {
      near = value;
      if (!near) return;
      for (const begin of waiting.splice(0)) begin();
      tellAll();
    },
    loader: { ...loader, bytes: whenNear(loader.bytes), json: whenNear(loader.json), pack: whenNear(loader.pack) },
    store: {
      get: store.get,
      set(patch) {
        store.set(patch);
        // Who sets something is at this figure, even where that has not been noticed yet, and is told the result next.
        tellAll();
      },
      subscribe(listener) {
        /** @type {Set<Field>} */
        let news = new Set();
        const tell = () => {
          kept.delete(tell);
          const changed = news;
          news = new Set();
          try {
            listener(store.get(), changed);
          } catch (error) {
            reportError(error);
          }
        };
        const unsubscribe = store.subscribe((_, changed) => {
          for (const field of changed) news.add(field);
          kept.add(tell);
          if (near) {
            tell();
          } else if (!asked) {
            asked = true;
            whenIdle(tellAll);
          }
        });
        return () => {
          kept.delete(tell);
          unsubscribe();
        };
      },
    },
  };
}
