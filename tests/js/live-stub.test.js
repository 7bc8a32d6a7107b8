import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { createLive } from "../../site_templates/js/live-stub.js";

const manifest = { live: { script: "assets/live.js" } };

/** @param {() => void} run what the live script does */
function page(run) {
  const added = [];
  const context = {
    manifest,
    loader: {
      async script(address) {
        added.push(address);
        run();
      },
    },
  };
  return { added, context, live: createLive(/** @type {any} */ (context)) };
}

afterEach(() => {
  delete globalThis.explainerLive;
});

test("the live part is fetched by the first call, started once, and shared", async () => {
  const given = [];
  const { added, context, live } = page(() => {
    globalThis.explainerLive = (context) => {
      given.push(context);
      return { engine: {} };
    };
  });
  assert.deepEqual(added, []);
  const [first, second] = await Promise.all([live(), live()]);
  assert.equal(first, second);
  assert.deepEqual(added, ["assets/live.js"]);
  assert.deepEqual(given, [context]);
});

test("a script that does not start is told, and the next call tries again", async () => {
  let works = false;
  const { added, live } = page(() => {
    if (works) globalThis.explainerLive = () => ({ engine: {} });
  });
  await assert.rejects(live(), /assets\/live\.js did not start: build the site again/);
  works = true;
  await live();
  assert.equal(added.length, 2);
});
