/** A heatmap's alternative: the same weights as a table of numbers. The markup is `components/weight_table.html`. */

/**
 * @param {HTMLElement} root holds `[data-weight-cell]` in reading order, inside a `<details>`
 * @returns {{read: () => number[], show: (weights: ArrayLike<number>, query: number | null) => void}} `read`: the numbers that
 *   stand there, at first the build's; query: the token whose cell is marked
 */
export function createWeightTable(root) {
  const cells = [...root.querySelectorAll("[data-weight-cell]")];
  return {
    read: () => cells.map((cell) => Number(cell.textContent)),
    show(weights, query) {
      cells.forEach((cell, token) => {
        const text = weights[token].toFixed(3);
        if (cell.textContent !== text) cell.textContent = text;
        cell.toggleAttribute("data-query-cell", token === query);
      });
    },
  };
}
