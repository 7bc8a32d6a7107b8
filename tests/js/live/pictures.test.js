import assert from "node:assert/strict";
import { test } from "node:test";

import { createPictures } from "../../../site_templates/js/live/pictures.js";

const BLOB = new Blob(["a picture"]);

/** Workers that open everything but what is empty, and note what they are asked. */
function world() {
  const asked = [];
  let number = 0;
  let living = null;
  const start = () => {
    number += 1;
    const mine = number;
    return {
      async call(name, input) {
        asked.push(`${mine} ${name} ${input.id}`);
        if (name === "open" && input.blob.size === 0) throw Object.assign(new Error("This file is empty."), { name: "Unreadable" });
        return name === "open" ? { width: 3, height: 2, format: "PNG", notes: [] } : { ...input };
      },
    };
  };
  const pictures = createPictures(async () => /** @type {any} */ ((living ??= start())));
  return { pictures, asked, die: () => (living = null) };
}

test("a picture is opened once, and asked for by its name until it is closed", async () => {
  const { pictures, asked } = world();
  const picture = await pictures.open(BLOB);
  assert.deepEqual(picture, { id: "picture-1", width: 3, height: 2, format: "PNG", notes: [] });
  assert.deepEqual(await pictures.preview("picture-1", 100), { id: "picture-1", maxSide: 100 });
  await pictures.crop("picture-1", { x: 0, y: 0, side: 2, quarterTurns: 0 });
  await pictures.show("picture-1", { x: 0, y: 0, side: 2, quarterTurns: 0 });
  pictures.close("picture-1");
  pictures.close("picture-1");
  await assert.rejects(pictures.crop("picture-1", { x: 0, y: 0, side: 2, quarterTurns: 0 }), /no longer open: choose it again/);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked, ["1 open picture-1", "1 preview picture-1", "1 crop picture-1", "1 show picture-1", "1 close picture-1"]);
});

test("a new worker is given what an old one had opened", async () => {
  const { pictures, asked, die } = world();
  await pictures.open(BLOB);
  die();
  await pictures.preview("picture-1", 10);
  assert.deepEqual(asked.slice(1), ["2 open picture-1", "2 preview picture-1"]);
  die();
  pictures.close("picture-1");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 3);
});

test("what cannot be read is told, and not kept", async () => {
  const { pictures } = world();
  await assert.rejects(pictures.open(new Blob([])), { name: "Unreadable", message: "This file is empty." });
  await assert.rejects(pictures.preview("picture-1", 10), /no longer open/);
});
