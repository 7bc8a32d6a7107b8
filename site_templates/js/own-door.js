/**
 * The page's door for a reader's own photo: the buttons that ask for one, photos dropped anywhere, photos pasted. All the
 * rest is in the live part, which is fetched as soon as somebody seems to want it.
 */

/** @typedef {Awaited<ReturnType<import("./main.js").Context["live"]>>["ownPhoto"]} OwnPhoto */

/** ms: a pointer or a focus that only passes by asks for nothing. */
const DWELL = 120;

/**
 * @param {Document} page
 * @param {import("./main.js").Context} context
 */
export function openDoor(page, { live }) {
  const buttons = /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-own-open]"));
  const lines = /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-own-error]"));
  if (buttons.length === 0) return;
  let timer = 0;

  /** @param {(ownPhoto: OwnPhoto) => void} action */
  const enter = async (action) => {
    try {
      action((await live()).ownPhoto);
      say("");
    } catch (error) {
      say(/** @type {Error} */ (error).message);
    }
  };
  /** @param {string} sentence */
  const say = (sentence) => {
    for (const line of lines) {
      line.textContent = sentence;
      line.hidden = sentence === "";
    }
  };
  /** Whoever stays a moment probably means it; a failure is told when they do. */
  const intend = () => {
    clearTimeout(timer);
    // Chromium alone knows this wish: not to load what has not been asked for.
    if (/** @type {any} */ (navigator).connection?.saveData) return;
    timer = setTimeout(() => void live().then(({ ownPhoto }) => ownPhoto.intend(), () => {}), DWELL);
  };
  const leave = () => clearTimeout(timer);

  for (const button of buttons) {
    button.addEventListener("click", () => void enter((ownPhoto) => ownPhoto.open()));
    button.addEventListener("pointerenter", intend);
    button.addEventListener("focus", intend);
    button.addEventListener("pointerleave", leave);
    button.addEventListener("blur", leave);
  }

  /** @param {boolean} over */
  const drag = (over) => page.documentElement.toggleAttribute("data-dragging", over);
  page.addEventListener("dragenter", (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    drag(true);
    intend();
  });
  page.addEventListener("dragover", (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    // Or the browser would leave the page for the picture.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  page.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drag(false);
  });
  page.addEventListener("drop", (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    drag(false);
    take(event.dataTransfer?.files);
  });
  page.addEventListener("paste", (event) => take(event.clipboardData?.files));
  /** @param {FileList | undefined} files */
  const take = (files) => {
    // The list empties itself when the event is over.
    const kept = [...(files ?? [])];
    if (kept.length > 0) void enter((ownPhoto) => void ownPhoto.take(kept));
  };
}

/** @param {DataTransfer | null} carried */
function hasFiles(carried) {
  return Boolean(carried?.types.includes("Files"));
}
