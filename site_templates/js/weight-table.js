/** A map's alternative: the same weights as a table of numbers. The markup is `components/weight_table.html`. */

import { find } from "./elements.js";

/**
 * @typedef {object} WeightTable
 * @property {() => number[]} read the numbers that stand there, at first the build's
 * @property {(weights: ArrayLike<number>, query: number | null, cols?: number) => void} show query: the token whose cell is
 *   marked; cols: of the grid, where it is not the build's
 */

/**
 * @param {HTMLElement} root a `<details>` with `[data-weight-cell]` in reading order, or with none: those are written when a
 *   reader opens it, and only while it is open
 * @returns {WeightTable}
 */
export function createWeightTable(root) {
  const details = /** @type {HTMLDetailsElement} */ (root);
  /** @type {Element[]} */
  let cells = [...root.querySelectorAll("[data-weight-cell]")];
  const late = cells.length === 0;
  let write = () => {};
  root.addEventListener("toggle", () => write());
  return {
    read: () => cells.map((cell) => Number(cell.textContent)),
    show(weights, query, cols = Number(root.dataset.cols)) {
      write = () => {
        if (late && !details.open) return;
        if (cells.length !== weights.length) cells = writeCells(find(root, "table"), weights.length / cols, cols);
        cells.forEach((cell, token) => {
          const text = weights[token].toFixed(3);
          if (cell.textContent !== text) cell.textContent = text;
          cell.toggleAttribute("data-query-cell", token === query);
        });
      };
      write();
    },
  };
}

/**
 * An empty grid below the table's caption, in the place of what stood there.
 * @param {HTMLElement} table
 * @param {number} rows
 * @param {number} cols
 * @returns {Element[]} its cells in reading order
 */
function writeCells(table, rows, cols) {
  const head = document.createElement("thead");
  const first = head.insertRow();
  first.insertCell();
  for (let col = 1; col <= cols; col += 1) first.append(headOf("col", `column ${col}`));
  const body = document.createElement("tbody");
  const cells = [];
  for (let row = 1; row <= rows; row += 1) {
    const line = body.insertRow();
    line.append(headOf("row", `row ${row}`));
    for (let col = 1; col <= cols; col += 1) {
      const cell = line.insertCell();
      cell.dataset.weightCell = "";
      cells.push(cell);
    }
  }
  table.replaceChildren(find(table, "caption"), head, body);
  return cells;
}

/**
 * @param {"row" | "col"} scope
 * @param {string} words
 */
function headOf(scope, words) {
  const head = document.createElement("th");
  head.scope = scope;
  head.textContent = words;
  return head;
}
