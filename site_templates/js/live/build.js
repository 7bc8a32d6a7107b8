/** Elements from words: what the live part adds to the page is built here, since the first view does without it. */

/** @typedef {Record<string, string | number | boolean | EventListener>} Attributes true: there; false: not; functions listen */

/**
 * `element("button", { type: "button", onclick: go }, "Go")`.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * A button that does something here; `quiet`: beside a stronger one.
 * @param {string | Node} words
 * @param {() => void} action
 * @param {Attributes} [attributes]
 */
export function button(words, action, attributes = {}) {
  return element("button", { type: "button", class: "button", onclick: action, ...attributes }, words);
}

/**
 * A bar of bytes, and its words.
 * @returns {{root: HTMLElement, show: (loaded: number, total: number, words: string) => void}} total 0: nobody knows
 */
export function progressBar() {
  const bar = element("progress", { max: 1 });
  const words = element("span", { class: "own-progress-words" });
  const root = element("p", { class: "own-progress", hidden: true }, bar, words);
  return {
    root,
    show(loaded, total, text) {
      root.hidden = text === "";
      if (total > 0) bar.value = loaded / total;
      else bar.removeAttribute("value");
      bar.setAttribute("aria-label", text);
      if (words.textContent !== text) words.textContent = text;
    },
  };
}
