/** Why a file cannot be the reader's photo and what to do about it, in sentences to show as they are. */

/** An error whose message is for people. */
export class Unreadable extends Error {
  name = "Unreadable";
}

export const FIRST_FRAME = "This picture moves; its first frame is used.";

const HELP = "Save it as JPEG, PNG or WebP, and choose that.";

/** Formats that are no photos, with their articles. @type {Record<string, string>} */
const OTHERS = { PDF: "a PDF", video: "a film", sound: "a sound recording", ZIP: "an archive", text: "a text" };

/** Pixels from which a browser may fail for want of memory. */
const MANY = 30e6;

export const empty = () => new Unreadable("This file is empty. Choose another.");

export const gone = () => new Unreadable("This file can no longer be read: it was moved, changed or deleted. Choose it again.");

/** @param {string} format */
export const cut = (format) => new Unreadable(`This ${format} file is cut short: part of the picture is missing. Choose another copy.`);

/** @param {string} format */
export function noPhoto(format) {
  if (format === "SVG") {
    return new Unreadable("This is an SVG, a drawing made of instructions: it has no pixels of its own. Save it as PNG, and choose that.");
  }
  if (Object.hasOwn(OTHERS, format)) return new Unreadable(`This is ${OTHERS[format]}, not a photo. Choose a picture.`);
  return new Unreadable(`This is a ${format} picture, which browsers do not open. ${HELP}`);
}

/**
 * @param {string} format "" where it is unknown
 * @param {number} pixels 0 where that is unknown
 */
export function notDecoded(format, pixels) {
  if (!format) return new Unreadable(`This is not a picture that this browser can open. ${HELP}`);
  if (format === "HEIC") {
    return new Unreadable(
      "This is a HEIC photo, which this browser cannot open. Save it as JPEG, and choose that. " +
        "(An iPhone takes JPEG when its camera’s format is set to Most Compatible.)",
    );
  }
  if (["TIFF", "JPEG XL", "JPEG 2000"].includes(format)) {
    return new Unreadable(`This is a ${format} picture, which this browser cannot open. ${HELP}`);
  }
  if (pixels > MANY) {
    const size = Math.round(pixels / 1e6);
    return new Unreadable(`This browser could not open this picture of ${size} megapixels. Try a smaller copy: 1,000 px a side are plenty.`);
  }
  return new Unreadable(`This ${format} file is cut short or damaged, or of a kind that this browser does not know. Choose another copy.`);
}

/**
 * @param {string} format
 * @param {number} width px
 * @param {number} height px
 */
export function tooLarge(format, width, height) {
  const size = `${width} × ${height} px, ${(Math.ceil((width * height) / 1e5) / 10).toLocaleString("en")} megapixels`;
  return new Unreadable(`This ${format || "picture"} has ${size}; the most is 100. Scale it down: 1,000 px a side are plenty.`);
}

/** @param {number} width px @param {number} height px */
export function tooSmall(width, height) {
  return new Unreadable(`This picture has ${width} × ${height} px; each side needs at least 32.`);
}
