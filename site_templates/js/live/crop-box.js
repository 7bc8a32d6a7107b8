/**
 * The square that a reader cuts from a picture: moving, zooming and turning it. Knows no DOM.
 *
 * `x`, `y` and `side` are px of the upright picture, fractions while a hand is on it; the square is then turned clockwise.
 * What the reader sees is the turned picture, so that movements are given in its directions (right, down) and are turned
 * back here.
 */

/** @typedef {{width: number, height: number}} Size px of the upright picture */
/** @typedef {{x: number, y: number, side: number, quarterTurns: number}} Box */

/** px: the smallest square that the engine cuts. */
const LEAST_SIDE = 32;
/** A square this much smaller than the largest one has little left to see. */
const MOST_ZOOM = 16;

/**
 * The sides that a square may have.
 * @param {Size} size
 */
export function sides({ width, height }) {
  const most = Math.min(width, height);
  return { least: Math.min(most, Math.max(LEAST_SIDE, most / MOST_ZOOM)), most };
}

/**
 * Moves the square over the picture as the reader sees it.
 * @param {Box} box
 * @param {Size} size
 * @param {number} right share of the side
 * @param {number} down share of the side
 * @returns {Box}
 */
export function moved(box, size, right, down) {
  const [x, y] = upright(right, down, box.quarterTurns);
  return inside({ ...box, x: box.x + x * box.side, y: box.y + y * box.side }, size);
}

/**
 * Makes the square smaller (factor below 1: closer) or larger; one point of it stays where it is.
 * @param {Box} box
 * @param {Size} size
 * @param {number} factor
 * @param {readonly [number, number]} [fixed] shares of the square as the reader sees it: right, down
 * @returns {Box}
 */
export function zoomed(box, size, factor, [right, down] = [0.5, 0.5]) {
  const { least, most } = sides(size);
  const side = Math.min(most, Math.max(least, box.side * factor));
  const [x, y] = upright(right - 0.5, down - 0.5, box.quarterTurns);
  const lost = box.side - side;
  return inside({ ...box, side, x: box.x + (x + 0.5) * lost, y: box.y + (y + 0.5) * lost }, size);
}

/**
 * A quarter turn clockwise more; the square stays on the same part of the picture.
 * @param {Box} box
 * @returns {Box}
 */
export function turned(box) {
  return { ...box, quarterTurns: (box.quarterTurns + 1) % 4 };
}

/**
 * How close the square is: 0 the whole width or height, 1 as close as can be; equal steps look equal.
 * @param {Box} box
 * @param {Size} size
 */
export function closeness({ side }, size) {
  const { least, most } = sides(size);
  return most > least ? Math.log(most / side) / Math.log(most / least) : 0;
}

/**
 * The inverse of `closeness`, about the square's middle.
 * @param {Box} box
 * @param {Size} size
 * @param {number} value 0 to 1
 */
export function withCloseness(box, size, value) {
  const { least, most } = sides(size);
  return zoomed(box, size, (most * (least / most) ** value) / box.side);
}

/**
 * The square in whole px, still inside the picture.
 * @param {Box} box
 * @param {Size} size
 * @returns {Box}
 */
export function rounded(box, size) {
  const side = Math.round(box.side);
  return inside({ ...box, side, x: Math.round(box.x), y: Math.round(box.y) }, size);
}

/** @param {Box} box @param {Size} size @returns {Box} */
function inside(box, { width, height }) {
  const x = Math.min(Math.max(0, box.x), width - box.side);
  const y = Math.min(Math.max(0, box.y), height - box.side);
  return { ...box, x, y };
}

/**
 * A direction in the turned picture -> the same in the upright one.
 * @param {number} right
 * @param {number} down
 * @param {number} quarterTurns
 * @returns {[number, number]} right, down
 */
function upright(right, down, quarterTurns) {
  // Written out, as -0 and rounding would come with sines.
  if (quarterTurns === 1) return [down, -right];
  if (quarterTurns === 2) return [-right, -down];
  if (quarterTurns === 3) return [-down, right];
  return [right, down];
}
