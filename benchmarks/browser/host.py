"""A web server as static hosts are: text and WebAssembly gzipped, everything else as it is."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GZIPPED = (".html", ".js", ".css", ".json", ".svg", ".wasm")


@lru_cache(maxsize=64)
def compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, isolated: bool, **options: Any) -> None:
        self.isolated = isolated
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.send_error(404)
            return
        packed = file.suffix in GZIPPED
        content = compressed(file) if packed else file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(content)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        if self.isolated:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def hosted(root: Path, isolated: bool = False) -> Iterator[str]:
    """A folder on a free port of this machine; `isolated`: from other origins, so that threads are allowed."""
    handler = partial(Handler, directory=str(root), isolated=isolated)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
