/** What a choice leads to is said once it is drawn. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { createAnnouncer } from "../../site_templates/js/announcer.js";

/** @param {(state: {at: number}) => void} changed */
function setup(changed) {
  let current = { at: 0 };
  const live = /** @type {any} */ ({ textContent: "" });
  const state = /** @type {any} */ ({
    get: () => current,
    set: (/** @type {{at: number}} */ patch) => {
      if (patch.at === current.at) return;
      current = { ...patch };
      changed(current);
    },
  });
  return { live, announcer: createAnnouncer(live, state, () => ` at\n ${current.at} `) };
}

test("a drawing at once is said at once, and only the one that a choice made", () => {
  const { live, announcer } = setup(() => announcer.drawn());
  announcer.drawn();
  assert.equal(live.textContent, "");
  announcer.choose(/** @type {any} */ ({ at: 3 }));
  assert.equal(live.textContent, "at 3");
  live.textContent = "";
  announcer.drawn();
  assert.equal(live.textContent, "");
});

test("a drawing that has to wait for its files is said when it is there", () => {
  const { live, announcer } = setup(() => {});
  announcer.choose(/** @type {any} */ ({ at: 3 }));
  assert.equal(live.textContent, "");
  announcer.drawn();
  assert.equal(live.textContent, "at 3");
});

test("a choice that changes nothing is said as it stands", () => {
  const { live, announcer } = setup(() => assert.fail("nothing has changed"));
  announcer.choose(/** @type {any} */ ({ at: 0 }));
  assert.equal(live.textContent, "at 0");
});
