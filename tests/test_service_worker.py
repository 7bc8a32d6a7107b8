"""The service worker's list: every file of the build, by length and version, and the same from the same files."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from explainer import links, service_worker
from explainer.manifest import FileRef
from explainer.output import MARKER

TWIN = re.compile(r"(.+?)(\.\d+)?\.js")
"""`<path>.js` or, for a part, `<path>.<n>.js`."""


def ref(path: str, content: bytes = b"x") -> FileRef:
    return FileRef(path, len(content), hashlib.sha256(content).hexdigest())


def listed(script: bytes) -> dict[str, Any]:
    found = re.match(rb'"use strict";self\.explainerSite=(\{.*\});\n', script)
    assert found
    value: dict[str, Any] = json.loads(found[1])
    return value


@pytest.fixture(scope="module")
def groups(site: Path) -> dict[str, Any]:
    return listed((site / "sw.js").read_bytes())


def test_each_file_is_in_one_group_by_length_and_version() -> None:
    refs = {path: ref(path, path.encode()) for path in ("index.html", "a.woff2", "b.js", "c.bin", "d.onnx", MARKER)}
    found = service_worker.site_list(refs, {"b.js": "shell", "d.onnx": "downloads"})
    assert {group: list(files) for group, files in found.items() if group != "id"} == {
        "shell": ["a.woff2", "b.js", "index.html"],
        "files": ["c.bin"],
        "live": [],
        "downloads": ["d.onnx"],
    }
    assert found["files"]["c.bin"] == [5, hashlib.sha256(b"c.bin").hexdigest()[:8]]


def test_the_id_tells_builds_apart_and_nothing_else() -> None:
    one = {path: ref(path) for path in ("a", "b")}
    other = {path: one[path] for path in ("b", "a")}
    changed = one | {"b": ref("b", b"y")}
    ids = [service_worker.site_list(refs, {})["id"] for refs in (one, other, changed, {"a": one["a"]})]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_every_file_of_the_site_is_listed_or_is_asked_for_from_a_folder_only(
    site: Path, groups: dict[str, Any]
) -> None:
    files = {path: entry for group, entries in groups.items() if group != "id" for path, entry in entries.items()}
    assert len(files) == sum(len(entries) for group, entries in groups.items() if group != "id")
    unlisted = []
    for file in site.rglob("*"):
        path = file.relative_to(site).as_posix()
        if not file.is_file():
            continue
        if path in files:
            content = file.read_bytes()
            assert files.pop(path) == [len(content), hashlib.sha256(content).hexdigest()[:8]], path
        else:
            unlisted.append(path)
    assert files == {}
    assert {MARKER, "sw.js"} <= set(unlisted)
    published = {path for group in ("files", "live") for path in groups[group]}
    for path in set(unlisted) - {MARKER, "sw.js"}:
        twin = TWIN.fullmatch(path)
        assert twin and twin[1] in published, path


def test_what_a_page_loads_is_kept_and_what_it_only_links_to_is_left_out(site: Path, groups: dict[str, Any]) -> None:
    manifest = json.loads((site / "data/manifest.json").read_text(encoding="utf-8"))
    assert set(groups["downloads"]) == {model["onnx"]["path"] for model in manifest["models"] if model["onnx"]}
    live = {manifest["live"]["runtime"]["file"]["path"]}
    live |= {model["file"]["path"] for model in manifest["live"]["models"].values()}
    assert live < set(groups["live"]) and len(groups["live"]) == len(live) + 1
    assert {path for path in groups["shell"] if path.endswith(".html")} == {page.name for page in site.glob("*.html")}
    kept = set(groups["shell"]) | set(groups["files"])
    for page in site.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert links.check({page.name: re.sub(r"<a .*?>", "<a>", html)}, kept) == []
        [script] = re.findall(r'data-offline="([^"]+)"', html)
        assert script in groups["shell"]
    [style] = site.glob("assets/site.*.css")
    assert links.check({f"assets/{style.name}": style.read_text(encoding="utf-8")}, groups["shell"]) == []
