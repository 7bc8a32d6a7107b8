import assert from "node:assert/strict";
import { test } from "node:test";

import { PART, createDownload } from "../../../site_templates/js/live/download.js";
import { createPartsStore } from "../../../site_templates/js/live/parts-store.js";
import { FakeCaches } from "./fakes.js";

const CONTENT = Uint8Array.from({ length: 2 * PART + 12345 }, (_, index) => (index * 7919) >> 3);
const FILE = /** @type {any} */ ({
  path: "models/a.onnx.deflate",
  version: "01234567",
  bytes: CONTENT.length,
  sha256: "f".repeat(64),
  parts: 3,
});
const BASE = "https://example.org/site/";

/**
 * A web server with one file, and a browser whose storage lasts, unless it has none.
 * @param {{ranges?: boolean, storage?: boolean}} [options]
 */
function web({ ranges = true, storage = true } = {}) {
  const asked = [];
  const server = { cutAfter: Infinity, chunk: 100_000, status: 0, delay: null };
  const fetch = async (address, { headers, signal, cache }) => {
    asked.push([address, headers.Range ?? "", cache]);
    if (server.status) return new Response("", { status: server.status });
    const from = ranges ? Number(headers.Range?.match(/\d+/)[0] ?? 0) : 0;
    let at = from;
    const body = new ReadableStream({
      async pull(controller) {
        await server.delay;
        if (signal?.aborted) return controller.error(new DOMException("", "AbortError"));
        if (at - from >= server.cutAfter) return controller.error(new TypeError("network error"));
        const end = Math.min(at + server.chunk, CONTENT.length);
        controller.enqueue(CONTENT.slice(at, end));
        at = end;
        return at === CONTENT.length ? controller.close() : undefined;
      },
    });
    const partial = { status: 206, headers: { "Content-Range": `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` } };
    return new Response(body, from ? partial : {});
  };
  const caches = storage ? new FakeCaches() : undefined;
  const visit = () =>
    createDownload(/** @type {any} */ ({ loader: { fromFolder: false }, store: createPartsStore(caches, BASE), fetch }));
  return { asked, server, visit };
}

/** @param {import("../../../site_templates/js/live/download.js").Download} download */
async function taken(download, options = {}) {
  const pieces = [];
  const told = [];
  const run = { told, got: () => Buffer.concat(pieces) };
  run.kept = await download(FILE, {
    sink: (bytes) => pieces.push(bytes),
    onProgress: (loaded) => told.push(loaded),
    ...options,
  }).catch((error) => {
    throw Object.assign(error, { run });
  });
  return run;
}

test("over http a file arrives piece by piece, and a second visit asks for nothing", async () => {
  const { asked, visit } = web();
  const first = await taken(visit());
  assert.deepEqual(first.got(), Buffer.from(CONTENT));
  assert.equal(first.kept, false);
  assert.deepEqual([first.told[0], first.told.at(-1)], [100_000, CONTENT.length]);
  assert.deepEqual(asked, [["models/a.onnx.deflate?v=01234567", "", "no-store"]]);
  const second = await taken(visit());
  assert.deepEqual(second.got(), Buffer.from(CONTENT));
  assert.deepEqual(second.told, [PART, 2 * PART, CONTENT.length]);
  assert.equal(second.kept, true);
  assert.equal(asked.length, 1);
});

test("a download that broke off is told, and taken up again where its last whole part ended", async () => {
  const { asked, server, visit } = web();
  server.cutAfter = 1_700_000;
  await assert.rejects(taken(visit()), /broke off after 1\.7 of 2\.1 MB: check the connection and try again/);
  server.cutAfter = Infinity;
  const again = await taken(visit());
  assert.deepEqual(again.got(), Buffer.from(CONTENT));
  assert.equal(again.told[0], PART);
  assert.equal(again.kept, true);
  assert.deepEqual(asked.at(-1).slice(1), [`bytes=${PART}-`, "no-store"]);
});

test("a server that knows no ranges begins anew, and each byte is still handed on once", async () => {
  const { server, visit } = web({ ranges: false });
  server.cutAfter = 1_700_000;
  await assert.rejects(taken(visit()));
  server.cutAfter = Infinity;
  const again = await taken(visit());
  assert.deepEqual(again.got(), Buffer.from(CONTENT));
  assert.deepEqual(again.told, again.told.toSorted((a, b) => a - b));
});

test("without a lasting storage a broken download goes on as long as the page is open, and then nothing is held", async () => {
  const { asked, server, visit } = web({ storage: false });
  const download = visit();
  server.cutAfter = 1_700_000;
  await assert.rejects(taken(download));
  server.cutAfter = Infinity;
  assert.deepEqual((await taken(download)).got(), Buffer.from(CONTENT));
  assert.deepEqual(asked.at(-1).slice(1), [`bytes=${PART}-`, "default"]);
  await taken(download);
  assert.equal(asked.at(-1)[1], "");
});

test("a download can be called off, before and while it runs", async () => {
  const { server, visit } = web();
  await assert.rejects(taken(visit(), { signal: AbortSignal.abort() }), { name: "AbortError" });
  const stop = new AbortController();
  let go;
  server.delay = new Promise((resolve) => (go = resolve));
  const running = taken(visit(), { signal: stop.signal });
  stop.abort();
  go();
  await assert.rejects(running, { name: "AbortError" });
});

test("what the server says is told", async () => {
  const { server, visit } = web();
  server.status = 404;
  await assert.rejects(taken(visit()), /could not be fetched: the server answered 404/);
  const download = createDownload(
    /** @type {any} */ ({
      loader: { fromFolder: false },
      store: createPartsStore(undefined, BASE),
      fetch: () => Promise.reject(new TypeError("Failed to fetch")),
    }),
  );
  await assert.rejects(taken(download), /broke off after 0\.0 of 2\.1 MB/);
});

test("more than the file should have is not handed on", async () => {
  const { visit } = web();
  const download = visit();
  await assert.rejects(download({ ...FILE, bytes: PART }, { sink: () => {} }), { name: "Mismatch" });
});

/** A folder: its parts come through the loader. */
function folder(missing = 0) {
  const [asked, withdrawn] = [[], []];
  const loader = {
    fromFolder: true,
    async bytes(file) {
      asked.push(file);
      const part = Number(file.path.split(".").at(-1));
      if (part === missing) throw new Error(`${file.path}.js could not be read: is the site's folder complete?`);
      return CONTENT.slice((part - 1) * PART, part * PART).buffer;
    },
    withdraw: (path) => withdrawn.push(path),
  };
  const download = createDownload(/** @type {any} */ ({ loader, store: null, fetch: () => assert.fail("nothing is fetched") }));
  return { asked, withdrawn, download };
}

test("from a folder the parts' twins hand it over, one after the other, and are not held twice", async () => {
  const { asked, withdrawn, download } = folder();
  const run = await taken(download);
  assert.deepEqual(run.got(), Buffer.from(CONTENT));
  assert.deepEqual(run.told, [PART, 2 * PART, CONTENT.length]);
  assert.deepEqual(asked.map(({ path, bytes, twin }) => [path, bytes, twin]), [
    ["models/a.onnx.deflate.1", PART, true],
    ["models/a.onnx.deflate.2", PART, true],
    ["models/a.onnx.deflate.3", 12345, true],
  ]);
  assert.deepEqual(withdrawn, asked.map(({ path }) => path));
});

test("from a folder a missing part is told, and a download can be called off", async () => {
  await assert.rejects(taken(folder(2).download), /is the site's folder complete/);
  await assert.rejects(taken(folder().download, { signal: AbortSignal.abort() }), { name: "AbortError" });
});
