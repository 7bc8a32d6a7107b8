import assert from "node:assert/strict";
import { test } from "node:test";

import { createTurns } from "../../../site_templates/js/live/turns.js";

const aborted = () => new DOMException("A newer one took its place.", "AbortError");
const pixels = (/** @type {number} */ mark) => Uint8Array.of(mark);
const never = new AbortController().signal;

test("runs of a model take turns, and those of two models do not wait for each other", async () => {
  /** @type {string[]} */
  const log = [];
  /** @type {Record<string, () => void>} */
  const finish = {};
  const run = createTurns({
    run: (model, [mark]) => {
      log.push(`${model} ${mark}`);
      return new Promise((resolve) => {
        finish[`${model} ${mark}`] = () => resolve({ ms: mark });
      });
    },
  });
  const first = run("small", pixels(1), { signal: never });
  const second = run("small", pixels(2), { signal: never });
  const other = run("large", pixels(3), { signal: never });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(log, ["small 1", "large 3"]);
  finish["small 1"]();
  assert.deepEqual(await first, { ms: 1 });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(log, ["small 1", "large 3", "small 2"]);
  finish["small 2"]();
  finish["large 3"]();
  assert.deepEqual(await Promise.all([second, other]), [{ ms: 2 }, { ms: 3 }]);
});

test("a displaced run is asked again; one that failed is not, and holds up nobody", async () => {
  const answers = [aborted(), aborted(), { ms: 5 }, new Error("No memory."), { ms: 7 }];
  const run = createTurns({
    run: async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return /** @type {{ms: number}} */ (answer);
    },
  });
  const results = await Promise.allSettled([1, 2, 3].map((mark) => run("small", pixels(mark), { signal: never })));
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.message)),
    [{ ms: 5 }, "No memory.", { ms: 7 }],
  );
});

test("one that its own caller called off is not asked at all", async () => {
  let asked = 0;
  const run = createTurns({
    run: async () => {
      asked += 1;
      return { ms: 0 };
    },
  });
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(run("small", pixels(1), { signal: stop.signal }), { name: "AbortError" });
  assert.equal(asked, 0);
});

test("a model that is displaced for ever is given up", async () => {
  let asked = 0;
  const run = createTurns({
    run: async () => {
      asked += 1;
      throw aborted();
    },
  });
  await assert.rejects(run("small", pixels(1), { signal: never }), { name: "AbortError" });
  assert.equal(asked, 20);
});
