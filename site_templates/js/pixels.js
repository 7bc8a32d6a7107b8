/** Paints small pictures of one px a cell, which the style sheet scales without smoothing. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width cells
 * @param {number} height cells
 * @param {(index: number) => ArrayLike<number>} color of the index-th cell in raster order: red, green, blue, opacity
 */
export function paint(canvas, width, height, color) {
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("This browser draws no canvas.");
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index += 1) image.data.set(color(index), 4 * index);
  canvas.width = width;
  canvas.height = height;
  brush.putImageData(image, 0, 0);
}
