import assert from "node:assert/strict";
import { test } from "node:test";

import { wireControls } from "../../site_templates/js/controls.js";
import { createState } from "../../site_templates/js/state.js";
import { MANIFEST } from "./manifest.js";

/** As much of an element as controls touch. */
function control(type, value, dataset) {
  return { type, value, dataset, checked: false, textContent: "", closest: () => null };
}

/** @param {string} set */
function button(set) {
  const element = { dataset: { set }, closest: () => element };
  return element;
}

/** @param {ReturnType<typeof control>[]} elements */
function figure(elements) {
  /** @type {Map<string, (event: unknown) => void>} */
  const listeners = new Map();
  const state = createState(MANIFEST);
  const root = {
    querySelectorAll: (selector) =>
      elements.filter(({ dataset }) => (selector === "[data-field]" ? dataset.field : dataset.output) !== undefined),
    addEventListener: (type, listener) => listeners.set(type, listener),
    removeEventListener: (type) => listeners.delete(type),
  };
  const wired = wireControls(/** @type {any} */ (root), /** @type {any} */ ({ state, manifest: MANIFEST }));
  return { state, wired, listeners, fire: (type, target) => listeners.get(type)?.({ target }) };
}

test("radios follow the state and set it", () => {
  const sizes = ["8", "14", "16", "32"].map((size) => control("radio", size, { field: "patchSize" }));
  const { state, fire } = figure(sizes);
  assert.deepEqual(sizes.map(({ checked }) => checked), [false, false, true, false]);
  sizes[3].checked = true;
  fire("input", sizes[3]);
  assert.equal(state.get().patchSize, 32);
  assert.deepEqual(sizes.map(({ checked }) => checked), [false, false, false, true]);
});

test("ranges and selects follow the state and set it; an output shows the value with its digits", () => {
  const range = control("range", "", { field: "temperature" });
  const select = control("select-one", "", { field: "photo" });
  const output = control("output", "", { output: "temperature", digits: "1" });
  const { state, fire } = figure([range, select, output]);
  assert.deepEqual([range.value, select.value, output.textContent], ["4", "cat", "4.0"]);
  range.value = "0.5";
  fire("input", range);
  select.value = "coffee";
  fire("input", select);
  assert.equal(state.get().temperature, 0.5);
  assert.equal(state.get().photo, "coffee");
  assert.equal(output.textContent, "0.5");
});

test("a checkbox stands for two values", () => {
  const box = control("checkbox", "on", { field: "scale", on: "stretched", off: "absolute" });
  const { state, fire } = figure([box]);
  box.checked = true;
  fire("input", box);
  assert.equal(state.get().scale, "stretched");
  box.checked = false;
  fire("input", box);
  assert.equal(state.get().scale, "absolute");
});

test("a button sets the fields that it names", () => {
  const { state, fire } = figure([]);
  fire("click", button("variant=raw&temperature=1"));
  assert.deepEqual([state.get().variant, state.get().temperature], ["raw", 1]);
});

test("text that is no value of its field changes nothing", () => {
  const range = control("range", "", { field: "temperature" });
  const { state, fire } = figure([range]);
  const before = state.get();
  range.value = "999";
  fire("input", range);
  fire("input", { dataset: {} });
  fire("click", button("photo=dog"));
  assert.equal(state.get(), before);
});

test("a control of an unknown field is a mistake in the template, and says so", () => {
  assert.throws(() => figure([control("radio", "1", { field: "colour" })]), /unknown state field: "colour"/);
  assert.throws(() => figure([control("output", "", { output: "constructor" })]), /"constructor"/);
});

test("after destroy nothing listens", () => {
  const range = control("range", "", { field: "temperature" });
  const { state, wired, listeners } = figure([range]);
  wired.destroy();
  state.set({ temperature: 8 });
  assert.equal(range.value, "4");
  assert.equal(listeners.size, 0);
});
