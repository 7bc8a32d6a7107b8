"""`--serve`: the site over http on this machine only, built again whenever a source changes."""

import threading
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from explainer.errors import OutputError


class _Handler(SimpleHTTPRequestHandler):
    """Files as a plain static host would give them: no folder listings, the site's own 404 page, nothing kept."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".avif": "image/avif",
        ".bin": "application/octet-stream",
        ".js": "text/javascript",
        ".onnx": "application/octet-stream",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        # The same address holds another build a moment later.
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are no news; failed builds are."""


def listen(out: Path, port: int) -> ThreadingHTTPServer:
    """A server for the folder on 127.0.0.1; port 0 takes any free one. Raises OutputError when the port is taken."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(out)))
    except (OSError, OverflowError) as error:
        raise OutputError(f"port {port}: cannot be served on ({error}); choose another, as in --serve 8080") from error


def serve(
    out: Path,
    sources: Iterable[Path],
    port: int,
    rebuild: Callable[[], None],
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Build, serve, and build again on each change of a source, until `stop` is set or Ctrl-C is pressed.

    `rebuild` reports its own failures and never raises them: the last good build stays in its place.
    """
    from watchfiles import watch  # here, as a plain build needs no watcher

    server = listen(out, port)
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rebuild()
        say(f"Serving http://127.0.0.1:{server.server_port}/ and watching for changes; Ctrl-C stops.")
        for _ in watch(*sources, stop_event=stop, raise_interrupt=True):
            rebuild()
        server.shutdown()
