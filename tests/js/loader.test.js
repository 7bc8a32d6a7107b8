import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { createLoader } from "../../site_templates/js/loader.js";

const TEXT = '{"grid": [7, 7]}';
const FILE = { path: "data/a.json", bytes: TEXT.length, version: "a56faa0c", twin: true };
const TWIN = "data/a.json.js";

/**
 * The web, as far as the loader sees it.
 * @param {(url: string) => Response} answer
 */
function web(answer) {
  const asked = [];
  const surroundings = {
    location: { protocol: "https:" },
    document: {},
    fetch: async (url) => {
      asked.push(url);
      return answer(url);
    },
  };
  return { asked, loader: createLoader(/** @type {any} */ (surroundings)) };
}

/**
 * A folder: its scripts run when they are put into the page.
 * @param {Record<string, () => void>} scripts by address
 */
function folder(scripts) {
  const added = [];
  const document = {
    createElement: () => ({ remove() {} }),
    head: {
      append(script) {
        added.push(script.src);
        queueMicrotask(() => {
          const run = scripts[String(script.src)];
          if (!run) return script.onerror();
          run();
          return script.onload();
        });
      },
    },
  };
  const fetch = () => assert.fail("nothing is fetched from a folder");
  return { added, loader: createLoader(/** @type {any} */ ({ location: { protocol: "file:" }, document, fetch })) };
}

/** @param {string} path @param {string} text */
const handOver = (path, text) => () => globalThis.explainerFile(path, Buffer.from(text).toString("base64"));

beforeEach(() => {
  delete globalThis.trustedTypes;
  delete globalThis.explainerFile;
});

test("over http a file is fetched once, by an address that changes with its content", async () => {
  const { asked, loader } = web(() => new Response(TEXT));
  const [first, second] = await Promise.all([loader.json(FILE), loader.json(FILE)]);
  assert.deepEqual(first, { grid: [7, 7] });
  assert.equal(first, second);
  await loader.bytes(FILE);
  assert.deepEqual(asked, [`data/a.json?v=${FILE.version}`]);
});

test("a failed load says why, and the next call tries again", async () => {
  let status = 404;
  const { asked, loader } = web(() => new Response(TEXT, { status }));
  await assert.rejects(loader.json(FILE), /data\/a\.json could not be fetched: the server answered 404/);
  status = 200;
  assert.deepEqual(await loader.json(FILE), { grid: [7, 7] });
  assert.equal(asked.length, 2);
});

test("no network is told in a sentence", async () => {
  const { loader } = web(() => {
    throw new TypeError("Failed to fetch");
  });
  await assert.rejects(loader.bytes(FILE), /check the connection/);
});

test("a file cut short is not handed on", async () => {
  const { loader } = web(() => new Response(TEXT.slice(1)));
  await assert.rejects(loader.bytes(FILE), /has 15 bytes when 16 were expected/);
});

test("a file of another build is refused, whoever notices", async () => {
  const other = web(() => new Response(TEXT.replace("7, 7", "9, 9")));
  await assert.rejects(other.loader.bytes(FILE), /data\/a\.json has changed on the server.*: reload the page/);
  const gone = web(() => new Response(null, { status: 410 }));
  await assert.rejects(gone.loader.json(FILE), /data\/a\.json has changed on the server.*: reload the page/);
});

test("from a folder the twin is run once", async () => {
  const { added, loader } = folder({ [TWIN]: handOver(FILE.path, TEXT) });
  const [first] = await Promise.all([loader.json(FILE), loader.json(FILE)]);
  assert.deepEqual(first, { grid: [7, 7] });
  assert.deepEqual(added, [TWIN]);
});

test("base64 is decoded with and without the browser's own decoder", async (context) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const file = { ...FILE, bytes: 256 };
  const run = () => globalThis.explainerFile(FILE.path, Buffer.from(bytes).toString("base64"));
  const native = Uint8Array.fromBase64;
  context.after(() => {
    if (native) Uint8Array.fromBase64 = native;
    else delete Uint8Array.fromBase64;
  });
  for (const decoder of [undefined, (text) => new Uint8Array([...Buffer.from(text, "base64")])]) {
    Uint8Array.fromBase64 = decoder;
    const { loader } = folder({ [TWIN]: run });
    assert.deepEqual(new Uint8Array(await loader.bytes(file)), bytes);
  }
});

test("a twin that is missing, silent or absent is told apart", async () => {
  await assert.rejects(folder({}).loader.bytes(FILE), /could not be read: is the site's folder complete/);
  await assert.rejects(folder({ [TWIN]: () => {} }).loader.bytes(FILE), /did not hand over data\/a\.json/);
  await assert.rejects(folder({}).loader.bytes({ ...FILE, twin: false }), /only be loaded over http/);
});

test("where the browser has Trusted Types, one policy named explainer makes the address", async () => {
  const names = [];
  globalThis.trustedTypes = {
    createPolicy(name, rules) {
      names.push(name);
      return { createScriptURL: (url) => ({ toString: () => rules.createScriptURL(url) }) };
    },
  };
  const { added, loader } = folder({ [TWIN]: handOver(FILE.path, TEXT) });
  await loader.bytes(FILE);
  assert.deepEqual(names, ["explainer"]);
  assert.equal(typeof added[0], "object");
});

test("what is provided answers for a file, until it is withdrawn", async () => {
  const { asked, loader } = web(() => new Response(TEXT));
  const tensor = { name: "features", shape: [1], data: new Float32Array(1) };
  loader.provide("live/own-1/features.bin", tensor);
  loader.provide("live/own-1/a.json", { grid: [1, 1] });
  loader.provide("live/own-2/a.json", { grid: [2, 2] });
  const file = (path) => ({ ...FILE, path });
  assert.equal(await loader.pack(file("live/own-1/features.bin")), tensor);
  assert.deepEqual(await loader.json(file("live/own-1/a.json")), { grid: [1, 1] });
  assert.deepEqual(asked, []);
  loader.withdraw("live/own-1/");
  await assert.rejects(loader.json(file("live/own-1/a.json")), { message: "live/own-1/a.json is not here any more." });
  assert.deepEqual(await loader.json(file("live/own-2/a.json")), { grid: [2, 2] });
  assert.deepEqual(asked, []);
});

test("a load that fails after its file was provided takes nothing away", async () => {
  let fail;
  const { loader } = web(() => new Promise((_, reject) => (fail = reject)));
  const early = loader.json(FILE);
  loader.provide(FILE.path, { mine: true });
  fail(new TypeError());
  await assert.rejects(early);
  assert.deepEqual(await loader.json(FILE), { mine: true });
});

test("only addresses inside the site become scripts", async () => {
  const outside = ["https://evil.example/a", "//evil.example/a", "/a", "../a", "data/../../a", "data:text/a"];
  const { added, loader } = folder({});
  for (const path of outside) {
    await assert.rejects(loader.bytes({ ...FILE, path }), /Not the address of a script of this site/, path);
  }
  assert.deepEqual(added, []);
});
