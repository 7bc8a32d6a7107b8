/** Two runs of a model, before and after a change to the photo, compared for one asking patch. Knows no DOM. */

import { patchAt } from "./squares.js";
import { cosine, totalVariation, turned, turnedTokens } from "./changes.js";

/** @typedef {import("./seen.js").Seen} Seen */
/** @typedef {import("../state.js").State} State */
/**
 * @typedef {object} Changed
 * @property {import("../attention.js").Row} before the asking patch's weights on the patches
 * @property {import("../attention.js").Row} after
 * @property {number} moved total variation of all that the asking patch attends to
 * @property {number} summaryMoved the same of what the summary attends to
 * @property {number} turned degrees by which the asking patch's vector turned
 * @property {number} cosine of that angle
 * @property {number} summaryTurned degrees
 * @property {number} summaryCosine
 * @property {number} othersTurned degrees, the mean over the patches that no changed square touches; NaN where there is none
 * @property {number} heldBefore weight of the asking patch on the patches that changed squares touch
 * @property {number} heldAfter
 */

/**
 * @param {Seen} before
 * @param {Seen} after
 * @param {State} state
 * @param {Uint8Array} touched (rows*cols,): 1 where a changed square touches the patch
 * @returns {Changed}
 */
export function whatChanged(before, after, state, touched) {
  const asker = patchAt(state.at, before.grid);
  const [one, other] = [before.row(state, asker), after.row(state, asker)];
  const [shown, shownAfter] = [before.onPatches(one), after.onPatches(other)];
  const angles = turnedTokens(before.patches, after.patches, before.width);
  const others = angles.filter((_, patch) => !touched[patch]);
  /** @param {import("../attention.js").Row} weights */
  const held = (weights) => touched.reduce((sum, is, patch) => sum + (is ? weights[patch] : 0), 0);
  const [from, to] = [asker * before.width, (asker + 1) * before.width];
  return {
    before: shown,
    after: shownAfter,
    moved: totalVariation(one, other),
    summaryMoved: totalVariation(before.row(state, "cls"), after.row(state, "cls")),
    turned: angles[asker],
    cosine: cosine(before.patches.subarray(from, to), after.patches.subarray(from, to)),
    summaryTurned: turned(before.summary, after.summary),
    summaryCosine: cosine(before.summary, after.summary),
    othersTurned: others.reduce((sum, angle) => sum + angle, 0) / others.length,
    heldBefore: held(shown),
    heldAfter: held(shownAfter),
  };
}
