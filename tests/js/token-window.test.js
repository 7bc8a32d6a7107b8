import assert from "node:assert/strict";
import { test } from "node:test";

import { ENDS, PLACES, tokenWindow } from "../../site_templates/js/token-window.js";

test("49 patches and CLS fit whole", () => {
  const places = tokenWindow(49, 20);
  assert.equal(places.length, PLACES);
  assert.deepEqual(places[0], { kind: "cls" });
  assert.deepEqual(places.slice(1).map((place) => place.token), Array.from({ length: 49 }, (_, token) => token));
});

test("every longer sequence keeps its places, shows its ends and the chosen token, and counts what it hides", () => {
  for (const tokens of [50, 51, 60, 196, 256, 784]) {
    for (let chosen = 0; chosen < tokens; chosen += 1) {
      const places = tokenWindow(tokens, chosen);
      const shown = places.filter((place) => place.kind === "patch").map((place) => place.token);
      const gaps = places.filter((place) => place.kind === "gap");
      assert.equal(places.length, PLACES, `${tokens} tokens, ${chosen} chosen`);
      assert.ok(shown.includes(chosen), `${tokens} tokens, ${chosen} chosen`);
      assert.deepEqual(shown, shown.toSorted((a, b) => a - b));
      assert.deepEqual(shown.slice(0, ENDS), Array.from({ length: ENDS }, (_, token) => token));
      assert.equal(shown.at(-1), tokens - 1);
      assert.ok(gaps.every((gap) => gap.hidden > 0));
      assert.equal(gaps.reduce((sum, gap) => sum + gap.hidden, shown.length), tokens);
      // A gap stands exactly where numbers are missing.
      places.forEach((place, index) => {
        if (place.kind === "gap") assert.equal(places[index + 1].token - places[index - 1].token - 1, place.hidden);
      });
    }
  }
});

test("the chosen token stands amid its neighbours where there is room", () => {
  const tokens = tokenWindow(196, 100).map((place) => place.token);
  const at = tokens.indexOf(100);
  assert.deepEqual(tokens.slice(at - 11, at + 12), Array.from({ length: 23 }, (_, index) => 89 + index));
});
