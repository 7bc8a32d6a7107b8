/** Says aloud what a figure shows after a choice made in it: once it is drawn, as its files may have to come first. */

/**
 * @param {HTMLElement} live the figure's live region
 * @param {Pick<import("./state.js").Store, "get" | "set">} state
 * @param {() => string} words what the figure now says
 * @returns {{choose: (patch: Partial<import("./state.js").State>) => void, drawn: () => void}} `choose` sets the state; the
 *   figure calls `drawn` at the end of every drawing
 */
export function createAnnouncer(live, state, words) {
  let waiting = false;
  const drawn = () => {
    if (waiting) live.textContent = words().replace(/\s+/g, " ").trim();
    waiting = false;
  };
  return {
    choose(patch) {
      const before = state.get();
      waiting = true;
      state.set(patch);
      // Nothing has changed, so nothing will be drawn.
      if (state.get() === before) drawn();
    },
    drawn,
  };
}
