/**
 * The reader's own photo, from the wish for one until it is the page's seventh. Every way in (button, drop, paste, camera)
 * ends in `take`; the page changes only once everything of a photo is there, so that no failure leaves it half-changed.
 */

import { createCameraStep } from "./camera-step.js";
import { createChooseStep } from "./choose-step.js";
import { createCropStep } from "./crop-step.js";
import { wholeSquare } from "./decode.js";
import { filesize } from "../filesize.js";
import { giveWay } from "../turn.js";
import { addFiles, createEntry, release } from "./own-entry.js";
import { createPhotoDialog } from "./photo-dialog.js";

/** @typedef {import("../main.js").Context} Context */
/** @typedef {import("../manifest.js").PhotoEntry} PhotoEntry */
/** @typedef {import("./crop-box.js").Box} Box */
/** @typedef {{entry: PhotoEntry, source: Blob, box: Box, pixels: Uint8Array}} Own `source`: to cut another square from */

const STAND_IN = "mobilenet_v2";
/** px: a picture to crop by, sharp on any screen and light to draw. */
const PREVIEW = 1600;
/** @type {Record<string, string>} what `prepare` is at, in words */
const PHASES = { download: "Loading MobileNet", check: "Checking MobileNet", start: "Starting MobileNet" };

/**
 * @param {Context} context
 * @param {import("./engine.js").Engine} engine
 * @param {() => void} onChosen from now on the page holds something of the reader's
 */
export function createOwnPhoto({ state, manifest, loader }, engine, onChosen) {
  /** @type {Own | null} */
  let own = null;
  let count = 0;
  /** @type {Set<(own: Own | null) => void>} */
  const listeners = new Set();
  /** @type {Set<(pixels: Uint8Array) => void>} */
  const sooner = new Set();
  /** What is being read, cropped or computed; a later wish ends it. */
  let work = new AbortController();
  /** @type {{id: string, width: number, height: number, source: Blob} | null} the picture in the dialog */
  let opened = null;
  /** Where to go back to when the photo is removed. */
  let before = state.get().photo;

  const choose = createChooseStep(
    { onFiles: (files) => void take(files), onCamera: () => showCamera() },
    costWords(engine.size(STAND_IN)),
  );
  const camera = createCameraStep({
    onPicture: (picture) => void take([picture]),
    onBack: () => dialog.show(choose),
    onRefused: (sentence) => refuse(sentence),
  });
  const crop = createCropStep({
    onUse: (box) => void compute(box),
    onOther: () => {
      begin();
      dialog.show(choose);
    },
    onStop: () => {
      work.abort();
      work = new AbortController();
      crop.rest("");
    },
  });
  const dialog = createPhotoDialog(() => {
    begin();
    choose.rest("");
  });

  /** A new wish: whatever was under way is no longer wanted. */
  const begin = () => {
    work.abort();
    work = new AbortController();
    if (opened) engine.close(opened.id);
    opened = null;
    return work.signal;
  };
  /** @param {string} sentence */
  const refuse = (sentence) => {
    choose.rest(sentence);
    dialog.show(choose);
  };
  const showCamera = () => {
    dialog.show(camera);
    camera.open();
  };

  /**
   * The engine's runtime and the small model, and the published documents that say how such are written: before the reader
   * has chosen anything, so that nothing is waited for later. A failure is told when it matters.
   */
  const intend = () => {
    engine.prepare(STAND_IN).catch(() => {});
    for (const model of Object.keys(manifest.live.models)) {
      loader.json(manifest.photos[0].files[model]).catch(() => {});
    }
  };

  /**
   * @param {readonly Blob[]} files the first is taken
   * @param {Box} [box] the square to begin with
   */
  const take = async (files, box) => {
    const signal = begin();
    onChosen();
    intend();
    choose.rest("");
    if (!dialog.open || box === undefined) dialog.show(choose);
    choose.busy("Reading the picture …");
    try {
      const found = await engine.open(files[0]);
      if (signal.aborted) return void engine.close(found.id);
      opened = { ...found, source: files[0] };
      const bitmap = await engine.preview(found.id, PREVIEW);
      if (signal.aborted) return void bitmap.close();
      const notes = files.length > 1 ? [...found.notes, `One photo at a time: this is the first of ${files.length}.`] : found.notes;
      crop.open(bitmap, found, box ?? wholeSquare(found.width, found.height), notes);
      choose.rest("");
      dialog.show(crop);
    } catch (error) {
      if (!signal.aborted) refuse(/** @type {Error} */ (error).message);
    }
  };

  /** Everything that the page needs of the square, and only then the page itself. @param {Box} box */
  const compute = async (box) => {
    if (!opened) return;
    const { source, ...picture } = opened;
    const { signal } = work;
    const id = `own-${count + 1}`;
    crop.busy(0, 0, `${PHASES.download} …`);
    try {
      // Needs no model: it is done while one is still on its way.
      const cutting = engine.crop(picture.id, box);
      const showing = cutting.then(() => engine.show(picture.id, box));
      showing.catch(() => {});
      await engine.prepare(STAND_IN, {
        signal,
        onProgress: ({ loaded, total, phase }) => {
          const bytes = phase === "download" ? `: ${filesize(loaded)} of ${filesize(total)}` : " …";
          crop.busy(phase === "download" ? loaded : 0, phase === "download" ? total : 0, PHASES[phase] + bytes);
        },
      });
      crop.busy(0, 0, "Computing …");
      const pixels = await cutting;
      const published = await loader.json(manifest.photos[0].files[STAND_IN]);
      const result = await engine.run(STAND_IN, pixels, { signal });
      const files = await engine.documents(STAND_IN, id, result, { published, signal });
      const cut = { pixels, picture: await showing, files };
      signal.throwIfAborted();
      for (const tell of sooner) tell(pixels);
      const entry = await createEntry(id, picture, box, cut, loader, manifest.image_size);
      if (signal.aborted) return release(entry, loader);
      count += 1;
      replace({ entry, source, box, pixels });
      // What the figures do about it is a task, and what the whole page does without the dialog is another.
      await giveWay();
      if (signal.aborted) return;
      crop.rest("");
      dialog.close();
    } catch (error) {
      if (!signal.aborted) crop.rest(/** @type {Error} */ (error).message);
    }
  };

  /** The new photo is chosen before the old one goes: the state never names a photo that is not there. @param {Own} next */
  const replace = (next) => {
    const old = own;
    own = next;
    manifest.photos.push(next.entry);
    state.set({ photo: next.entry.id });
    if (old) forget(old);
    for (const tell of listeners) tell(own);
  };
  /** @param {Own} old */
  const forget = ({ entry }) => {
    manifest.photos.splice(manifest.photos.indexOf(entry), 1);
    release(entry, loader);
  };

  state.subscribe(({ photo }) => {
    if (photo !== own?.entry.id) before = photo;
  });

  return {
    intend,
    take,
    /** The dialog, to choose one. */
    open() {
      begin();
      intend();
      choose.rest("");
      dialog.show(choose);
    },
    /** The same photo, another square. */
    recrop() {
      if (own) void take([own.source], own.box);
    },
    remove() {
      if (!own) return;
      const old = own;
      own = null;
      if (state.get().photo === old.entry.id) state.set({ photo: before });
      forget(old);
      for (const tell of listeners) tell(null);
    },
    get current() {
      return own;
    },
    /**
     * More of what was computed of the photo that is here; fulfilled when all figures have heard of it.
     * @param {Own} of
     * @param {Record<string, unknown>} files by name
     */
    async addFiles(of, files) {
      if (own !== of) return;
      addFiles(of.entry, files, loader);
      await tellFigures();
    },
    /**
     * What the worker can go on with while the page draws what the first model said.
     * @param {(pixels: Uint8Array) => void} listener hears of each photo's pixels just before the page speaks of it
     */
    beforeShown(listener) {
      sooner.add(listener);
    },
    /** @param {(own: Own | null) => void} listener hears of each photo that comes or goes */
    subscribe(listener) {
      listeners.add(listener);
    },
  };
}

/** @param {number} bytes */
function costWords(bytes) {
  return `The models run in your browser. For the first answers the page loads ${filesize(bytes)}, once.`;
}

/** There are more files than there were: each figure hears of it in a task of its own, those before the reader's eyes first. */
async function tellFigures() {
  await giveWay();
  const figures = [...document.querySelectorAll("[data-figure]")].map((figure) => {
    const { top, bottom } = figure.getBoundingClientRect();
    return { figure, distance: Math.abs((top + bottom - innerHeight) / 2) };
  });
  for (const { figure } of figures.sort((one, other) => one.distance - other.distance)) {
    figure.dispatchEvent(new Event("photofiles"));
    await giveWay();
  }
}
