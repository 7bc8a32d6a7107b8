/**
 * The picture under a square window: drag, pinch or wheel move the picture beneath it. Draws the box that it is given, and
 * says which box a gesture asks for; holds none of its own.
 */

import { element } from "./build.js";
import { moved, zoomed } from "./crop-box.js";

/** @typedef {import("./crop-box.js").Box} Box */
/** @typedef {import("./crop-box.js").Size} Size */
/**
 * @typedef {object} CropStage
 * @property {HTMLElement} root takes the focus
 * @property {HTMLCanvasElement} preview the square alone, as small as models see it
 * @property {(bitmap: ImageBitmap, size: Size) => void} open a picture; `size`: px of the original, of which the bitmap may be smaller
 * @property {() => void} draw what the box is now
 * @property {() => void} close lets the picture go
 */

/** The window's distance from the stage's edge, as a share of the stage. */
const MARGIN = 0.08;
/** A notch of the wheel, in its px, is this share of a doubling. */
const WHEEL = 1 / 400;
/** px: what models see. */
const SEEN = 224;

/**
 * @param {() => Box} boxOf the box as it is now
 * @param {(box: Box) => void} onGesture
 * @returns {CropStage}
 */
export function createCropStage(boxOf, onGesture) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const preview = element("canvas", { width: SEEN, height: SEEN, role: "img", "aria-label": "The square as a model sees it" });
  const frame = element("span", { class: "crop-window", "aria-hidden": "true" });
  const root = element("div", { class: "crop-stage", tabindex: 0, role: "group" }, canvas, frame);
  /** @type {ImageBitmap | null} */
  let picture = null;
  /** @type {Size} */
  let size = { width: 1, height: 1 };
  /** @type {Map<number, {x: number, y: number}>} fingers and pointers that are down, by their id */
  const down = new Map();
  let frameAsked = 0;

  /** Side of the window, CSS px. */
  const windowSide = () => root.clientWidth * (1 - 2 * MARGIN);

  const paint = () => {
    frameAsked = 0;
    if (!picture) return;
    const box = boxOf();
    const side = Math.round(root.clientWidth * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    drawSquare(canvas, picture, size, box, MARGIN * side);
    drawSquare(preview, picture, size, box, 0);
  };
  const draw = () => {
    frameAsked ||= requestAnimationFrame(paint);
  };

  /** @param {{x: number, y: number}} point client px @returns {[number, number]} shares of the window */
  const shareOf = ({ x, y }) => {
    const { left, top } = root.getBoundingClientRect();
    const margin = MARGIN * root.clientWidth;
    return [(x - left - margin) / windowSide(), (y - top - margin) / windowSide()];
  };
  /** Middle of the fingers, and how far apart they are. */
  const grip = () => {
    const [one, other = one] = [...down.values()];
    const middle = { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
    return { middle, spread: Math.hypot(one.x - other.x, one.y - other.y) };
  };

  /** @param {PointerEvent} event */
  const onDown = (event) => {
    if (event.button !== 0 || down.size === 2) return;
    root.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (!down.has(event.pointerId)) return;
    const before = grip();
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const after = grip();
    let box = boxOf();
    if (before.spread > 0 && after.spread > 0) {
      box = zoomed(box, size, before.spread / after.spread, shareOf(before.middle));
    }
    // The picture follows the hand, so the square goes the other way.
    const [right, low] = [before.middle.x - after.middle.x, before.middle.y - after.middle.y];
    onGesture(moved(box, size, right / windowSide(), low / windowSide()));
  };
  /** @param {PointerEvent} event */
  const onUp = (event) => void down.delete(event.pointerId);
  /** @param {WheelEvent} event */
  const onWheel = (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const factor = 2 ** (event.deltaY * lines * WHEEL);
    onGesture(zoomed(boxOf(), size, factor, shareOf({ x: event.clientX, y: event.clientY })));
  };
  root.addEventListener("pointerdown", onDown);
  root.addEventListener("pointermove", onMove);
  root.addEventListener("pointerup", onUp);
  root.addEventListener("pointercancel", onUp);
  root.addEventListener("wheel", onWheel, { passive: false });
  new ResizeObserver(draw).observe(root);

  return {
    root,
    preview,
    open(bitmap, of) {
      picture?.close();
      picture = bitmap;
      size = of;
      down.clear();
      draw();
    },
    draw,
    close() {
      picture?.close();
      picture = null;
    },
  };
}

/**
 * Draws the picture so that the box fills the canvas but for a margin, in which its surroundings show.
 * @param {HTMLCanvasElement} canvas square
 * @param {ImageBitmap} picture
 * @param {Size} size px of the original
 * @param {Box} box
 * @param {number} margin px of the canvas
 */
function drawSquare(canvas, picture, size, box, margin) {
  const brush = canvas.getContext("2d");
  if (!brush) return;
  const middle = canvas.width / 2;
  const scale = (canvas.width - 2 * margin) / box.side;
  brush.resetTransform();
  brush.clearRect(0, 0, canvas.width, canvas.height);
  brush.imageSmoothingQuality = "high";
  brush.translate(middle, middle);
  brush.rotate((box.quarterTurns * Math.PI) / 2);
  brush.scale(scale, scale);
  brush.translate(-box.x - box.side / 2, -box.y - box.side / 2);
  brush.drawImage(picture, 0, 0, size.width, size.height);
}
