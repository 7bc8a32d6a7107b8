/**
 * The reader's picture files, opened in the worker. The page keeps each file until it is closed: a worker that the browser
 * stopped loses its pictures, and the next one is given them again. Knows no DOM.
 */

/** @typedef {import("./calls.js").Calls} Calls */
/** @typedef {{x: number, y: number, side: number, quarterTurns: number}} Box px of the upright picture: a square in it, which
 *   is then turned clockwise */
/** @typedef {{id: string, width: number, height: number, format: string, notes: string[]}} Picture px, upright; notes:
 *   sentences that its reader should know */
/**
 * @typedef {object} Pictures
 * @property {(blob: Blob) => Promise<Picture>} open any format that the browser decodes
 * @property {(id: string, maxSide: number) => Promise<ImageBitmap>} preview upright, to look at
 * @property {(id: string, box: Box) => Promise<Uint8Array>} crop 224 x 224 x 3 pixels as models take them
 * @property {(id: string, box: Box) => Promise<Blob>} show the same square for the eye
 * @property {(id: string) => void} close
 */

/**
 * @param {() => Promise<Calls>} worker the one that is there, or a new one
 * @returns {Pictures}
 */
export function createPictures(worker) {
  let count = 0;
  /** @type {Map<string, Blob>} */
  const files = new Map();
  /** @type {WeakMap<Calls, Map<string, Promise<any>>>} what each worker has opened */
  const opened = new WeakMap();

  /** @param {Calls} calls @param {string} id */
  const openIn = (calls, id) => {
    const there = opened.get(calls) ?? new Map();
    opened.set(calls, there);
    const known = there.get(id) ?? calls.call("open", { id, blob: files.get(id) });
    there.set(id, known);
    return known;
  };
  /** @param {string} name @param {string} id @param {object} input */
  const call = async (name, id, input) => {
    if (!files.has(id)) throw new Error("This picture is no longer open: choose it again.");
    const calls = await worker();
    await openIn(calls, id);
    return calls.call(name, { id, ...input });
  };

  return {
    async open(blob) {
      count += 1;
      const id = `picture-${count}`;
      files.set(id, blob);
      try {
        return { id, ...(await openIn(await worker(), id)) };
      } catch (error) {
        files.delete(id);
        throw error;
      }
    },
    preview: (id, maxSide) => call("preview", id, { maxSide }),
    crop: (id, box) => call("crop", id, { box }),
    show: (id, box) => call("show", id, { box }),
    close(id) {
      if (!files.delete(id)) return;
      // A worker that is gone has nothing to close.
      worker().then(
        (calls) => opened.get(calls)?.delete(id) && calls.call("close", { id }).catch(() => {}),
        () => {},
      );
    },
  };
}
