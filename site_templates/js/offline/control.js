/**
 * The control in the footer: says what is kept on this device and how much is missing, and keeps or forgets it.
 *
 * some ──keep──▶ keeping ──▶ all ──forget──▶ some        folder, refused: nothing to do, said in words
 *   ▲                │ stopped, broken off, no room
 *   └────────────────┘
 */

import { fill, find } from "../elements.js";
import { filesize } from "../filesize.js";

/** @typedef {import("./keeper.js").Standing} Standing */
/** @typedef {"folder" | "refused" | "some" | "keeping" | "all"} Phase */

/**
 * @param {HTMLElement} root
 * @param {import("./keeper.js").Keeper} keeper
 * @param {StorageManager | undefined} storage the browser's, where it tells of its room
 */
export function createControl(root, keeper, storage) {
  const bar = /** @type {HTMLProgressElement} */ (find(root, "progress"));
  const status = find(root, "[data-offline-status]");
  const newer = find(root, "[data-offline-newer]");
  const [keep, cancel, forget] = ["keep", "cancel", "forget"].map((name) => find(root, `[data-offline-${name}]`));
  /** @type {AbortController | null} */
  let running = null;

  /** @param {Standing} standing */
  const show = (standing) => {
    const missing = standing.bytes - standing.kept;
    fill(root, {
      total: filesize(standing.bytes),
      kept: filesize(standing.kept),
      missing: filesize(missing),
      downloads: filesize(standing.downloads),
    });
    showPhase(root, missing > 0 ? "some" : "all");
    keep.hidden = missing === 0;
    forget.hidden = standing.kept <= standing.shell;
    cancel.hidden = true;
    newer.hidden = !standing.outdated;
  };

  /** @param {number} bytes @param {number} missing */
  const progress = (bytes, missing) => {
    bar.max = missing;
    bar.value = bytes;
    bar.setAttribute("aria-valuetext", `${filesize(bytes)} of ${filesize(missing)}`);
    fill(root, { arrived: filesize(bytes) });
  };

  /** Brings what is missing. @param {AbortSignal} signal @returns {Promise<string>} why not all of it came, or "" */
  const bringAll = async (signal) => {
    // The sizes on the button may be old.
    const standing = await keeper.standing();
    const missing = standing.bytes - standing.kept;
    fill(root, { missing: filesize(missing) });
    progress(0, missing);
    const room = await roomIn(storage);
    if (room < missing) return `This browser has room for ${filesize(room)} more of this site.`;
    // Asks that the site be not the first to go from a full device; some browsers ask the reader.
    void storage?.persist?.();
    try {
      await keeper.keep(standing, { signal, onProgress: (bytes) => progress(bytes, missing) });
    } catch (error) {
      return signal.aborted ? "Stopped. What has arrived is kept." : /** @type {Error} */ (error).message;
    }
    return "";
  };

  keep.addEventListener("click", async () => {
    running = new AbortController();
    showPhase(root, "keeping");
    keep.hidden = forget.hidden = true;
    cancel.hidden = false;
    cancel.focus();
    status.textContent = "";
    const why = await bringAll(running.signal);
    running.abort(); // what else was under way
    running = null;
    const standing = await keeper.standing();
    const focused = document.activeElement === cancel;
    show(standing);
    if (focused) (keep.hidden ? forget : keep).focus();
    const full = standing.kept < standing.bytes ? "This browser had no room for all of it." : "Everything is kept.";
    status.textContent = why || full;
  });

  cancel.addEventListener("click", () => running?.abort());

  forget.addEventListener("click", async () => {
    show(await keeper.forget());
    keep.focus();
    status.textContent = "Forgotten.";
  });

  return {
    /** Looks again at what is kept, unless that is just changing. */
    async refresh() {
      if (!running) show(await keeper.standing());
    },
  };
}

/**
 * Shows the control, with those sentences that are for this phase.
 * @param {HTMLElement} root
 * @param {Phase} phase
 */
export function showPhase(root, phase) {
  for (const sentence of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-offline-when]"))) {
    sentence.hidden = !(sentence.dataset.offlineWhen ?? "").split(" ").includes(phase);
  }
  root.hidden = false;
}

/**
 * Bytes that the browser still gives to this site.
 * @param {StorageManager | undefined} storage
 */
async function roomIn(storage) {
  const { quota, usage } = (await storage?.estimate?.()) ?? {};
  return quota === undefined || usage === undefined ? Infinity : Math.max(0, quota - usage);
}
