import assert from "node:assert/strict";
import { test } from "node:test";

import { createState, defaults, formatHash, parseHash, parseQuery } from "../../site_templates/js/state.js";
import { MANIFEST } from "./manifest.js";

const CHANGED = {
  photo: "coffee",
  at: [0, 223],
  patchSize: 8,
  variant: "layernorm_position",
  temperature: 0.5,
  direction: "by",
  scale: "stretched",
};

test("an untouched page has no hash", () => {
  assert.equal(formatHash("", defaults(MANIFEST), MANIFEST), "");
  assert.equal(formatHash("patches", defaults(MANIFEST), MANIFEST), "#patches");
});

test("every field survives the way into the address and back, alone and together", () => {
  for (const fields of [CHANGED, ...Object.entries(CHANGED).map(([name, value]) => ({ [name]: value }))]) {
    const state = { ...defaults(MANIFEST), ...fields };
    const hash = formatHash("self-attention", state, MANIFEST);
    assert.deepEqual(parseHash(hash, MANIFEST), { slug: "self-attention", state });
  }
});

test("only fields that differ from the defaults are in the address", () => {
  const state = { ...defaults(MANIFEST), at: /** @type {const} */ ([5, 7]) };
  assert.equal(formatHash("cls", state, MANIFEST), "#cls?at=5,7");
});

test("a plain chapter link leaves the state alone; one with a query stands for a whole state", () => {
  assert.deepEqual(parseHash("#cost", MANIFEST), { slug: "cost", state: null });
  assert.deepEqual(parseHash("#cost?photo=coffee", MANIFEST).state, { ...defaults(MANIFEST), photo: "coffee" });
  assert.deepEqual(parseHash("#?", MANIFEST), { slug: "", state: defaults(MANIFEST) });
});

test("a percent-encoded comma, as mail programs make it, is understood", () => {
  assert.deepEqual(parseQuery("at=12%2C34", MANIFEST), { at: [12, 34] });
});

test("hostile or broken text changes nothing", () => {
  const hostile = [
    "photo=../../etc/passwd",
    "photo=<img src=x onerror=alert(1)>",
    "photo=__proto__&__proto__=1&constructor=2",
    "photo=%E0%A4%A",
    "at=80",
    "at=-1,5",
    "at=224,0",
    "at=1e2,3",
    "at=NaN,NaN",
    "at=5,5,5",
    "at= 5,5",
    "patchSize=15",
    "patchSize=016",
    "patchSize=16.0",
    "variant=toString",
    "temperature=0",
    "temperature=0.49",
    "temperature=16.01",
    "temperature=1e1",
    "temperature=Infinity",
    "temperature=",
    "direction=BY",
    "scale=absolute%00",
    `photo=${"x".repeat(100_000)}`,
    "&&&===&",
  ];
  for (const query of hostile) assert.deepEqual(parseQuery(query, MANIFEST), {}, query.slice(0, 80));
  assert.equal({}.polluted, undefined);
});

test("a broken field does not spoil a good one, and the first of two counts", () => {
  assert.deepEqual(parseQuery("at=999,1&photo=coffee&photo=cat", MANIFEST), { photo: "coffee" });
});

test("a chapter that is no plain name is passed over", () => {
  for (const slug of ["a b", "%00", "x'y", "<b>", "a/b"]) assert.equal(parseHash(`#${slug}`, MANIFEST).slug, "");
});

test("a listener hears what changed, once, and not after it has left", () => {
  const state = createState(MANIFEST);
  /** @type {string[][]} */
  const heard = [];
  const leave = state.subscribe((_, changed) => heard.push([...changed]));
  state.set({ photo: "coffee", at: [1, 2] });
  state.set({ photo: "coffee" });
  leave();
  state.set({ photo: "cat" });
  assert.deepEqual(heard, [["photo", "at"]]);
});

test("a value that a field cannot have is refused, and nothing changes", () => {
  const state = createState(MANIFEST);
  const before = state.get();
  assert.throws(() => state.set({ photo: "coffee", patchSize: 15 }), /"patchSize" cannot be 15/);
  assert.throws(() => state.set({ at: [80.5, 3] }), RangeError);
  assert.throws(() => state.set(/** @type {any} */ ({ colour: "red" })), /"colour"/);
  assert.throws(() => state.set(JSON.parse('{"__proto__": {"photo": "coffee"}}')), RangeError);
  assert.equal(state.get(), before);
});

test("the state that is handed out cannot be changed in place", () => {
  const { at } = createState(MANIFEST).get();
  assert.throws(() => void (/** @type {any} */ (at)[0] = 1), TypeError);
});

test("a listener that throws stops no other, and one that sets leaves nobody with stale news", (context) => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  context.after(() => Reflect.deleteProperty(globalThis, "reportError"));
  const state = createState(MANIFEST);
  state.subscribe(() => {
    throw new Error("broken figure");
  });
  state.subscribe((current) => {
    if (current.photo === "coffee") state.set({ patchSize: 32 });
  });
  let last;
  state.subscribe((current) => (last = current));
  state.set({ photo: "coffee" });
  assert.equal(last?.patchSize, 32);
  assert.equal(reported.length, 2);
});

test("a photo that only this page has can be chosen, and is in no address", () => {
  const manifest = { ...MANIFEST, photos: [...MANIFEST.photos, { id: "own-1", live: true }] };
  const store = createState(/** @type {any} */ (manifest));
  store.set({ photo: "own-1", patchSize: 8 });
  assert.equal(store.get().photo, "own-1");
  assert.equal(formatHash("cls", store.get(), /** @type {any} */ (manifest)), "#cls?patchSize=8");
  assert.deepEqual(parseQuery("photo=own-1&patchSize=8", /** @type {any} */ (manifest)), { patchSize: 8 });
});
