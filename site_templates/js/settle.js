/**
 * Lets the browser leave out what is far from the reader, once it knows how tall all of it is.
 *
 * The story is some 7,700 elements, and whatever is inherited (colours, and that everything is inert under a modal dialog) is
 * worked out anew for each. Left out from the start, chapters would have no size, and would jump as they come near.
 */

/** On the root element; layout.css says what it leaves out. */
const SETTLED = "settled";

/** @param {Document} page */
export async function settleWhenDrawn(page) {
  const root = page.documentElement;
  let width = NaN;
  let turn = 0;
  if (page.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  await page.fonts.ready;
  new ResizeObserver(async () => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    turn += 1;
    const mine = turn;
    root.classList.remove(SETTLED);
    // Sizes are remembered when a frame is drawn: the next is one in which nothing is left out.
    await frame();
    await frame();
    if (mine === turn) root.classList.add(SETTLED);
  }).observe(root);
}

/** @returns {Promise<number>} */
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
