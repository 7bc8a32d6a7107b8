"""A static host that can be switched while pages are open: another deploy, no network, a connection that breaks."""

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SUB_PATH = "/some%20where/site/"


class Host:
    """What the server does now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """The deploy that is being served."""
        self.down = False
        """Every connection breaks before a byte of the answer."""
        self.missing: set[str] = set()
        """Paths that are not there (yet)."""
        self.cut: set[str] = set()
        """Paths whose connection breaks in the middle of the file."""
        self.headers: dict[str, str] = {}
        """With every answer."""
        self.asked: list[str] = []
        """Paths that were asked for, in order."""
        self.address = ""
        """Of the site's root."""


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, host: Host, *args: Any) -> None:
        self.host = host
        super().__init__(*args)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        root = unquote(SUB_PATH)
        name = path.removeprefix(root) or "index.html"
        self.host.asked.append(name)
        if self.host.down:
            self.close_connection = True
            return
        file = self.host.folder / name
        if not path.startswith(root) or name in self.host.missing or not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(name))
        self.send_header("Content-Length", str(len(content)))
        for header, value in self.host.headers.items():
            self.send_header(header, value)
        self.end_headers()
        if name in self.host.cut:
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    """A host on a free port of this machine, the site not at its root."""
    host = Host(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, host)) as server:
        server.daemon_threads = True
        host.address = f"http://127.0.0.1:{server.server_port}{SUB_PATH}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield host
        server.shutdown()


def copied(site: Path, folder: Path) -> Path:
    """The site as it is served over http: without the scripts that hand files over to a folder's pages."""
    twins = shutil.ignore_patterns("*.bin.js", "*.json.js", "*.[0-9].js", "*.[0-9][0-9].js")
    shutil.copytree(site, folder, copy_function=os.link, ignore=twins)
    return folder


def listed(folder: Path) -> dict[str, Any]:
    """A site's list, as its service worker has it."""
    found = re.match(r'"use strict";self\.explainerSite=(\{.*?\});\n', (folder / "sw.js").read_text(encoding="utf-8"))
    assert found
    groups: dict[str, Any] = json.loads(found[1])
    return groups


def entry(path: str, content: bytes) -> str:
    """A file in a page's manifest."""
    return f'"path":"{path}","bytes":{len(content)},"version":"{version(content)}"'


def version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]


def rebuild(folder: Path, changes: Mapping[str, bytes]) -> None:
    """Files with other content: pages name their new versions, and the list is that of the new build."""
    pages = {page: page.read_text(encoding="utf-8") for page in folder.glob("*.html")}
    for path, content in changes.items():
        old = (folder / path).read_bytes()
        replace(folder / path, content)
        if path.endswith(".html"):
            pages[folder / path] = content.decode()
            continue
        for page, html in pages.items():
            html = html.replace(entry(path, old), entry(path, content))
            pages[page] = html.replace(f"{path}?v={version(old)}", f"{path}?v={version(content)}")
    for page, html in pages.items():
        replace(page, html.encode())
    script = (folder / "sw.js").read_bytes()
    groups = {
        name: {path: [(folder / path).stat().st_size, version((folder / path).read_bytes())] for path in group}
        for name, group in listed(folder).items()
        if name != "id"
    }
    groups = {"id": version(json.dumps(groups).encode()), **groups}
    code = script[script.index(b"\n") :]
    replace(folder / "sw.js", b'"use strict";self.explainerSite=' + json.dumps(groups).encode() + b";" + code)


def replace(file: Path, content: bytes) -> None:
    """Another file under this name: what is linked to the old one keeps its content."""
    file.unlink()
    file.write_bytes(content)
