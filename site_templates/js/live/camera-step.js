/** The dialog's camera: what it sees, and a button that keeps one picture of it. */

import { button, element } from "./build.js";

/** px: more than any model sees, and enough to crop from. */
const WANTED = 1600;

/**
 * @param {object} wishes
 * @param {(picture: Blob) => void} wishes.onPicture
 * @param {() => void} wishes.onBack
 * @param {(sentence: string) => void} wishes.onRefused
 */
export function createCameraStep({ onPicture, onBack, onRefused }) {
  const video = element("video", { class: "camera-view", playsinline: true, "aria-label": "What the camera sees" });
  const take = button("Take the picture", () => void keep(), { class: "button button-strong", disabled: true });
  const other = button("Other camera", () => void open(facing === "user" ? "environment" : "user"), { hidden: true });
  /** @type {MediaStream | null} */
  let stream = null;
  let facing = "environment";
  let round = 0;

  const stop = () => {
    round += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    take.disabled = true;
  };

  /** @param {string} side "user" or "environment", where there are both */
  const open = async (side) => {
    stop();
    const mine = round;
    facing = side;
    try {
      const found = await navigator.mediaDevices.getUserMedia({ video: { facingMode: side, width: { ideal: WANTED } }, audio: false });
      if (mine !== round) {
        // The reader went back while the browser was asking.
        for (const track of found.getTracks()) track.stop();
        return;
      }
      stream = found;
      video.srcObject = found;
      await video.play();
      const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
      if (mine !== round) return;
      other.hidden = cameras.length < 2;
      take.disabled = false;
      take.focus();
    } catch (error) {
      if (mine !== round) return;
      stop();
      onRefused(sentenceOf(/** @type {Error} */ (error)));
    }
  };

  const keep = async () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    stop();
    onPicture(await canvas.convertToBlob({ type: "image/png" }));
  };

  const root = element(
    "div",
    { class: "own-step camera-step" },
    video,
    element("div", { class: "own-actions" }, take, other, button("Back", onBack, { class: "button button-quiet" })),
  );
  return {
    root,
    title: "Take a picture",
    // Until the camera is there, the way back is all that there is.
    focus: () => /** @type {HTMLElement} */ (root.querySelector("button:enabled")).focus(),
    open: () => void open(facing),
    close: stop,
  };
}

/** @param {Error} error as getUserMedia rejects */
function sentenceOf({ name, message }) {
  if (name === "NotAllowedError" || name === "SecurityError") {
    return "The camera was not allowed. The browser's address bar can change that; or choose a photo instead.";
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") return "No camera was found. Choose a photo instead.";
  if (name === "NotReadableError" || name === "AbortError") {
    return "The camera could not be started; perhaps another program is using it. Choose a photo instead.";
  }
  return `The camera could not be used (${message}). Choose a photo instead.`;
}
