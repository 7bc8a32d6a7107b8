import assert from "node:assert/strict";
import { test } from "node:test";

import { createPatience } from "../../site_templates/js/patience.js";
import { createState } from "../../site_templates/js/state.js";
import { MANIFEST } from "./manifest.js";

/** A figure's listener and the idle moments that it may be told in. */
function figure() {
  const state = createState(MANIFEST);
  /** @type {(() => void)[]} */
  const idle = [];
  /** @type {string[]} */
  const loaded = [];
  const load = async (/** @type {{path: string}} */ { path }) => loaded.push(path);
  const page = { state, loader: /** @type {any} */ ({ bytes: load, json: load, pack: load }) };
  const { store, loader, setNear } = createPatience(page, (action) => idle.push(action), true);
  /** @type {unknown[][]} */
  const heard = [];
  const leave = store.subscribe((current, changed) => heard.push([current.photo, current.patchSize, ...changed]));
  return { state, store, loader, loaded, setNear, idle, heard, leave };
}

test("a figure that is near hears at once", () => {
  const { state, heard, idle } = figure();
  state.set({ photo: "coffee" });
  assert.deepEqual(heard, [["coffee", 16, "photo"]]);
  assert.equal(idle.length, 0);
});

test("a figure that is far hears of all that changed, once, when it comes near", () => {
  const { state, store, setNear, heard } = figure();
  setNear(false);
  state.set({ photo: "coffee" });
  state.set({ patchSize: 8 });
  assert.deepEqual(heard, []);
  assert.equal(store.get().patchSize, 8);
  setNear(true);
  setNear(true);
  assert.deepEqual(heard, [["coffee", 8, "photo", "patchSize"]]);
});

test("or when the browser is idle, for which it asks once", () => {
  const { state, setNear, idle, heard } = figure();
  setNear(false);
  state.set({ photo: "coffee" });
  state.set({ patchSize: 8 });
  assert.equal(idle.length, 1);
  idle[0]();
  assert.equal(heard.length, 1);
  state.set({ patchSize: 14 });
  assert.equal(idle.length, 2);
});

test("a figure that sets something itself hears at once, of all that it had missed", () => {
  const { state, store, setNear, idle, heard } = figure();
  setNear(false);
  state.set({ photo: "coffee" });
  store.set({ patchSize: 8 });
  assert.deepEqual(heard, [["coffee", 8, "photo", "patchSize"]]);
  idle[0]();
  assert.equal(heard.length, 1);
});

test("a figure that has gone hears nothing", () => {
  const { state, setNear, idle, heard, leave } = figure();
  setNear(false);
  state.set({ photo: "coffee" });
  leave();
  idle[0]();
  assert.deepEqual(heard, []);
});

test("a figure that is far loads nothing until it comes near", async () => {
  const { loader, loaded, setNear } = figure();
  const file = (/** @type {string} */ path) => ({ path, bytes: 1, sha256: "", twin: null });
  await loader.json(file("first"));
  setNear(false);
  const both = Promise.all([loader.json(file("second")), loader.pack(file("third"))]);
  await Promise.resolve();
  assert.deepEqual(loaded, ["first"]);
  setNear(true);
  await both;
  assert.deepEqual(loaded, ["first", "second", "third"]);
});
