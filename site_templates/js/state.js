/**
 * The page-wide state, and its form in the address: `#<chapter>?photo=coffee&at=80,80`, non-default fields only.
 * Knows no DOM: `main.js` ties it to the browser's address.
 */

import { IMAGE_SIZE, PATCH_SIZES } from "./patch-grid.js";

/** @typedef {import("./manifest.js").Manifest} Manifest */

/**
 * @typedef {object} State
 * @property {string} photo id
 * @property {readonly [number, number]} at the query point (x, y), px of the 224 crop; every grid derives its own cell
 * @property {number} patchSize px: 8, 14, 16 or 32
 * @property {"raw" | "layernorm" | "layernorm_position"} variant how tokens become scores
 * @property {number} temperature of the softmax, 0.5 to 16
 * @property {"to" | "by"} direction what the query attends to, or what attends to it
 * @property {"absolute" | "stretched"} scale of the colours
 * @property {number} layer of the real ViT, 0-based
 * @property {string} head of the real ViT, 0-based, or "mean" of them all
 * @property {"patch" | "cls"} asker who asks the real ViT: the patch at the query point, or CLS
 */
/** @typedef {keyof State} Field */
/** @typedef {(state: State, changed: ReadonlySet<Field>) => void} Listener */
/**
 * @typedef {object} Store
 * @property {() => State} get
 * @property {(patch: Partial<State>) => void} set throws a RangeError on an unknown field or a value it cannot have
 * @property {(listener: Listener) => () => void} subscribe returns the function that ends the subscription
 */

const VARIANTS = Object.freeze(["raw", "layernorm", "layernorm_position"]);
const DIRECTIONS = Object.freeze(["to", "by"]);
const SCALES = Object.freeze(["absolute", "stretched"]);
const HEADS = Object.freeze(["mean", "0", "1", "2", "3", "4", "5"]);
const ASKERS = Object.freeze(["patch", "cls"]);
/** Of the real ViT; a manifest without one still reads addresses that name a layer. */
const LAYERS = 12;
/** Layer 11: there the patch under the cat's eye gives the patch under the other eye its most, 0.076 in the heads' mean. */
const CLEAREST_LAYER = 10;
const TEMPERATURES = Object.freeze({ least: 0.5, most: 16 });

/**
 * Text of each field (from the address or a control) -> its value, or undefined where the text means nothing.
 * @type {Readonly<Record<Field, (text: string, manifest: Manifest) => unknown>>}
 */
const READERS = Object.freeze({
  photo: (text, manifest) => manifest.photos.find((photo) => photo.id === text)?.id,
  at: (text) => {
    const match = /^(\d{1,3}),(\d{1,3})$/.exec(text);
    const at = match && [Number(match[1]), Number(match[2])];
    return at?.every((value) => value < IMAGE_SIZE) ? Object.freeze(at) : undefined;
  },
  patchSize: (text) => PATCH_SIZES.find((size) => String(size) === text),
  variant: (text) => VARIANTS.find((name) => name === text),
  temperature: (text) => {
    const value = /^\d{1,2}(\.\d{1,4})?$/.test(text) ? Number(text) : NaN;
    return value >= TEMPERATURES.least && value <= TEMPERATURES.most ? value : undefined;
  },
  direction: (text) => DIRECTIONS.find((name) => name === text),
  scale: (text) => SCALES.find((name) => name === text),
  layer: (text) => (/^\d{1,2}$/.test(text) && Number(text) < LAYERS ? Number(text) : undefined),
  head: (text) => HEADS.find((name) => name === text),
  asker: (text) => ASKERS.find((name) => name === text),
});

const FIELDS = /** @type {Field[]} */ (Object.keys(READERS));

/**
 * What a reader sees who has touched nothing.
 * @param {Manifest} manifest
 * @returns {State}
 */
export function defaults(manifest) {
  return {
    photo: manifest.default_photo,
    at: Object.freeze(/** @type {[number, number]} */ ([...manifest.default_at])),
    patchSize: 16,
    variant: "layernorm",
    temperature: manifest.temperature,
    direction: "to",
    scale: "absolute",
    layer: CLEAREST_LAYER,
    head: "mean",
    asker: "patch",
  };
}

/**
 * Is this the name of a state field? Inherited names (`constructor`) are not.
 * @param {string} name
 * @returns {name is Field}
 */
export function isField(name) {
  return Object.hasOwn(READERS, name);
}

/**
 * A field's value from text, or undefined where the text is not a value it can have.
 * @param {Field} field
 * @param {string} text
 * @param {Manifest} manifest
 */
export function readField(field, text, manifest) {
  return READERS[field](text, manifest);
}

/**
 * `photo=coffee&at=80,80` -> the fields that it names and that make sense; everything else is passed over.
 * @param {string} query
 * @param {Manifest} manifest
 * @returns {Partial<State>}
 */
export function parseQuery(query, manifest) {
  const given = new URLSearchParams(query);
  /** @type {Record<string, unknown>} */
  const patch = {};
  for (const field of FIELDS) {
    const text = given.get(field);
    const value = text === null ? undefined : readField(field, text, manifest);
    if (value !== undefined && !isLive(field, value, manifest)) patch[field] = value;
  }
  return patch;
}

/**
 * An address's hash -> the chapter, and the whole state it stands for (null for a plain `#chapter`, which leaves it alone).
 * @param {string} hash with or without its `#`
 * @param {Manifest} manifest
 * @returns {{slug: string, state: State | null}}
 */
export function parseHash(hash, manifest) {
  const text = hash.replace(/^#/, "");
  const mark = text.indexOf("?");
  const slug = mark < 0 ? text : text.slice(0, mark);
  return {
    slug: /^[\w-]*$/.test(slug) ? slug : "",
    state: mark < 0 ? null : { ...defaults(manifest), ...parseQuery(text.slice(mark + 1), manifest) },
  };
}

/**
 * The inverse of `parseHash`: "" for the defaults without a chapter. A reader's own photo is in no address: nobody else has it.
 * @param {string} slug
 * @param {State} state
 * @param {Manifest} manifest
 */
export function formatHash(slug, state, manifest) {
  const usual = defaults(manifest);
  const parts = FIELDS.filter((field) => String(state[field]) !== String(usual[field]))
    .filter((field) => !isLive(field, state[field], manifest))
    .map((field) => `${field}=${String(state[field])}`);
  const query = parts.length > 0 ? `?${parts.join("&")}` : "";
  return slug || query ? `#${slug}${query}` : "";
}

/**
 * Is this value the name of a photo that only this page has?
 * @param {Field} field
 * @param {unknown} value
 * @param {Manifest} manifest
 */
function isLive(field, value, manifest) {
  return field === "photo" && manifest.photos.some((photo) => photo.id === value && photo.live);
}

/**
 * The one store. A listener hears of every change once it is made; one that throws is reported and stops no other.
 * @param {Manifest} manifest
 * @param {Partial<State>} [initial]
 * @returns {Store}
 */
export function createState(manifest, initial = {}) {
  /** @type {State} */
  let current = Object.freeze({ ...defaults(manifest), ...accepted(initial, manifest) });
  /** @type {Set<Listener>} */
  const listeners = new Set();

  return {
    get: () => current,
    set(patch) {
      const next = Object.freeze({ ...current, ...accepted(patch, manifest) });
      const changed = new Set(FIELDS.filter((field) => String(next[field]) !== String(current[field])));
      if (changed.size === 0) return;
      current = next;
      for (const listener of [...listeners]) {
        try {
          // `current`, not `next`: a listener may itself have set something, and nobody should end on stale news.
          listener(current, changed);
        } catch (error) {
          reportError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * @param {Partial<State>} patch
 * @param {Manifest} manifest
 * @returns {Partial<State>}
 */
function accepted(patch, manifest) {
  /** @type {Record<string, unknown>} */
  const clean = {};
  for (const [name, value] of Object.entries(patch)) {
    const read = isField(name) ? readField(name, String(value), manifest) : undefined;
    if (read === undefined) throw new RangeError(`State field "${name}" cannot be ${JSON.stringify(value)}.`);
    clean[name] = read;
  }
  return clean;
}
