"""A reader's own photo: giving the page one by every way in, and what native ONNX Runtime and NumPy make of it."""

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from driving import Numbers, come_near, figure
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect
from visits import PATIENCE

from explainer import artifacts, preprocess, vit_attention, vit_measures

SIZE = (640, 480)
"""px, wide by high, of the test's photo; not square."""

STAND_IN = ("attention", "attention-matrix", "cls-stand-in", "shuffle")
PIXELS = ("photo-picker", "patch-grid", "patch-inspector", "token-sequence")
REAL = ("stand-in-or-real", "head-wall", "head-map", "attention-distance", "rollout", "token-norms")
LIVE = "live: computed in your browser"
CLOSE = 0.0015
"""Between a number as written, to three digits, and the same by native ONNX Runtime and NumPy."""


def photo(kind: str = "JPEG", size: tuple[int, int] = SIZE, hue: int = 0) -> bytes:
    """A picture that nobody has seen: colours that change from place to place, and two discs to look at each other."""
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = np.stack([np.sin(9 * across + 4 * down + hue + part) for part in range(3)], axis=-1)
    picture = Image.fromarray((127 + 90 * waves * down[..., None]).astype(np.uint8))
    brush = ImageDraw.Draw(picture)
    for x in (width // 3, 2 * width // 3):
        brush.ellipse((x - 40, height // 3 - 40, x + 40, height // 3 + 40), fill=(240, 230, 60), outline=(20, 20, 20))
    file = io.BytesIO()
    picture.save(file, kind, quality=92)
    return file.getvalue()


def given(content: bytes, name: str = "mine.jpg", mime: str = "image/jpeg") -> Any:
    """What Playwright puts into a file input."""
    return {"name": name, "mimeType": mime, "buffer": content}


def dialog(page: Page) -> Locator:
    return page.locator("dialog[open]")


def choose_file(page: Page, file: Any) -> None:
    """The button in the bar, and the dialog's file input, as its button would open it."""
    page.locator(".bar [data-own-open]").click()
    dialog(page).locator("input[type=file]").set_input_files(file)


def use_square(page: Page) -> None:
    """The square as it is; then the page speaks of it."""
    dialog(page).get_by_role("button", name="Use this square").click()
    expect_done(page)
    expect(card(page).locator(".own-says")).to_have_text(
        "The page speaks of your photo. Figures that show it are marked live."
    )


def expect_done(page: Page) -> None:
    """The dialog is gone; the model may have had to be fetched and started first."""
    expect(dialog(page)).to_have_count(0, timeout=3 * PATIENCE)


def own(page: Page, content: bytes | None = None) -> None:
    """Makes the photo the page's seventh."""
    choose_file(page, given(content or photo()))
    use_square(page)


def card(page: Page) -> Locator:
    return page.locator("[data-own]").first


DROP = """([files, types]) => {
    const carried = new DataTransfer();
    for (const [text, name, type] of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        carried.items.add(new File([bytes], name, { type }));
    }
    for (const type of types) {
        const options = { bubbles: true, cancelable: true };
        document.body.dispatchEvent(type === 'paste'
            ? new ClipboardEvent(type, { ...options, clipboardData: carried })
            : new DragEvent(type, { ...options, dataTransfer: carried }));
    }
}"""


def send(page: Page, events: list[str], *files: Any) -> None:
    """The events that the browser makes when files are dragged over the page, dropped on it or pasted."""
    encoded = [[base64.b64encode(file["buffer"]).decode(), file["name"], file["mimeType"]] for file in files]
    page.evaluate(DROP, [encoded, events])


def drop(page: Page, *files: Any) -> None:
    send(page, ["dragenter", "dragover", "drop"], *files)


SHOWN = """async () => {
    const picture = document.querySelector('#figure-patch-inspector [data-crop]');
    picture.loading = 'eager';
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    const brush = canvas.getContext('2d');
    brush.drawImage(picture, 0, 0);
    return [...brush.getImageData(0, 0, canvas.width, canvas.height).data];
}"""


def shown_pixels(page: Page, shown: str = "own-1") -> npt.NDArray[np.uint8]:
    """(224, 224, 3): the crop that the patch inspector shows, which is what models saw."""
    expect_shown(page, "patch-inspector", shown)
    rgba = np.array(page.evaluate(SHOWN), dtype=np.uint8).reshape(224, 224, 4)
    assert (rgba[..., 3] == 255).all()
    return rgba[..., :3]


def expect_shown(page: Page, name: str, shown: str) -> None:
    """The figure, once it is near, shows that photo; a model may have to run first."""
    come_near(figure(page, name))
    expect(figure(page, name)).to_have_attribute("data-shows", shown, timeout=3 * PATIENCE)


def weights_in(root: Locator) -> Numbers:
    """The figure's table alternative, opened, as numbers."""
    root.locator(".weight-table").first.evaluate("(box) => { box.open = true; }")
    expect(root.locator("[data-weight-cell]").first).to_be_attached()
    written = root.locator("[data-weight-cell]").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.textContent))"
    )
    return np.array(written, dtype=np.float64)


@dataclass(frozen=True)
class Native:
    """The same pixels through the published models, without a browser."""

    site: Path
    pixels: npt.NDArray[np.uint8]

    def _run(self, model: str, outputs: list[str], positions: bool = True) -> list[Any]:
        graph = onnx.load(str(self.site / f"models/{model}.onnx"))
        if not positions:
            (switch,) = (tensor for tensor in graph.graph.initializer if tensor.name == "positions")
            switch.CopyFrom(onnx.numpy_helper.from_array(np.zeros(1, np.float32), "positions"))
        session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        found: list[Any] = session.run(outputs, {"pixels": preprocess.to_input(self.pixels)})
        return found

    @cached_property
    def document(self) -> dict[str, Any]:
        """As published of a photo by the stand-in."""
        (grid,) = self._run("mobilenet_v2", ["features"])
        features = grid.reshape(1280, 49).T
        found: dict[str, Any] = artifacts.photo_document(
            "own-1", features, checkpoint="", weights_sha256="", position_alpha=1.0
        )
        return found

    @cached_property
    def real(self) -> tuple[Numbers, vit_measures.Measured]:
        """(L, H, N, N) attention of the real ViT, and what it measures."""
        query, key = self._run("dinov2_vits14", ["q", "k"])
        maps = np.stack([vit_attention.weights(q, k) for q, k in zip(query, key, strict=True)])
        return maps, vit_measures.measure((query, key), None, (16, 16), 224)[0]

    @cached_property
    def without_positions(self) -> Numbers:
        """(L, H, N, N): the run without its position table."""
        query, key = self._run("dinov2_vits14", ["q", "k"], positions=False)
        return np.stack([vit_attention.weights(q, k) for q, k in zip(query, key, strict=True)])
