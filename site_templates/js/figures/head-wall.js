/** All heads of all layers at once, for CLS or one patch, beside the chosen map on the photo. */

import { wireControls } from "../controls.js";
import { fill, find } from "../elements.js";
import { followReal } from "../follow-real.js";
import { photoById } from "../manifest.js";
import { createMapWall, greatest } from "../map-wall.js";
import { cellAt } from "../patch-grid.js";
import { askingToken, createRealMap, headWords } from "../real-map.js";
import { filesFor, headOf, isSlow, layerFile, mapsOf, patchesOf } from "../real-vit.js";
import { defaults } from "../state.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../real-map.js").Maps} Maps */

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { manifest, state } = context;
  const grid = /** @type {[number, number]} */ ([Number(root.dataset.rows), Number(root.dataset.cols)]);
  const heads = Number(root.dataset.heads);
  const absolute = Number(root.dataset.maximum);
  const button = /** @type {HTMLButtonElement} */ (find(root, "[data-load]"));
  const live = find(root, "[data-spoken]");
  const readout = find(root, "[data-readout]");
  const wallBox = find(root, ".map-wall");
  const costs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-costs]")]);
  const layers = Array.from({ length: Number(wallBox.dataset.layers) }, (_, layer) => layer);
  const usual = defaults(manifest);
  let frame = 0;
  /** Has the reader asked for all layers, which are megabytes? */
  let asked = false;
  /** @type {(Maps | null)[]} of each layer, as drawn */
  let known = layers.map(() => null);
  let complete = false;
  /** What `known` and the wall's colours were made for. */
  let drawn = "";

  const ask = () => {
    asked = true;
    following.refresh();
  };
  // Another question put to the wall itself is one to all layers, and the figure says what that costs.
  const onInput = () => {
    if (!asked && !complete && !isFirst(state.get())) ask();
  };
  /** @param {import("../map-wall.js").Spot} spot */
  const describe = ({ layer, head }) => {
    const maps = known[layer];
    const words = `layer ${layer + 1}, ${headWords(head)}`;
    if (!maps) return words;
    const map = headOf(maps, head, heads);
    return `${words}: greatest weight ${greatest(patchesOf(map)).toFixed(3)}, CLS ${map[0].toFixed(3)}`;
  };
  const controls = wireControls(root, context);
  const large = createRealMap(root, context, ask);
  const wall = createMapWall(wallBox, {
    colormap: context.colormap,
    describe,
    onPick: (spot) => {
      state.set(spot);
      live.textContent = describe(spot);
    },
    onRead: (spot) => {
      readout.textContent = spot ? describe(spot) : readout.dataset.rest ?? "";
    },
  });

  /**
   * Does the wall show what the build's picture shows?
   * @param {State} current
   */
  const isFirst = ({ photo, at, asker, direction, scale }) =>
    [photo, asker, direction, scale].join() === [usual.photo, usual.asker, usual.direction, usual.scale].join() &&
    JSON.stringify(cellAt(at, ...grid)) === JSON.stringify(cellAt(usual.at, ...grid));

  /** @param {import("../follow-real.js").Files} files @param {State} current */
  const draw = (files, current) => {
    const { photo, direction, scale, layer, head } = current;
    const token = askingToken(current, grid);
    const question = [photo, token, direction].join();
    if (!drawn.startsWith(`${question};`)) known = layers.map(() => null);
    const before = drawn === `${question};${scale}` ? known.slice() : [];
    drawn = `${question};${scale}`;
    // The chosen layer first, as it is also the large map's; of the slow ones, one a frame.
    let slow = 0;
    for (const one of [layer, ...layers]) {
      if (known[one]) continue;
      if (isSlow(files, one, direction) && (slow += 1) > 1) continue;
      known[one] = mapsOf(files, one, token, direction);
    }
    cancelAnimationFrame(frame);
    if (slow > 1) frame = requestAnimationFrame(following.refresh);

    complete = known.every((maps) => maps !== null);
    if (!complete && isFirst(current)) wall.rest();
    else {
      for (const one of layers) {
        if (known[one] === null || known[one] !== before[one] || !wallBox.hasAttribute("data-live")) {
          wall.draw(one, known[one], scale === "absolute" ? absolute : null);
        }
      }
    }
    wall.choose({ layer, head });
    const maps = known[layer];
    if (maps) large.draw(maps, direction === "to" ? maps : (mapsOf(files, layer, token, "to") ?? maps), current);
    const entry = photoById(manifest, photo);
    button.disabled = complete || asked || isFirst(current);
    for (const line of costs) line.hidden = Boolean(entry.live);
    fill(root, { size: megabytes(entry, layers) });
  };

  const following = followReal(
    root,
    context,
    {
      each: true,
      wanted: (current) => {
        const token = askingToken(current, grid);
        // Of the reader's own photo all layers are here already: they cost nothing.
        const all = asked || photoById(manifest, current.photo).live;
        // The chosen layer first: it is the large map's.
        const order = [current.layer, ...layers.filter((layer) => all && layer !== current.layer)];
        return [...new Set(order.flatMap((layer) => filesFor(layer, token, current.direction)))];
      },
    },
    draw,
  );
  button.addEventListener("click", ask);
  root.addEventListener("input", onInput);
  return {
    destroy() {
      cancelAnimationFrame(frame);
      following.destroy();
      wall.destroy();
      large.destroy();
      controls.destroy();
      button.removeEventListener("click", ask);
      root.removeEventListener("input", onInput);
    },
  };
}

/**
 * What a photo's layers weigh together: "2.7 MB".
 * @param {import("../manifest.js").PhotoEntry} photo
 * @param {readonly number[]} layers
 */
function megabytes(photo, layers) {
  const total = layers.reduce((sum, layer) => sum + (photo.files[layerFile(layer)]?.bytes ?? 0), 0);
  return `${(total / 1e6).toFixed(1)} MB`;
}
