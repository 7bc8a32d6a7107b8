/** Small pictures of one px a cell, which the style sheet scales without smoothing. */

import { brushOn } from "./elements.js";

/**
 * @callback Paint
 * @param {number} width cells
 * @param {number} height cells
 * @param {(index: number) => ArrayLike<number>} color of the index-th cell in raster order: red, green, blue, opacity
 * @returns {void}
 */

/**
 * The first call puts a canvas in the place of the build's picture, with its class and its text for those who cannot see it.
 * @param {HTMLElement} first the `<img>` that the build rendered
 * @returns {Paint}
 */
export function createPixels(first) {
  const canvas = document.createElement("canvas");
  const brush = brushOn(canvas);
  canvas.className = first.className;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", first.getAttribute("alt") ?? "");
  return (width, height, color) => {
    const image = new ImageData(width, height);
    for (let index = 0; index < width * height; index += 1) image.data.set(color(index), 4 * index);
    canvas.width = width;
    canvas.height = height;
    brush.putImageData(image, 0, 0);
    if (first.isConnected) first.replaceWith(canvas);
  };
}
