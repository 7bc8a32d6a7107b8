import assert from "node:assert/strict";
import { test } from "node:test";

import { createShared } from "../../../site_templates/js/live/shared.js";

/** Work that is finished by hand. */
function byHand() {
  const jobs = [];
  const shared = createShared((signal, onProgress) => {
    const job = { signal, onProgress };
    jobs.push(job);
    return new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
  });
  return { jobs, shared };
}

const isAbort = { name: "AbortError" };

test("two callers share one work, and what is done is kept", async () => {
  const { jobs, shared } = byHand();
  assert.equal(shared.status(), "absent");
  const both = Promise.all([shared.join(), shared.join()]);
  assert.equal(shared.status(), "loading");
  jobs[0].resolve("done");
  assert.deepEqual(await both, ["done", "done"]);
  assert.equal(shared.status(), "ready");
  assert.equal(await shared.join(), "done");
  assert.equal(jobs.length, 1);
});

test("who comes later hears at once how far it is, and who has gone hears nothing more", async () => {
  const { jobs, shared } = byHand();
  const stop = new AbortController();
  const [first, second] = [[], []];
  const gone = shared.join({ onProgress: ({ loaded }) => first.push(loaded), signal: stop.signal });
  jobs[0].onProgress({ loaded: 1, total: 3, phase: "download" });
  const stays = shared.join({ onProgress: ({ loaded }) => second.push(loaded) });
  stop.abort();
  await assert.rejects(gone, isAbort);
  jobs[0].onProgress({ loaded: 2, total: 3, phase: "download" });
  assert.equal(jobs[0].signal.aborted, false);
  jobs[0].resolve();
  await stays;
  assert.deepEqual([first, second], [[1], [1, 2]]);
});

test("when all have gone the work is stopped, and the next caller begins anew", async () => {
  const { jobs, shared } = byHand();
  const stop = new AbortController();
  const gone = shared.join({ signal: stop.signal });
  stop.abort();
  await assert.rejects(gone, isAbort);
  assert.equal(jobs[0].signal.aborted, true);
  assert.equal(shared.status(), "absent");
  const next = shared.join();
  // The old work ends late, and must not be taken for the new one.
  jobs[0].reject(new Error("stopped"));
  jobs[1].resolve("new");
  assert.equal(await next, "new");
  assert.equal(shared.status(), "ready");
});

test("a failure is told to all, and forgotten", async () => {
  const { jobs, shared } = byHand();
  const both = [shared.join(), shared.join()];
  jobs[0].reject(new Error("No connection."));
  for (const one of both) await assert.rejects(one, /No connection/);
  assert.equal(shared.status(), "failed");
  const again = shared.join();
  jobs[1].resolve("done");
  assert.equal(await again, "done");
});

test("what was lost is done anew", async () => {
  const { jobs, shared } = byHand();
  const first = shared.join();
  jobs[0].resolve(1);
  await first;
  shared.forget();
  assert.equal(shared.status(), "absent");
  const second = shared.join();
  jobs[1].resolve(2);
  assert.equal(await second, 2);
});

test("a caller who has called it off already begins nothing", async () => {
  const { jobs, shared } = byHand();
  await assert.rejects(shared.join({ signal: AbortSignal.abort() }), isAbort);
  assert.equal(jobs.length, 0);
});
