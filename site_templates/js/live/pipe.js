/** A stream that is filled by hand, piece by piece. Knows no DOM. */

import { aborted } from "./shared.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {object} Inlet
 * @property {(bytes: Bytes) => void} sink
 * @property {() => void} close all is there
 * @property {() => void} abort no more will come
 */

/** @returns {Inlet & {stream: ReadableStream<Bytes>}} */
export function createPipe() {
  /** @type {ReadableStreamDefaultController<Bytes>} */
  let inlet;
  const stream = new ReadableStream({
    start(controller) {
      inlet = controller;
    },
  });
  let open = true;
  /** @param {() => void} action what a reader that has gone does not hear */
  const whileOpen = (action) => {
    try {
      if (open) action();
    } catch {
      open = false;
    }
  };
  return {
    stream,
    sink: (bytes) => whileOpen(() => inlet.enqueue(bytes)),
    close: () => whileOpen(() => inlet.close()),
    abort: () => whileOpen(() => inlet.error(aborted())),
  };
}
