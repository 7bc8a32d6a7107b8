import assert from "node:assert/strict";
import { test } from "node:test";

import { install, isWhole, keep, tidy } from "../../../site_templates/js/service-worker/builds.js";
import { listed, site, Storage, version } from "./host.js";

const OLD = {
  shell: { "index.html": "old page", "assets/main.0000000000.js": "old script" },
  files: { "data/a.json": "[1]", "data/same.json": "[0]", "assets/p-96.1111111111.avif": "old picture", "data/z.json": "z" },
};
const NEW = {
  shell: { "index.html": "new page", "assets/main.2222222222.js": "new script" },
  files: { "data/a.json": "[2]", "data/same.json": "[0]", "assets/p-96.3333333333.avif": "new picture", "data/z.json": "y" },
};

/** @param {typeof OLD} build @param {Storage} storage @param {object} [changes] to what the server has */
const built = ({ shell, files }, storage, changes = {}) =>
  site(listed(shell, files), { ...shell, ...files, ...changes }, storage);

const nobody = async () => false;

/** The older build installed, with all its files but z.json visited. */
async function visited() {
  const storage = new Storage();
  const old = built(OLD, storage);
  await install(old);
  await keep(old, Object.keys(OLD.files).filter((path) => path !== "data/z.json"));
  await tidy(old, nobody);
  return { storage, old };
}

/** @param {{shelf: import("../../../site_templates/js/service-worker/shelf.js").Shelf}} site */
const texts = async ({ shelf }) =>
  Object.fromEntries(
    await Promise.all(
      (await shelf.all()).map(async ({ path, version }) => [path, await (await shelf.find(path, version)).text()]),
    ),
  );

test("the first visit keeps the shell alone", async () => {
  const here = built(OLD, new Storage());
  assert.equal(await isWhole(here), false);
  await install(here);
  assert.deepEqual(await texts(here), OLD.shell);
  assert.equal(await isWhole(here), true);
});

test("a new build brings its shell and what was kept, and nothing that is there already", async () => {
  const { storage, old } = await visited();
  const next = built(NEW, storage);
  await install(next);
  assert.equal(await isWhole(next), true);
  assert.equal(await isWhole(old), true);
  assert.deepEqual(next.asked.toSorted(), [
    "assets/main.2222222222.js", "assets/p-96.3333333333.avif", "data/a.json", "index.html",
  ]);
  await tidy(next, nobody);
  const { "data/z.json": _, ...files } = NEW.files;
  assert.deepEqual(await texts(next), { ...NEW.shell, ...files });
});

test("while a page of the earlier build is open its files stay", async () => {
  const { storage, old } = await visited();
  for (const page of ["one", "two"]) await old.shelf.notePage(page, "old");
  const next = built(NEW, storage);
  next.list.id = "new";
  await install(next);
  await next.shelf.notePage("three", "new");
  await tidy(next, async (id) => id !== "one");
  assert.equal(await (await next.shelf.find("data/a.json", version("[1]"))).text(), "[1]");
  assert.deepEqual(await next.shelf.pages(), ["two", "three"]);
  await tidy(next, async (id) => id === "three");
  assert.equal(await next.shelf.find("data/a.json", version("[1]")), undefined);
  assert.equal(await (await next.shelf.find("data/a.json", version("[2]"))).text(), "[2]");
  assert.equal(await next.shelf.buildOf("three"), "new");
});

test("while a later build is on its way the earlier one discards nothing of it", async () => {
  const { storage, old } = await visited();
  const next = built(NEW, storage);
  await install(next);
  old.isNewest = () => false;
  await tidy(old, nobody);
  assert.equal(await isWhole(next), true);
  old.isNewest = () => true;
  await tidy(old, nobody);
  assert.equal(await isWhole(next), false);
});

for (const [what, changes] of [
  ["is missing", { "data/a.json": undefined }],
  ["is still the earlier one", { "data/a.json": "[1]" }],
  ["breaks off", { "data/a.json": () => { throw new TypeError("Failed to fetch"); } }],
]) {
  test(`a build of which a file ${what} does not start, and the earlier one stays whole`, async () => {
    const { storage, old } = await visited();
    const before = await texts(old);
    await assert.rejects(install(built(NEW, storage, changes)));
    for (const [path, [, version]] of Object.entries({ ...old.list.shell, ...old.list.files })) {
      if (path in before) assert.equal(await (await old.shelf.find(path, version)).text(), before[path]);
    }
    // The next try goes on from there.
    const again = built(NEW, storage);
    await install(again);
    assert.ok(again.asked.includes("data/a.json"));
    assert.equal(await isWhole(again), true);
  });
}

test("a build for which there is no room does not start", async () => {
  const { storage, old } = await visited();
  storage.room = (await old.shelf.all()).length + 1;
  await assert.rejects(install(built(NEW, storage)), { name: "QuotaExceededError" });
  assert.equal(await isWhole(old), true);
});

test("a server that asks that nothing be kept gets its will", async () => {
  const forbidden = () => new Response("new page", { headers: { "Cache-Control": "no-store" } });
  const { storage } = await visited();
  const next = built(NEW, storage, { "index.html": forbidden });
  await install(next);
  assert.equal(await isWhole(next), false);
});

test("sites of one host have shelves of their own", async () => {
  const { storage, old } = await visited();
  const { createShelf } = await import("../../../site_templates/js/service-worker/shelf.js");
  const other = createShelf(storage, "https://example.org/other/");
  assert.deepEqual(await other.all(), []);
  await other.put("index.html", "01234567", "theirs", "text/html");
  await other.clear();
  assert.equal(await isWhole(old), true);
});
