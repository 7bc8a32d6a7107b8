/** What changes hands between the page and its worker without being copied. Knows no DOM. */

/**
 * @param {readonly unknown[]} records objects whose values may be typed arrays; others have none
 * @returns {ArrayBuffer[]} of those arrays, each once
 */
export function buffersOf(records) {
  const values = records.flatMap((record) => Object.values(record ?? {}));
  const buffers = values.flatMap((value) => (ArrayBuffer.isView(value) ? [value.buffer] : []));
  return /** @type {ArrayBuffer[]} */ ([...new Set(buffers)]);
}
