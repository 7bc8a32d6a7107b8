/** Long work in short tasks. Knows no DOM. */

/**
 * The browser's turn, or the worker's: what is drawn, clicked or asked meanwhile comes first.
 * @returns {Promise<void>}
 */
export function giveWay() {
  return new Promise((resolve) => setTimeout(resolve));
}
