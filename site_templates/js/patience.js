/**
 * One figure's view of the store: while the figure is far from the reader, what changes is kept for it until it comes near or
 * the browser has nothing better to do, so that a new query repaints what is seen within one frame. Knows no DOM.
 */

/** @typedef {import("./state.js").Field} Field */
/** @typedef {import("./state.js").Store} Store */
/**
 * @typedef {object} PatientStore
 * @property {Store} store for the figure: `get` is always up to date, listeners hear late but of everything, and at once when
 *   the figure itself sets something
 * @property {(near: boolean) => void} setNear
 */

/**
 * @param {Store} store
 * @param {(action: () => void) => void} whenIdle
 * @returns {PatientStore}
 */
export function createPatientStore(store, whenIdle) {
  let near = true;
  /** @type {Set<() => void>} one for each listener that has something to hear */
  const kept = new Set();
  let asked = false;
  const tellAll = () => {
    asked = false;
    for (const tell of [...kept]) tell();
  };
  return {
    setNear(value) {
      near = value;
      if (near) tellAll();
    },
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
