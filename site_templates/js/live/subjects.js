/** The models that a reader can run on a photo as it is or changed, each run made into what it says. Knows no DOM. */

import { photoById } from "../manifest.js";
import { seenByReal, seenByStandIn } from "./seen.js";

/** @typedef {import("./seen.js").Seen} Seen */
/**
 * @typedef {object} Subjects
 * @property {(model: string) => string} titleOf
 * @property {(photo: string) => Promise<Uint8Array>} pixelsOf a photo's (224, 224, 3) px
 * @property {import("./turns.js").Run} run one after the other
 * @property {(model: string, pixels: Uint8Array, signal: AbortSignal) => Promise<Seen & {ms: number}>} look ms: what the run
 *   itself took
 */

/** The model whose features stand in for queries and keys. */
export const STAND_IN = "mobilenet_v2";

/**
 * @param {Pick<import("../main.js").Context, "manifest" | "loader">} context
 * @param {import("./turns.js").Run} run
 * @returns {Subjects}
 */
export function createSubjects({ manifest, loader }, run) {
  /** @param {string} name */
  const entryOf = (name) => {
    const entry = manifest.models.find((model) => model.name === name);
    if (!entry) throw new Error(`This build has no model called ${name}.`);
    return entry;
  };
  return {
    titleOf: (model) => entryOf(model).title,
    async pixelsOf(photo) {
      const { data } = await loader.pack(photoById(manifest, photo).files.pixels);
      return /** @type {Uint8Array} */ (data);
    },
    run,
    async look(model, pixels, signal) {
      const result = /** @type {Required<import("./engine.js").Result>} */ (await run(model, pixels, { signal }));
      const seen =
        model === STAND_IN
          ? seenByStandIn(result.features, entryOf(model).grid, manifest.position_alpha)
          : seenByReal(result);
      return { ...seen, ms: result.ms };
    },
  };
}
