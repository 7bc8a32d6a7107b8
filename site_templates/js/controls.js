/**
 * Ties native controls to the state by their attributes, both ways:
 *
 *     <input type="radio" data-field="patchSize" value="16">    also type="range", and <select data-field>
 *     <input type="checkbox" data-field="scale" data-on="stretched" data-off="absolute">
 *     <button data-set="variant=raw&temperature=1">             sets all the fields named
 *     <output data-output="temperature" data-digits="1">        shows a field's value
 *
 * Radios keep a `name` of their own in every figure: the browser makes one group of equal names.
 */

import { isField, parseQuery, readField } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Store} Store */
/** @typedef {import("./manifest.js").Manifest} Manifest */

/**
 * Wires every control below `root`. Text that is not a value of its field changes nothing.
 * @param {Element} root
 * @param {{state: Store, manifest: Manifest}} context
 * @returns {{destroy: () => void}}
 */
export function wireControls(root, { state, manifest }) {
  const controls = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...root.querySelectorAll("[data-field]")]);
  const outputs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-output]")]);
  for (const element of controls) requireField(element.dataset.field);
  for (const element of outputs) requireField(element.dataset.output);

  /** @param {Event} event */
  const onInput = (event) => {
    const control = /** @type {HTMLInputElement} */ (event.target);
    const field = control.dataset?.field;
    if (!field || !isField(field) || (control.type === "radio" && !control.checked)) return;
    const value = readField(field, textOf(control), manifest);
    if (value !== undefined) state.set({ [field]: value });
  };

  /** @param {Event} event */
  const onClick = (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-set]"));
    if (button) state.set(parseQuery(button.dataset.set ?? "", manifest));
  };

  /** @param {State} current */
  const show = (current) => {
    for (const control of controls) showIn(control, current);
    for (const output of outputs) {
      const value = current[/** @type {keyof State} */ (output.dataset.output)];
      output.textContent = output.dataset.digits ? Number(value).toFixed(Number(output.dataset.digits)) : String(value);
    }
  };

  root.addEventListener("input", onInput);
  root.addEventListener("click", onClick);
  const unsubscribe = state.subscribe(show);
  show(state.get());
  return {
    destroy() {
      unsubscribe();
      root.removeEventListener("input", onInput);
      root.removeEventListener("click", onClick);
    },
  };
}

/** @param {HTMLInputElement} control */
function textOf(control) {
  if (control.type === "checkbox") return (control.checked ? control.dataset.on : control.dataset.off) ?? "";
  return control.value;
}

/**
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {State} current
 */
function showIn(control, current) {
  const text = String(current[/** @type {keyof State} */ (control.dataset.field)]);
  const input = /** @type {HTMLInputElement} */ (control);
  if (control.type === "radio") input.checked = control.value === text;
  else if (control.type === "checkbox") input.checked = control.dataset.on === text;
  else control.value = text;
}

/** @param {string | undefined} name */
function requireField(name) {
  if (!name || !isField(name)) throw new Error(`A control names an unknown state field: "${name}".`);
}
