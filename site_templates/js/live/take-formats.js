/** A taking as CSV and as JSON, each with all that a reader elsewhere must know of it. Knows no DOM. */

import { formatHash } from "../state.js";

/** @typedef {import("./takings.js").Taking} Taking */
/**
 * @typedef {object} Provenance `data/provenance.json`
 * @property {string} citation
 * @property {Record<string, {title: string, kind: string, checkpoint: string, weights_sha256: string, licence: string,
 *   preprocessing: string, reference: string}>} models
 */

/**
 * The address of exactly this view; null for a live photo, which is in no address.
 * @param {string} page the page's address, without its hash
 * @param {string} slug the figure's id
 * @param {import("../state.js").State} state
 * @param {import("../manifest.js").Manifest} manifest
 */
export function linkTo(page, slug, state, manifest) {
  const photo = manifest.photos.find(({ id }) => id === state.photo);
  return photo?.live ? null : page + formatHash(slug, state, manifest);
}

/**
 * Everything about a taking but its numbers; plain JSON.
 * @param {Taking} taking
 * @param {Provenance} provenance
 * @param {string | null} link
 */
export function aboutTaking({ title, settings, models, photo, view, definition }, provenance, link) {
  return {
    title: `${photo.title}: ${title}`,
    settings,
    view,
    definition,
    photo: photo.live
      ? { title: photo.title }
      : {
          id: photo.id,
          title: photo.title,
          author: photo.author,
          licence: photo.licence,
          licence_url: photo.licence_url,
          source_url: photo.source_url,
          crop_box: photo.crop_box,
        },
    models: models.map((name) => ({ name, ...provenance.models[name] })),
    computed: photo.live
      ? "live, in a reader's browser, from the published ONNX file"
      : "when the site was built; other temperatures, and single heads, by the page from the published numbers",
    counting: "rows, columns, layers and heads count from 1, tokens from 0 in reading order",
    ...(link === null ? {} : { link }),
    citation: provenance.citation,
  };
}

/**
 * Lines that open with # say what the numbers are; then a header and the numbers (RFC 4180).
 * @param {Taking} taking
 * @param {ReturnType<typeof aboutTaking>} about
 */
export function toCsv({ columns, lines }, about) {
  const remarks = flat(about).map(([name, value]) => `# ${name}: ${String(value).replace(/\s+/g, " ")}`);
  const table = [columns, ...lines].map((line) => line.map(quoted).join(","));
  return [...remarks, ...table, ""].join("\r\n");
}

/**
 * @param {Taking} taking
 * @param {ReturnType<typeof aboutTaking>} about
 */
export function toJson({ columns, lines }, about) {
  // One line of the table a line of the file: indented numbers would be a page each.
  const head = JSON.stringify({ ...about, columns }, null, 2).slice(0, -2);
  return `${head},\n  "rows": [\n${lines.map((line) => `    ${JSON.stringify(line)}`).join(",\n")}\n  ]\n}\n`;
}

/**
 * Nested fields -> dotted names.
 * @param {object} value
 * @param {string} [before]
 * @returns {[string, unknown][]}
 */
function flat(value, before = "") {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = before + name;
    if (inner !== null && typeof inner === "object") return flat(inner, `${path}.`);
    return /** @type {[string, unknown][]} */ (inner === "" ? [] : [[path, inner]]);
  });
}

/** @param {string | number} value */
function quoted(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
