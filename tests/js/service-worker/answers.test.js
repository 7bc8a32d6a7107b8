import assert from "node:assert/strict";
import { test } from "node:test";

import { createAnswers } from "../../../site_templates/js/service-worker/answers.js";
import { listed, request, site, Storage, version } from "./host.js";

const PAGE = "<p>the page";
const NAVIGATION = { mode: "navigate" };
const LARGE = "x".repeat(2 ** 20 + 1);

const list = listed({ "index.html": PAGE, "lab.html": "<p>the lab" }, { "data/a.json": "[1]", "assets/b.bin": LARGE });
const content = { "index.html": PAGE, "lab.html": "<p>the lab", "data/a.json": "[1]", "assets/b.bin": LARGE };

/** @param {any} given what a request is answered with, whole */
async function answer(site, given) {
  const waited = [];
  const response = await createAnswers(site).to(given)((promise) => waited.push(promise));
  const text = await response.text();
  await Promise.all(waited);
  return { text, status: response.status, headers: response.headers };
}

test("a file is fetched once, kept, and there without a network", async () => {
  const here = site(list, { ...content });
  const asked = request(`data/a.json?v=${version("[1]")}`);
  assert.equal((await answer(here, asked)).text, "[1]");
  assert.equal((await answer(here, asked)).text, "[1]");
  assert.equal((await answer(here, request("data/a.json"))).text, "[1]");
  assert.deepEqual(here.asked, ["data/a.json"]);
  here.fetcher = () => assert.fail("no network");
  assert.equal((await answer(here, asked)).headers.get("Content-Type"), "text/plain");
});

test("a page is answered under each of its addresses, isolated so that threads may share memory", async () => {
  const here = site(list, { ...content, "": PAGE, lab: "<p>the lab" });
  for (const address of ["", "index.html", "?utm=x", "index.html#there"]) {
    const { text, headers } = await answer(here, request(address, NAVIGATION));
    assert.equal(text, PAGE);
    assert.equal(headers.get("Cross-Origin-Opener-Policy"), "same-origin");
    assert.equal(headers.get("Cross-Origin-Embedder-Policy"), "require-corp");
  }
  assert.equal((await answer(here, request("lab", NAVIGATION))).text, "<p>the lab");
  assert.deepEqual(here.asked, ["", "lab"]);
});

test("what is none of the site's files is left alone", () => {
  const live = { "assets/runtime.0123456789.wasm": [4, "01234567"] };
  const here = site({ ...list, live, downloads: { "models/a.onnx": [5, "01234567"] } }, {});
  const { to } = createAnswers(here);
  assert.equal(to(request("https://example.org/other/index.html", NAVIGATION)), null);
  assert.equal(to(request("https://elsewhere.org/some%20path/data/a.json")), null);
  assert.equal(to(request("nothing.html", NAVIGATION)), null);
  assert.equal(to(request("nothing.json")), null);
  assert.equal(to(request("sw.js")), null);
  assert.equal(to(request("models/a.onnx")), null);
  assert.equal(to(request("assets/runtime.0123456789.wasm?v=01234567")), null);
  assert.equal(to(request("assets/runtime.9876543210.wasm?v=89abcdef")), null);
  assert.equal(to(request("%zz")), null);
  assert.equal(to(request("data/a.json", { method: "POST" })), null);
  assert.equal(to(request("data/a.json", { headers: new Headers({ Range: "bytes=0-1" }) })), null);
});

test("a newer file on the server is never given to an older page", async () => {
  const here = site(list, { ...content, "data/a.json": "[2]" });
  const { status, text } = await answer(here, request(`data/a.json?v=${version("[1]")}`));
  assert.equal(status, 410);
  assert.equal(text, "");
  // Twice: the first may have come from the browser's own cache.
  assert.deepEqual(here.asked, ["data/a.json", "data/a.json"]);
  assert.deepEqual(await here.shelf.all(), []);
});

test("a page of another build gets what it asks for, where it can be had", async () => {
  const here = site(list, { ...content, "data/a.json": "[2]" });
  assert.equal((await answer(here, request(`data/a.json?v=${version("[2]")}`))).text, "[2]");
  assert.equal((await answer(here, request("data/a.json?v=01234567"))).status, 410);
  await here.shelf.put("assets/old.0123456789.js", "89abcdef", "old", "text/javascript");
  assert.equal((await answer(here, request("assets/old.0123456789.js"))).text, "old");
  assert.equal((await answer(here, request("assets/gone.0123456789.js"))).status, 404);
});

test("a file that the server does not have is its 404, and not kept", async () => {
  const here = site(list, {});
  assert.equal((await answer(here, request("data/a.json"))).status, 404);
  assert.deepEqual(await here.shelf.all(), []);
});

test("a page of another build comes from the server as it is", async () => {
  const here = site(list, { ...content, "index.html": "<p>a newer page" });
  assert.equal((await answer(here, request("index.html", NAVIGATION))).text, "<p>a newer page");
  assert.deepEqual(await here.shelf.all(), []);
});

test("what the server asks not to keep is not kept", async () => {
  const forbidden = (text) => () => new Response(text, { headers: { "Cache-Control": "private, no-store" } });
  const here = site(list, {
    "index.html": forbidden(PAGE), "data/a.json": forbidden("[1]"), "assets/b.bin": forbidden(LARGE),
  });
  assert.equal((await answer(here, request("index.html", NAVIGATION))).text, PAGE);
  assert.equal((await answer(here, request("data/a.json"))).text, "[1]");
  assert.equal((await answer(here, request("assets/b.bin"))).text, LARGE);
  assert.deepEqual(await here.shelf.all(), []);
});

test("without room a file is shown all the same", async () => {
  const here = site(list, content, new Storage(0));
  assert.equal((await answer(here, request("data/a.json"))).text, "[1]");
  assert.equal((await answer(here, request("assets/b.bin"))).text, LARGE);
});

test("a large file is passed on as it arrives, and kept when it was whole and right", async () => {
  const here = site(list, content);
  assert.equal((await answer(here, request("assets/b.bin"))).text, LARGE);
  assert.equal((await here.shelf.all()).length, 1);
  assert.equal((await answer(here, request("assets/b.bin"))).text, LARGE);
  assert.deepEqual(here.asked, ["assets/b.bin"]);

  const wrong = site(list, { "assets/b.bin": LARGE.replace("x", "y") });
  await answer(wrong, request("assets/b.bin"));
  assert.deepEqual(await wrong.shelf.all(), []);
});

test("when the page stops reading a large file its download ends, and nothing is kept", async () => {
  let ended = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => void (ended = true),
  });
  const here = site(list, { "assets/b.bin": () => new Response(endless) });
  const waited = [];
  const response = await createAnswers(here).to(request("assets/b.bin"))((promise) => waited.push(promise));
  const reader = response.body.getReader();
  assert.ok((await reader.read()).value);
  await reader.cancel();
  await Promise.all(waited);
  assert.ok(ended);
  assert.deepEqual(await here.shelf.all(), []);
});

test("without a network what was not kept fails as any fetch does", async () => {
  const here = site(list, {});
  here.fetcher = () => Promise.reject(new TypeError("Failed to fetch"));
  await assert.rejects(answer(here, request("data/a.json")), TypeError);
  await assert.rejects(answer(here, request("index.html", NAVIGATION)), TypeError);
});
