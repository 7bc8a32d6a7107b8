/** A taking as one picture for a slide: its maps, the colour scale, and the words without which they say nothing. */

import { position } from "../colormap.js";
import { brushOn } from "../elements.js";
import { paintWeights } from "../heatmap.js";
import { giveWay } from "../turn.js";
import { layMap } from "./lit-photo.js";

/** @typedef {import("./takings.js").DrawnMap} DrawnMap */
/** @typedef {import("./takings.js").Taking} Taking */
/**
 * @typedef {object} Look the page's own, so that the picture goes with what the reader sees
 * @property {string} paper
 * @property {string} ink
 * @property {string} soft
 * @property {string} serif families
 * @property {string} sans families
 */

/** px: a map's side by how many stand beside each other; multiples of 7 and of 16 patches, so that cells are even. */
const SIDES = Object.freeze({ 1: 1120, 3: 448, 12: 96 });
const MARGIN = 48;
const LEGEND_WIDTH = 560;
/** Rows of a picture that are painted before the page may do something else. */
const SLICE = 128;

/**
 * @param {Taking} taking
 * @param {object} parts
 * @param {CanvasImageSource | null} parts.photo square, readable; null where no map stands on it
 * @param {import("../colormap.js").Colormap} parts.colormap
 * @param {Look} parts.look
 * @param {string[]} parts.words the lines below the scale
 * @returns {Promise<Blob>} PNG
 */
export async function pictureOf(taking, { photo, colormap, look, words }) {
  const { maps, across } = taking;
  const side = SIDES[/** @type {1 | 3 | 12} */ (across)];
  const gap = across === 12 ? 8 : 24;
  const left = MARGIN + (across === 12 ? 76 : 0);
  const headed = maps.some(({ heading }) => heading !== "") ? 32 : 0;
  const width = left + across * side + (across - 1) * gap + MARGIN;
  const inner = width - 2 * MARGIN;
  const down = Math.ceil(maps.length / across);

  const canvas = document.createElement("canvas");
  const brush = brushOn(canvas, { willReadFrequently: true });
  const type = writer(brush, MARGIN, inner);
  const head = [
    type(`600 36px ${look.serif}`, 46, look.ink, `${taking.photo.title}: ${taking.title}`),
    type(`24px ${look.sans}`, 34, look.soft, taking.settings),
  ];
  const foot = words.map((line) => type(`20px ${look.sans}`, 28, look.soft, line));
  const top = MARGIN + height(head) + 24 + headed;
  const scale = top + down * (side + gap) - gap + 28;
  const space = taking.legend ? 64 : 0;
  canvas.width = width;
  canvas.height = scale + space + height(foot) + MARGIN - 12;

  brush.fillStyle = look.paper;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  writeDown(head, MARGIN);
  for (const [index, map] of maps.entries()) {
    const [x, y] = [left + (index % across) * (side + gap), top + Math.floor(index / across) * (side + gap)];
    await drawMap(brush, map, photo, colormap, side, x, y);
    brush.fillStyle = look.soft;
    brush.font = `20px ${look.sans}`;
    brush.textAlign = across === 12 ? "center" : "start";
    if (map.heading) brush.fillText(map.heading, across === 12 ? x + side / 2 : x, y - 12);
  }
  if (across === 12) nameRows(brush, down, left - 12, top + side / 2 + 6, side + gap);
  brush.textAlign = "start";
  if (taking.legend) drawLegend(brush, taking.legend, colormap, look, scale);
  writeDown(foot, scale + space);
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("This browser made no picture of it.");
  return blob;
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {DrawnMap} map
 * @param {CanvasImageSource | null} photo
 * @param {import("../colormap.js").Colormap} colormap
 * @param {number} side px
 * @param {number} x
 * @param {number} y
 */
async function drawMap(brush, map, photo, colormap, side, x, y) {
  const colors = paintWeights(map.weights, map.maximum, colormap);
  if (!map.onPhoto || !photo) {
    const cells = document.createElement("canvas");
    [cells.width, cells.height] = [map.cols, map.rows];
    brushOn(cells, { willReadFrequently: true }).putImageData(new ImageData(colors, map.cols, map.rows), 0, 0);
    brush.imageSmoothingEnabled = false;
    brush.drawImage(cells, x, y, side, side);
    return;
  }
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [side, side];
  const inner = brushOn(tile, { willReadFrequently: true });
  inner.imageSmoothingQuality = "high";
  inner.drawImage(photo, 0, 0, side, side);
  for (let from = 0; from < side; from += SLICE) {
    const slice = inner.getImageData(0, from, side, Math.min(SLICE, side - from));
    layMap(slice.data, from, side, colors, map);
    inner.putImageData(slice, 0, from);
    await giveWay();
  }
  brush.drawImage(tile, x, y);
  drawMarks(brush, map, side, x, y);
}

/**
 * The lines between patches and the query's double ring, as on the page.
 * @param {CanvasRenderingContext2D} brush
 * @param {DrawnMap} map
 * @param {number} side px
 * @param {number} x
 * @param {number} y
 */
function drawMarks(brush, { rows, cols, query }, side, x, y) {
  brush.strokeStyle = "rgb(255 255 255 / 10%)";
  brush.lineWidth = 1;
  brush.beginPath();
  for (let col = 1; col < cols; col += 1) line(brush, x + (col * side) / cols, y, 0, side);
  for (let row = 1; row < rows; row += 1) line(brush, x, y + (row * side) / rows, side, 0);
  brush.stroke();
  if (!query) return;
  for (const [color, thickness] of /** @type {[string, number][]} */ ([["#000", 13], ["#fff", 10], ["#0072b2", 4.5]])) {
    brush.strokeStyle = color;
    brush.lineWidth = (thickness * Math.max(side, 600)) / 1120;
    brush.strokeRect(x + (query.col * side) / cols, y + (query.row * side) / rows, side / cols, side / rows);
  }
}

/** @param {CanvasRenderingContext2D} brush @param {number} x @param {number} y @param {number} right @param {number} down */
function line(brush, x, y, right, down) {
  brush.moveTo(x, y);
  brush.lineTo(x + right, y + down);
}

/**
 * A wall's rows: the heads, and their mean.
 * @param {CanvasRenderingContext2D} brush
 * @param {number} rows
 * @param {number} x
 * @param {number} y
 * @param {number} step px from row to row
 */
function nameRows(brush, rows, x, y, step) {
  brush.textAlign = "right";
  for (let row = 0; row < rows; row += 1) {
    const head = `${row === 0 ? "head " : ""}${row + 1}`;
    brush.fillText(row === rows - 1 ? "mean" : head, x, y + row * step);
  }
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {import("./takings.js").Legend} legend
 * @param {import("../colormap.js").Colormap} colormap
 * @param {Look} look
 * @param {number} y
 */
function drawLegend(brush, { maximum, open, even, share }, colormap, look, y) {
  for (let x = 0; x < LEGEND_WIDTH; x += 1) {
    brush.fillStyle = colormap.css((x / LEGEND_WIDTH) ** 2 * maximum, maximum);
    brush.fillRect(MARGIN + x, y, 1, 18);
  }
  brush.fillStyle = look.soft;
  brush.font = `18px ${look.sans}`;
  /** @type {[number, string][]} */
  const ticks = [[0, "0"], [share, even], [0.1, "0.1"], [0.25, "0.25"]];
  ticks.push([maximum, open ? `${maximum}+` : maximum.toFixed(3)]);
  for (const [weight, words] of ticks) {
    const place = position(weight, maximum);
    // A tick too near the end would print over the end's own label.
    if (weight > 0 && weight !== maximum && (place > 0.8 || weight > maximum)) continue;
    brush.textAlign = weight === 0 ? "left" : weight === maximum ? "right" : "center";
    brush.fillRect(MARGIN + place * LEGEND_WIDTH - (place === 1 ? 1 : 0), y + 18, 1, 7);
    brush.fillText(words, MARGIN + place * LEGEND_WIDTH, y + 44);
  }
  brush.textAlign = "left";
  brush.fillText("colour by square root of weight", MARGIN + LEGEND_WIDTH + 24, y + 16);
}

/** @typedef {{lines: string[], step: number, write: (text: string, y: number) => void}} Block */

/**
 * Text broken into lines of a width.
 * @param {CanvasRenderingContext2D} brush
 * @param {number} x
 * @param {number} width px
 * @returns {(font: string, step: number, color: string, text: string) => Block}
 */
function writer(brush, x, width) {
  return (font, step, color, text) => {
    brush.font = font;
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines[lines.length - 1]} ${word}`.trim();
      if (brush.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return {
      lines,
      step,
      write(words, y) {
        brush.font = font;
        brush.fillStyle = color;
        brush.fillText(words, x, y);
      },
    };
  };
}

/** px. @param {Block[]} blocks */
function height(blocks) {
  return blocks.reduce((sum, { lines, step }) => sum + lines.length * step, 0);
}

/** @param {Block[]} blocks @param {number} y the top of the first line */
function writeDown(blocks, y) {
  for (const { lines, step, write } of blocks) {
    for (const words of lines) {
      write(words, y + step * 0.75);
      y += step;
    }
  }
}
