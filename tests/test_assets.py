"""Bundling with the real esbuild; installing with a stand-in for npm, which needs a network that tests must not."""

import hashlib
import json
import lzma
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from explainer import assets
from explainer.errors import ToolError
from explainer.manifest import FileRef, LiveFile, LiveScripts

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository of a few files with the real esbuild."""
    assets.install(ROOT)
    files = {
        "package.json": "{}",
        "package-lock.json": "{}",
        "site_templates/js/main.js": 'import { word } from "./word.js";\ndocument.title = word;',
        "site_templates/js/word.js": 'export const word = "hello";\nexport const unused = "never";',
        "site_templates/js/figures.js": 'import { word } from "./word.js"; globalThis.figures = word;',
        "site_templates/js/live/live.js": 'import "../../css/live.css"; import { say } from "./say.js"; say();',
        "site_templates/js/live/say.js": 'import { word } from "../word.js"; export const say = () => alert(word);',
        "site_templates/js/live/worker.js": "self.onmessage = null;",
        "site_templates/js/offline/offline.js": "document.title = 3;",
        "site_templates/js/service-worker/service-worker.js": "document.title = 4;",
        "site_templates/css/live.css": "b { color: #0000ff; }",
        "site_templates/css/site.css": '@import "./a.css"; @import "./font.css";',
        "site_templates/css/a.css": "/* a comment */ a { color: #ff0000; }",
        "site_templates/css/font.css": '@font-face { font-family: M; src: url("../fonts/math.woff2"); }',
        "site_templates/favicon.svg": "<svg/>",
        "site_templates/fonts/math.woff2": "the font",
        "site_templates/fonts/math-LICENSE.txt": "the font's licence",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


@pytest.fixture(autouse=True)
def no_install(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The small repository borrows node_modules, so its own lock file must not trigger an install."""
    if "small" in request.fixturenames:
        request.getfixturevalue("small")
        monkeypatch.setattr(assets, "install", lambda root: None)


def named(files: dict[str, bytes], pattern: str) -> tuple[str, bytes]:
    (found,) = [(name, content) for name, content in files.items() if re.fullmatch(pattern, name)]
    return found


def test_scripts_become_one_classic_script(small: Path) -> None:
    name, content = named(assets.published(assets.bundle(small)), r"main\.[0-9a-f]{10}\.js")
    assert name == f"main.{hashlib.sha256(content).hexdigest()[:10]}.js"
    assert b"hello" in content
    assert b"never" not in content
    assert b"import" not in content
    assert content.lstrip(b'"use strict";').startswith(b"(()=>")


def test_figures_the_live_part_and_its_worker_are_scripts_of_their_own(small: Path) -> None:
    files = assets.published(assets.bundle(small))
    for name, word in (
        (r"figures\.\w{10}\.js", b"hello"),
        (r"live\.\w{10}\.js", b"hello"),
        (r"worker\.\w{10}\.js", b"onmessage"),
        (r"live\.\w{10}\.css", b"b{"),
    ):
        assert word in named(files, name)[1]


def test_the_runtime_is_the_packages_own_and_inflates_to_itself() -> None:
    found = assets.runtime(ROOT)
    assert lzma.decompress(found.stream) == found.content == (ROOT / assets.RUNTIME).read_bytes()
    assert found.content.startswith(b"\0asm")


def test_styles_become_one_file_that_finds_its_hashed_fonts(small: Path) -> None:
    files = assets.published(assets.bundle(small))
    _, content = named(files, r"site\.[0-9a-f]{10}\.css")
    assert b"@import" not in content
    assert b"comment" not in content
    font = re.search(r'url\("?\./(fonts/math\.\w+\.woff2)"?\)', content.decode())
    assert font
    assert files[font[1]] == b"the font"


def test_licences_travel_with_the_fonts_and_the_icon_is_there(small: Path) -> None:
    files = assets.published(assets.bundle(small))
    assert files["favicon.svg"] == b"<svg/>"
    assert files["fonts/math-LICENSE.txt"] == b"the font's licence"
    assert b"Open Font License" in files["fonts/source-serif-4-LICENSE.txt"]


def test_the_same_sources_give_the_same_bytes_anywhere(small: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("another place") / "repo"
    shutil.copytree(small, elsewhere, symlinks=True)
    assert assets.bundle(small) == assets.bundle(elsewhere)


def test_inputs_name_every_source_and_change_with_it(small: Path) -> None:
    before = assets.inputs(small)
    assert "site_templates/js/word.js" in before
    assert "site_templates/fonts/math.woff2" in before
    assert "package-lock.json" in before
    (small / "site_templates/css/a.css").write_text("a { color: blue; }")
    after = assets.inputs(small)
    assert {name for name in before if before[name] != after[name]} == {"site_templates/css/a.css"}


def test_a_file_of_the_page_has_its_hash_in_its_name_and_can_lose_it() -> None:
    assert assets.plain(assets.hashed("worker.js", b"1")) == "worker.js" != assets.hashed("worker.js", b"1")
    assert assets.plain("fonts/source-serif-4-LICENSE.txt") == "fonts/source-serif-4-LICENSE.txt"


def test_another_font_has_another_name_in_another_stylesheet(small: Path) -> None:
    built = assets.bundle(small)
    one, other = assets.published(built), assets.published(built | {"fonts/math.woff2": b"a smaller font"})
    assert [name for name in one if name not in other] == [named(one, r"fonts/.*2")[0], named(one, r"site\..*")[0]]
    assert named(other, r"fonts/math\.\w{10}\.woff2")[0].encode() in named(other, r"site\..*")[1]


def test_describe_finds_the_entry_points() -> None:
    worker = LiveFile(FileRef("assets/worker.0123456789.js", 1, "a" * 64), "a" * 64, 1, "none", 1)
    named = ("main.0123456789.js", "figures.3333333333.js", "site.abcdef0123.css", "offline.2222222222.js")
    live = "live.1111111111.js"
    names = ["fonts/math.AAAA.woff2", "favicon.svg", *named, live]
    linked = [f"assets/{name}" for name in named]
    scripts = LiveScripts(f"assets/{live}", None, worker)
    assert assets.describe(names, worker, b"code") == assets.Assets(*linked, scripts, b"code")
    style = "live.2222222222.css"
    found = assets.describe([*names, style], worker, b"")
    assert found.live == LiveScripts(f"assets/{live}", f"assets/{style}", worker)


def test_each_mistake_in_the_sources_is_a_line_with_its_place(small: Path) -> None:
    (small / "site_templates/js/word.js").write_text("export const word = ;")
    (small / "site_templates/css/site.css").write_text('@import "./gone.css";')
    with pytest.raises(ToolError) as caught:
        assets.bundle(small)
    places = sorted(problem.split(": ")[0] for problem in caught.value.problems)
    assert places == ["site_templates/css/site.css:1:8", "site_templates/js/word.js:1:20"]


class FakeNpm:
    """Stands for npm: remembers its calls, and gives the answer it was told to give."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: int = 0, stderr: str = "") -> None:
        self.calls: list[list[str]] = []
        self.status, self.stderr = status, stderr
        monkeypatch.setattr(assets, "_npm", self)

    def __call__(self, arguments: list[str], root: Path) -> Any:
        self.calls.append(arguments)
        (root / "node_modules").mkdir(exist_ok=True)
        return subprocess.CompletedProcess(arguments, self.status, "", self.stderr)


def test_packages_are_installed_once_for_each_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = FakeNpm(monkeypatch)
    (tmp_path / "package-lock.json").write_text("one")
    assets.install(tmp_path)
    assets.install(tmp_path)
    assert len(npm.calls) == 1
    assert npm.calls[0][:2] == ["ci", "--ignore-scripts"]
    (tmp_path / "package-lock.json").write_text("two")
    assets.install(tmp_path)
    assert len(npm.calls) == 2


def test_a_borrowed_folder_of_packages_is_left_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeNpm(monkeypatch)
    lender, borrower = tmp_path / "lender", tmp_path / "borrower"
    for folder in (lender, borrower):
        folder.mkdir()
        (folder / "package-lock.json").write_text(folder.name)
    assets.install(lender)
    (borrower / "node_modules").symlink_to(lender / "node_modules")
    assets.install(borrower)
    assert not (borrower / "node_modules").is_symlink()
    assert (lender / assets.STAMP).read_text() == hashlib.sha256(b"lender").hexdigest()


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("npm error code EAI_AGAIN\nnpm error request to https://registry failed", "connect to the network"),
        ("npm error code EUSAGE\nnpm error\nnpm error lock file is out of step\n", "lock file is out of step"),
        ("", "no reason given"),
    ],
)
def test_a_failed_install_is_explained_and_tried_again(
    stderr: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = FakeNpm(monkeypatch, 1, stderr)
    (tmp_path / "package-lock.json").write_text("one")
    for _ in range(2):
        with pytest.raises(ToolError, match=told) as caught:
            assets.install(tmp_path)
        assert len(caught.value.problems) == 1
    assert len(npm.calls) == 2


def test_the_real_npm_explains_a_machine_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"esbuild": "0.0.1"}},
            "node_modules/esbuild": {"version": "0.0.1", "integrity": "sha512-" + "A" * 86 + "=="},
        },
    }
    (tmp_path / "package.json").write_text('{"dependencies": {"esbuild": "0.0.1"}}')
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")  # the discard port: nobody answers
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    with pytest.raises(ToolError, match="connect to the network"):
        assets.install(tmp_path)
