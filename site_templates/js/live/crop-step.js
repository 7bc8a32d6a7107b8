/** The dialog's second step: which square of the picture, by hand, by keyboard or by buttons. */

import { button, element, progressBar } from "./build.js";
import { closeness, moved, rounded, turned, withCloseness, zoomed } from "./crop-box.js";
import { createCropStage } from "./crop-stage.js";

/** @typedef {import("./crop-box.js").Box} Box */
/** @typedef {import("./crop-box.js").Size} Size */

/** Of the square's side, for one press of an arrow key; with Shift, a fine one. */
const STEP = 0.05;
const FINE_STEP = 0.005;
/** One press of plus or minus. */
const ZOOM_STEP = 0.9;
/** px: smaller squares are enlarged for the models. */
const SEEN = 224;
/** ms after the last press before the place is spoken. */
const SETTLED = 400;

/** @type {Record<string, [number, number]>} key -> steps right, down */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {object} wishes
 * @param {(box: Box) => void} wishes.onUse whole px
 * @param {() => void} wishes.onOther another photo
 * @param {() => void} wishes.onStop of what `onUse` began; the square can then be chosen again
 */
export function createCropStep({ onUse, onOther, onStop }) {
  /** @type {Size} */
  let size = { width: 1, height: 1 };
  /** @type {Box} */
  let box = { x: 0, y: 0, side: 1, quarterTurns: 0 };
  /** @type {Box} */
  let first = box;
  let timer = 0;

  const stage = createCropStage(() => box, (next) => set(next));
  const zoom = element("input", { type: "range", id: "own-zoom", min: 0, max: 1, step: "any", value: 0 });
  const place = element("p", { class: "crop-place", id: "own-place" });
  const spoken = element("p", { class: "visually-hidden", role: "status" });
  const notes = element("p", { class: "crop-notes" });
  const alert = element("p", { class: "own-message", role: "alert", hidden: true });
  const progress = progressBar();
  stage.root.setAttribute("aria-label", "The square in your photo");
  stage.root.setAttribute("aria-describedby", "own-keys own-place");

  /** @param {Box} next @param {boolean} [speak] */
  const set = (next, speak = false) => {
    box = next;
    stage.draw();
    zoom.value = String(closeness(box, size));
    place.textContent = placeWords(rounded(box, size), size);
    clearTimeout(timer);
    if (speak) timer = setTimeout(() => (spoken.textContent = place.textContent), SETTLED);
  };
  /** @param {number} right @param {number} down steps @param {number} [step] */
  const move = (right, down, step = STEP) => set(moved(box, size, right * step, down * step), true);
  const turn = () => set(turned(box), true);
  /** @param {number} factor */
  const zoomBy = (factor) => set(zoomed(box, size, factor), true);

  /** @param {string} name @param {string} glyph @param {() => void} action */
  const tool = (name, glyph, action) => button(icon(glyph), action, { class: "button crop-tool", "aria-label": name, title: name });
  const use = button("Use this square", () => onUse(rounded(box, size)), { class: "button button-strong" });
  const other = button("Another photo", onOther, { class: "button button-quiet" });
  const stop = button("Cancel", onStop, { hidden: true });
  const tools = element(
    "div",
    { class: "crop-tools" },
    element("label", { for: "own-zoom" }, "Zoom"),
    element("div", { class: "crop-zoom" }, tool("Zoom out", "−", () => zoomBy(1 / ZOOM_STEP)), zoom, tool("Zoom in", "+", () => zoomBy(ZOOM_STEP))),
    element(
      "div",
      { class: "crop-buttons" },
      tool("Move the square left", "←", () => move(-1, 0)),
      tool("Move the square right", "→", () => move(1, 0)),
      tool("Move the square up", "↑", () => move(0, -1)),
      tool("Move the square down", "↓", () => move(0, 1)),
      button("Turn", turn, { title: "A quarter turn clockwise" }),
      button("Reset", () => set(first, true)),
    ),
  );
  const root = element(
    "div",
    { class: "own-step crop-step", onkeydown: (event) => onKey(/** @type {KeyboardEvent} */ (event)) },
    element(
      "div",
      { class: "crop-side" },
      element(
        "p",
        { id: "own-keys" },
        element("span", { class: "crop-by-touch" }, "Drag the photo; pinch it to zoom."),
        element("span", { class: "crop-by-mouse" }, "Drag the photo; turn the wheel to zoom. Or use the arrow keys, + and −, and R to turn."),
      ),
      tools,
      element("div", { class: "crop-seen" }, stage.preview, element("div", {}, element("p", {}, "What the models will see: 224 × 224 pixels."), place)),
      notes,
    ),
    stage.root,
    spoken,
    element(
      "div",
      { class: "own-actions" },
      progress.root,
      alert,
      use,
      other,
      stop,
    ),
  );

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || stage.root.inert) return;
    const arrow = event.target === zoom ? undefined : ARROWS[event.key];
    if (arrow) move(arrow[0], arrow[1], event.shiftKey ? FINE_STEP : STEP);
    else if (event.key === "+" || event.key === "=") zoomBy(ZOOM_STEP);
    else if (event.key === "-") zoomBy(1 / ZOOM_STEP);
    else if (event.key === "r" || event.key === "R") turn();
    else return;
    event.preventDefault();
  };
  /** @param {boolean} busy */
  const setBusy = (busy) => {
    if (busy === stop.hidden) {
      const from = busy ? use : stop;
      const hadFocus = from === document.activeElement;
      use.hidden = other.hidden = busy;
      stop.hidden = !busy;
      if (hadFocus) (busy ? stop : use).focus();
    }
    root.toggleAttribute("data-busy", busy);
    stage.root.inert = tools.inert = busy;
  };
  zoom.addEventListener("input", () => set(withCloseness(box, size, Number(zoom.value)), true));

  return {
    root,
    title: "Choose the square",
    focus: () => stage.root.focus(),
    /**
     * @param {ImageBitmap} bitmap
     * @param {Size} of px of the original
     * @param {Box} begin
     * @param {readonly string[]} sentences that the reader should know of the picture
     */
    open(bitmap, of, begin, sentences) {
      size = of;
      first = begin;
      notes.textContent = sentences.join(" ");
      stage.open(bitmap, of);
      set(begin);
      this.rest("");
    },
    /** Work goes on: nothing can be changed but by cancelling. @param {number} loaded @param {number} total @param {string} words */
    busy(loaded, total, words) {
      setBusy(true);
      alert.hidden = true;
      progress.show(loaded, total, words);
    },
    /** Work has ended, or not begun. @param {string} message why it failed, or "" */
    rest(message) {
      setBusy(false);
      progress.show(0, 0, "");
      alert.textContent = message;
      alert.hidden = message === "";
    },
    close() {
      clearTimeout(timer);
      stage.close();
    },
  };
}

/** @param {Box} box whole px @param {Size} size */
function placeWords({ x, y, side, quarterTurns }, { width, height }) {
  /** @param {number} count */
  const words = (count) => count.toLocaleString("en-US");
  const turns = ["", ", turned right", ", upside down", ", turned left"][quarterTurns];
  const small = side < SEEN ? `; it will be enlarged to ${SEEN}` : "";
  return `Cut from ${words(side)} × ${words(side)} of ${words(width)} × ${words(height)} pixels, ${words(x)} from the left and ${words(y)} from the top${turns}${small}.`;
}

/** @param {string} glyph */
function icon(glyph) {
  return element("span", { "aria-hidden": "true" }, glyph);
}
