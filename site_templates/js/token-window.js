/**
 * Which tokens of a long sequence to show in a fixed number of places: the first, the last, those around the chosen one, and
 * a gap for the rest, so that the sequence keeps its length on the page. Knows no DOM. `pixel_views.py` is its twin.
 */

/** Tokens shown at either end. */
export const ENDS = 12;

/** Places in all, the CLS token's among them: the whole sequence for patches of 32 px. */
export const PLACES = 50;

/** @typedef {{kind: "cls"} | {kind: "patch", token: number} | {kind: "gap", hidden: number}} Place token: 0-based */

/**
 * @param {number} tokens how many patches there are
 * @param {number} chosen 0-based
 * @returns {Place[]} `PLACES` of them, or fewer where the whole sequence is shorter
 */
export function tokenWindow(tokens, chosen) {
  /** @type {Place[]} */
  const places = [{ kind: "cls" }];
  const show = (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let token = from; token < to; token += 1) places.push({ kind: "patch", token });
  };
  if (tokens < PLACES) {
    show(0, tokens);
    return places;
  }
  const middle = PLACES - 1 - 2 * ENDS;
  const tail = tokens - ENDS;
  // With a gap on both sides the middle gives up two places; where it touches an end, only one.
  const start = chosen - Math.floor((middle - 2) / 2);
  const end = start + middle - 2;
  if (start <= ENDS + 1) {
    show(0, ENDS + middle - 1);
    places.push({ kind: "gap", hidden: tail - (ENDS + middle - 1) });
  } else if (end >= tail - 1) {
    show(0, ENDS);
    places.push({ kind: "gap", hidden: tail - (middle - 1) - ENDS });
    show(tail - (middle - 1), tail);
  } else {
    show(0, ENDS);
    places.push({ kind: "gap", hidden: start - ENDS });
    show(start, end);
    places.push({ kind: "gap", hidden: tail - end });
  }
  show(tail, tokens);
  return places;
}
