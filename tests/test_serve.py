"""`--serve`: the last good build over http, on this machine only, renewed when a source changes."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest

from explainer import serve
from explainer.errors import OutputError


@contextmanager
def served(out: Path) -> Iterator[str]:
    server = serve.listen(out, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def get(address: str) -> HTTPResponse:
    response: HTTPResponse = urllib.request.urlopen(address, timeout=5)
    return response


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    for name in ("index.html", "assets/a.avif", "assets/f.woff2", "assets/main.js", "model.onnx", "x.json"):
        (folder / name).write_bytes(name.encode())
    (folder / "404.html").write_text("<h1>Nothing here</h1>")
    return folder


def test_files_come_with_their_types_and_are_not_kept(out: Path) -> None:
    types = {
        "": "text/html",
        "assets/a.avif": "image/avif",
        "assets/f.woff2": "font/woff2",
        "assets/main.js": "text/javascript",
        "model.onnx": "application/octet-stream",
        "x.json?v=12": "application/json",
    }
    with served(out) as address:
        for path, kind in types.items():
            response = get(address + path)
            assert response.headers.get_content_type() == kind
            assert response.headers["Cache-Control"] == "no-store"
        assert get(address).read() == b"index.html"


def test_a_missing_page_is_the_sites_own_and_folders_are_not_listed(out: Path) -> None:
    with served(out) as address:
        for path in ("nowhere.html", "assets/", "../dist.txt"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                get(address + path)
            assert caught.value.code == 404
            assert caught.value.read() == b"<h1>Nothing here</h1>"


def test_a_new_site_in_the_old_ones_place_is_served_at_once(out: Path) -> None:
    with served(out) as address:
        assert get(address).read() == b"index.html"
        out.rename(out.with_name("old"))
        out.mkdir()
        (out / "index.html").write_text("new")
        assert get(address).read() == b"new"


def test_a_taken_port_is_a_plain_problem(out: Path) -> None:
    server = serve.listen(out, 0)
    with server, pytest.raises(OutputError, match=f"port {server.server_port}: cannot be served on"):
        serve.listen(out, server.server_port)
    with pytest.raises(OutputError, match="port 99999"):
        serve.listen(out, 99999)


def test_a_change_builds_again(out: Path, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    chapter = content / "01-a.md"
    chapter.write_text("one")
    stop = threading.Event()
    built: list[str] = []
    said: list[str] = []
    again = threading.Event()
    first = threading.Event()

    def rebuild() -> None:
        built.append(chapter.read_text())
        (out / "index.html").write_text(built[-1])
        (again if len(built) > 1 else first).set()

    def say(line: str) -> None:
        said.append(line)

    thread = threading.Thread(target=serve.serve, args=(out, [content], 0, rebuild, say, stop))
    thread.start()
    try:
        assert first.wait(10)
        for attempt in range(40):  # the watcher needs a moment before it sees changes
            chapter.write_text(f"two {attempt}")
            if again.wait(0.25):
                break
        address = said[0].split()[1]
        assert address.startswith("http://127.0.0.1:")
        assert get(address).read().startswith(b"two")
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert built[0] == "one"
