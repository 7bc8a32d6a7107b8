import assert from "node:assert/strict";
import { test } from "node:test";

import { createLatest } from "../../../site_templates/js/live/latest.js";

/** Runs that are finished by hand. */
function byHand(prepare = async () => "ready") {
  const jobs = [];
  const latest = createLatest(prepare, (input, prepared) => {
    const job = { input, prepared };
    jobs.push(job);
    return new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
  });
  return { jobs, latest };
}

const isAbort = { name: "AbortError" };
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("one runs, one waits, and a newer one takes its place", async () => {
  const { jobs, latest } = byHand();
  const first = latest.run("first");
  await turn();
  const second = latest.run("second");
  const third = latest.run("third");
  await assert.rejects(second, isAbort);
  assert.equal(latest.idle(), false);
  jobs[0].resolve(1);
  assert.equal(await first, 1);
  await turn();
  assert.deepEqual(jobs.map(({ input }) => input), ["first", "third"]);
  jobs[1].resolve(3);
  assert.equal(await third, 3);
  await turn();
  assert.equal(latest.idle(), true);
});

test("while the preparation is on its way, the last one asked for is the one that runs", async () => {
  let ready;
  const { jobs, latest } = byHand(() => new Promise((resolve) => (ready = resolve)));
  const early = latest.run("early");
  const late = latest.run("late");
  await assert.rejects(early, isAbort);
  ready("session");
  await turn();
  assert.deepEqual(jobs.map(({ input, prepared }) => [input, prepared]), [["late", "session"]]);
  jobs[0].resolve("done");
  assert.equal(await late, "done");
});

test("a failure is told to its own caller, and the next one runs", async () => {
  const { jobs, latest } = byHand();
  const first = latest.run(1);
  await turn();
  const second = latest.run(2);
  jobs[0].reject(new Error("The worker is gone."));
  await assert.rejects(first, /The worker is gone/);
  await turn();
  jobs[1].resolve("fine");
  assert.equal(await second, "fine");
});

test("who calls off is told at once; what runs is finished, and what waits is dropped", async () => {
  const { jobs, latest } = byHand();
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = latest.run(1, running.signal);
  await turn();
  const second = latest.run(2, waiting.signal);
  running.abort();
  waiting.abort();
  await assert.rejects(first, isAbort);
  await assert.rejects(second, isAbort);
  assert.equal(latest.idle(), false);
  jobs[0].resolve("nobody listens");
  await turn();
  assert.equal(latest.idle(), true);
  assert.equal(jobs.length, 1);
  await assert.rejects(latest.run(3, AbortSignal.abort()), isAbort);
});

test("a preparation for which nobody waits is called off; one who comes meanwhile has it begun anew", async () => {
  const preparations = [];
  const { jobs, latest } = byHand((signal) => {
    const one = { signal };
    preparations.push(one);
    return new Promise((resolve, reject) => {
      Object.assign(one, { resolve });
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
  });
  const stop = new AbortController();
  const first = latest.run(1, stop.signal);
  stop.abort();
  const second = latest.run(2);
  await assert.rejects(first, isAbort);
  await turn();
  assert.equal(preparations.length, 2);
  preparations[1].resolve();
  await turn();
  jobs[0].resolve("second");
  assert.equal(await second, "second");
});

test("a preparation that fails is told to the one that waits", async () => {
  const { latest } = byHand(() => Promise.reject(new Error("No connection.")));
  await assert.rejects(latest.run(1), /No connection/);
  assert.equal(latest.idle(), true);
});
