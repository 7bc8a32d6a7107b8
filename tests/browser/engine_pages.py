"""Pages on which tests drive the engine: the site with a main script of the tests' own, over http or from a folder."""

import base64
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from visits import QuietHandler

from explainer import assets, packing, preprocess

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "tests/browser/engine-page.js"

ONE_PHOTO = "coffee"
MOBILENET, DINO = "mobilenet_v2", "dinov2_vits14"
TOLERANCE = {MOBILENET: 2e-4, DINO: 2e-3}
"""Largest difference of any number from native ONNX Runtime's with the same file."""

START = """
async (photo) => {
  const { engine } = await window.live();
  const { files } = manifest.photos.find(({ id }) => id === photo);
  const { data } = await loader.pack(files.pixels);
  Object.assign(window, { engine, pixels: () => new Uint8Array(data), kept: {} });
}
"""
RUN = """
async ([model, options]) => {
  const result = await engine.run(model, pixels(), options);
  window.kept.result = result;
  const text = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let letters = "";
    for (let at = 0; at < bytes.length; at += 4096) letters += String.fromCharCode(...bytes.subarray(at, at + 4096));
    return btoa(letters);
  };
  return Object.fromEntries(Object.entries(result).filter(([, v]) => v.length).map(([name, v]) => [name, text(v)]));
}
"""
PREPARE = """
async (model) => {
  const told = [];
  await engine.prepare(model, { onProgress: (progress) => told.push(progress) });
  return told;
}
"""
FAILURE = "async (model) => engine.prepare(model).then(() => null, ({ name, message }) => [name, message])"


def copy_with_engine_page(site: Path, folder: Path, script: str = SCRIPT) -> Path:
    """The site, in `folder`, whose pages do nothing but offer the engine to `page.evaluate` (see SCRIPT)."""
    shutil.copytree(site, folder, copy_function=lambda source, target: Path(target).symlink_to(source))
    (main,) = folder.glob("assets/main.*.js")
    main.unlink()
    options = [option for option in assets.ESBUILD_OPTIONS if "-names=" not in option]
    done = assets._node([str(assets.ESBUILD), script, *options, f"--outfile={main}"], ROOT)
    assert done.returncode == 0, done.stderr
    page = folder / "404.html"
    # Firefox follows a link to where the page really is, and finds the site's own scripts beside it.
    content = page.read_bytes()
    page.unlink()
    page.write_bytes(content)
    return folder


def native(site: Path, model: str, photo: str, **constants: float) -> dict[str, npt.NDArray[np.float32]]:
    """The published file, with other constants, on the published pixels, by ONNX Runtime on this machine."""
    file = onnx.load(str(site / f"models/{model}.onnx"))
    for constant in file.graph.initializer:
        if constant.name in constants:
            constant.CopyFrom(onnx.numpy_helper.from_array(np.float32([constants.pop(constant.name)]), constant.name))
    assert not constants
    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    pixels = packing.unpack((site / f"data/photos/{photo}/pixels.bin").read_bytes())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"pixels": preprocess.to_input(pixels)}), strict=True))


def outputs(found: dict[str, str]) -> dict[str, npt.NDArray[np.float32]]:
    """What RUN gives -> each output, flat."""
    return {name: np.frombuffer(base64.b64decode(text), np.float32) for name, text in found.items()}


def spoil(link: Path, at: int) -> None:
    """Put another file in a link's place: one letter is another one."""
    content = bytearray(link.read_bytes())
    content[at] = ord("A") if content[at] != ord("A") else ord("B")
    link.unlink()
    link.write_bytes(content)


class Server:
    """A web server that answers ranges, counts what it is asked for, and fails when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        """Path and Range header of each request for something large."""
        self.cut: dict[str, int] = {}
        """Name of a file -> bytes after which its next answer breaks off."""
        self.address = ""


class Handler(QuietHandler):
    """Serves a folder; what the server is told to break off, it breaks off once."""

    def __init__(self, told: Server, *args: Any, **kwargs: Any) -> None:
        self.told = told
        super().__init__(*args, directory=str(told.folder), **kwargs)

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not file.is_file() or file.suffix not in {".deflate", ".xz"}:
            super().do_GET()
            return
        self.told.asked.append((file.name, self.headers.get("Range", "")))
        content = file.read_bytes()
        start = int(wanted[1]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = min(self.told.cut.pop(file.name, len(content)), len(content))
        # Who calls a download off hangs up.
        with suppress(ConnectionError):
            self.wfile.write(content[start:end])
        if end < len(content):
            self.wfile.flush()
            # A browser forgets what it has not read yet when the connection breaks.
            time.sleep(1)
            self.close_connection = True
            self.connection.close()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    told = Server(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, told)) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        told.address = f"http://127.0.0.1:{server.server_port}/"
        yield told
        server.shutdown()
