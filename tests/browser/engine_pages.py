"""Pages on which tests drive the engine: the site with a main script of the tests' own, over http or from a folder."""

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

from visits import QuietHandler

from explainer import assets

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "tests/browser/engine-page.js"


def copy_with_engine_page(site: Path, folder: Path, script: str = SCRIPT) -> Path:
    """The site, in `folder`, whose pages do nothing but offer the engine to `page.evaluate` (see SCRIPT)."""
    shutil.copytree(site, folder, copy_function=lambda source, target: Path(target).symlink_to(source))
    (main,) = folder.glob("assets/main.*.js")
    main.unlink()
    options = [option for option in assets.ESBUILD_OPTIONS if "-names=" not in option]
    done = assets._node([str(assets.ESBUILD), script, *options, f"--outfile={main}"], ROOT)
    assert done.returncode == 0, done.stderr
    return folder


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
