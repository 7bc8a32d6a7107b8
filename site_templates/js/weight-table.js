/** A heatmap's alternative: the same weights as a table of numbers. The markup is `components/weight_table.html`. */

/**
 * @param {HTMLElement} root holds `[data-weight-cell]` in reading order, inside a `<details>`
 * @returns {{show: (weights: ArrayLike<number>, query: number | null) => void}} query: the token whose cell is marked
 */
export function createWeightTable(root) {
  const cells = [...root.querySelectorAll("[data-weight-cell]")];
  return {
    show(weights, query) {
      cells.forEach((cell, token) => {
        const text = weights[token].toFixed(3);
        if (cell.textContent !== text) cell.textContent = text;
        cell.toggleAttribute("data-query-cell", token === query);
      });
    },
  };
}
