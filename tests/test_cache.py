"""Results are computed once, found again only if every byte still holds, and shared by builds that run together."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from explainer import cache as cache_module
from explainer.cache import Cache, fingerprint
from explainer.errors import OutputError

ROOT = Path(__file__).resolve().parents[1]
KEY = {"photo": "abc", "size": 224}


class Counted:
    """A computation that counts its runs."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents
        self.runs = 0

    def __call__(self) -> dict[str, bytes]:
        self.runs += 1
        return self.contents


def read(files: dict[str, Path]) -> dict[str, bytes]:
    return {name: file.read_bytes() for name, file in files.items()}


def test_computed_once_and_found_again_in_order(tmp_path: Path) -> None:
    compute = Counted(second=b"2", first=b"1", empty=b"")
    first = Cache(tmp_path)
    assert read(first.files("kind", KEY, compute)) == compute.contents
    later = Cache(tmp_path)
    found = later.files("kind", dict(reversed(KEY.items())), compute)  # A key's order says nothing.
    assert list(found) == ["second", "first", "empty"]
    assert read(found) == compute.contents
    assert compute.runs == 1
    assert (first.hits, first.misses, later.hits, later.misses) == (0, 1, 1, 0)


@pytest.mark.parametrize(("kind", "key"), [("other", KEY), ("kind", KEY | {"size": 225}), ("kind", {})])
def test_another_kind_or_key_is_another_result(tmp_path: Path, kind: str, key: dict[str, object]) -> None:
    cache = Cache(tmp_path)
    cache.files("kind", KEY, Counted(a=b"old"))
    assert read(cache.files(kind, key, Counted(a=b"new"))) == {"a": b"new"}
    assert read(cache.files("kind", KEY, Counted(a=b"never"))) == {"a": b"old"}


def only(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


DAMAGE: dict[str, Callable[[Path], object]] = {
    "one bit": lambda cache: only(cache / "objects").write_bytes(b"conteNt"),
    "cut short": lambda cache: only(cache / "objects").write_bytes(b"con"),
    "emptied": lambda cache: only(cache / "objects").write_bytes(b""),
    "object gone": lambda cache: only(cache / "objects").unlink(),
    "entry gone": lambda cache: only(cache / "entries").unlink(),
    "entry emptied": lambda cache: only(cache / "entries").write_bytes(b""),
    "entry not JSON": lambda cache: only(cache / "entries").write_bytes(b"{'a'"),
    "entry of another shape": lambda cache: only(cache / "entries").write_bytes(b"[1, 2]"),
    "entry that leaves the folder": lambda cache: only(cache / "entries").write_bytes(b'{"a": "../../secret"}'),
    "entry of numbers": lambda cache: only(cache / "entries").write_bytes(b'{"a": 7}'),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_entry_is_computed_again(tmp_path: Path, kind: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "cache"
    compute = Counted(a=b"content")
    Cache(folder).files("kind", KEY, compute)
    DAMAGE[kind](folder)
    assert read(Cache(folder).files("kind", KEY, compute)) == {"a": b"content"}
    assert compute.runs == 2
    Cache(folder).files("kind", KEY, compute)
    assert compute.runs == 2  # And mended.


def test_a_failed_computation_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> dict[str, bytes]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        Cache(tmp_path).files("kind", KEY, fail)
    assert not any(file.is_file() for file in tmp_path.rglob("*"))


def test_a_full_disk_is_one_line_and_leaves_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OutputError, match=r"No space left on device.*--cache-dir"):
            cache.files("kind", KEY, Counted(a=b"1"))
    assert not any(file.is_file() for file in tmp_path.rglob("*"))
    assert read(cache.files("kind", KEY, Counted(a=b"1"))) == {"a": b"1"}


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be used as the cache"):
        Cache(tmp_path / "file")


def test_fresh_computes_again_and_keeps_what_others_read(tmp_path: Path) -> None:
    old = Cache(tmp_path).files("kind", KEY, Counted(a=b"old"))
    new = Cache(tmp_path, fresh=True).files("kind", KEY, Counted(a=b"new"))
    assert (read(old), read(new)) == ({"a": b"old"}, {"a": b"new"})
    assert read(Cache(tmp_path).files("kind", KEY, Counted(a=b"never"))) == {"a": b"new"}


def test_what_a_killed_build_left_is_removed_after_a_day(tmp_path: Path) -> None:
    Cache(tmp_path)
    old, young = tmp_path / "writing" / "old", tmp_path / "writing" / "young"
    for file in (old, young):
        file.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    Cache(tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


WRITER = """
import sys
from pathlib import Path
from explainer.cache import Cache
for number in range(60):
    expected = {"a": bytes([number]) * 40_000, "b": b"shared" * 5_000}
    cache = Cache(Path(sys.argv[1]), fresh=number % 3 == 0)
    files = cache.files("kind", {"number": number}, lambda: expected)
    assert {name: file.read_bytes() for name, file in files.items()} == expected, number
"""


def test_builds_that_run_at_the_same_time_share_a_cache(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    failures = [error for process in running if (error := process.communicate()[1])]
    assert not failures
    assert not list((tmp_path / "writing").iterdir())
    assert len(list((tmp_path / "entries").iterdir())) == 60


def test_a_fingerprint_covers_what_a_module_imports() -> None:
    found = fingerprint(["preprocess"], ["pillow"])
    assert {"preprocess", "photos", "decode", "errors", "pillow"} == set(found)
    assert found["pillow"].count(".") == 2


def test_a_fingerprint_follows_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "explainer"
    package.mkdir()
    (package / "a.py").write_text("from explainer import b\nimport explainer.c\n")
    (package / "b.py").write_text("from explainer.a import x\nimport os\n")  # A circle must end, too.
    (package / "c.py").write_text("")
    monkeypatch.setattr(cache_module, "_PACKAGE", package)
    cache_module._source.cache_clear()
    before = fingerprint(["a"])
    assert list(before) == ["a", "b", "c"]
    (package / "c.py").write_text("# changed\n")
    cache_module._source.cache_clear()
    after = fingerprint(["a"])
    cache_module._source.cache_clear()
    assert {name for name in before if before[name] != after[name]} == {"c"}


def test_a_fingerprint_imports_nothing() -> None:
    script = "import sys; from explainer.cache import fingerprint; fingerprint(['mobilenet'], ['torch'])"
    check = f"{script}; assert not {{'torch', 'numpy', 'PIL'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
