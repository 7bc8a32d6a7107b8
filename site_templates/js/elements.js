/** Finding and filling a figure's elements, always below the figure's own root. */

/**
 * The one element that must be there. Throws an Error naming what was sought: a template and its script disagree.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`No ${selector} in this figure.`);
  return /** @type {T} */ (element);
}

/**
 * Puts each text into the element with that `data-text`; texts that are the same already are left alone.
 * @param {ParentNode} root
 * @param {Record<string, string | number>} texts
 */
export function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const element of root.querySelectorAll(`[data-text="${name}"]`)) {
      if (element.textContent !== String(text)) element.textContent = String(text);
    }
  }
}

/**
 * Notes whose numbers or picture a figure now shows; its badge follows that, not the page's state, which may be ahead.
 * @param {HTMLElement} root
 * @param {import("./manifest.js").PhotoEntry} photo
 */
export function noteShown(root, photo) {
  root.dataset.shows = photo.id;
}

/**
 * Says why a figure keeps its first picture; "" takes the line away.
 * @param {ParentNode} root
 * @param {string} sentence
 */
export function showError(root, sentence) {
  const line = root.querySelector(".figure-error");
  if (!(line instanceof HTMLElement)) return;
  line.textContent = sentence;
  line.hidden = sentence === "";
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function brushOn(canvas, settings) {
  const brush = canvas.getContext("2d", settings);
  if (!brush) throw new Error("This browser draws no canvas.");
  return brush;
}

/**
 * Sets those that differ: an attribute set again to the same value still costs a new style and a new accessible name.
 * @param {Element} element
 * @param {Record<string, string | number>} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

/**
 * 3072 -> "3,072", as the prose writes it in every reader's browser.
 * @param {number} value
 */
export function thousands(value) {
  return value.toLocaleString("en-US");
}

/**
 * "e69f00" -> [230, 159, 0].
 * @param {string} hex
 */
export function rgbOf(hex) {
  return [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16));
}
