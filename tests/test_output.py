"""What is published, where it may go, and that no failure, full disk or kill ever leaves half a site."""

import base64
import errno
import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explainer import output, swap
from explainer.config import SiteConfig
from explainer.errors import OutputError
from explainer.output import MARKER, PART, Outputs, parts

ROOT = Path(__file__).resolve().parents[1]


def site(word: str) -> Outputs:
    """A small site whose every file says which build it is of."""
    outputs = Outputs()
    outputs.add("index.html", f'<p id="top">{word}</p><a href="sub/page.html">page</a>'.encode())
    outputs.add("sub/page.html", f'{word} <a href="../index.html#top">up</a>'.encode())
    outputs.add("data/numbers.json", f'"{word}"'.encode(), twin=True)
    return outputs


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def config(tmp_path: Path, out: Path) -> SiteConfig:
    for name in ("photos", "content", "site_templates", "explainer", "tests"):
        (tmp_path / name).mkdir(exist_ok=True)
    return SiteConfig(tmp_path, out, tmp_path / "photos", tmp_path / "content", tmp_path / "cache")


def test_a_reference_states_size_and_sha256_of_what_is_published(tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(b"\x00\x01pixels")
    outputs = Outputs()
    ref = outputs.add("data/pixels.bin", source, twin=True)
    assert (ref.path, ref.bytes, ref.twin) == ("data/pixels.bin", 8, "data/pixels.bin.js")
    assert ref.sha256 == hashlib.sha256(b"\x00\x01pixels").hexdigest()
    assert outputs.refs["data/pixels.bin"] == ref
    outputs.write(tmp_path / "dist")
    assert (tmp_path / "dist/data/pixels.bin").read_bytes() == source.read_bytes()


def test_a_twin_hands_over_exactly_the_file(tmp_path: Path) -> None:
    outputs = site("new")
    outputs.write(tmp_path / "dist")
    twin = (tmp_path / "dist/data/numbers.json.js").read_text()
    start, end = 'explainerFile("data/numbers.json","', '");'
    assert twin.startswith(start)
    assert twin.endswith(end)
    assert base64.b64decode(twin[len(start) : -len(end)]) == b'"new"'


def test_a_large_files_twins_hand_it_over_part_by_part(tmp_path: Path) -> None:
    content = bytes(range(256)) * (2 * PART // 256) + b"the rest"
    (tmp_path / "source.bin").write_bytes(content)
    for number, source in enumerate([content, tmp_path / "source.bin"]):
        outputs = Outputs()
        ref = outputs.add_in_parts("models/large.bin", source)
        assert (ref.bytes, ref.twin, parts(ref.bytes)) == (len(content), None, 3)
        outputs.write(tmp_path / f"dist{number}")
        handed = b""
        for part in (1, 2, 3):
            twin = (tmp_path / f"dist{number}/models/large.bin.{part}.js").read_text()
            start, end = f'explainerFile("models/large.bin.{part}","', '");'
            assert twin.startswith(start) and twin.endswith(end)
            handed += base64.b64decode(twin[len(start) : -len(end)])
        assert handed == content
        assert len(names(tmp_path / f"dist{number}/models")) == 4


@pytest.mark.parametrize(
    "path",
    ["", "/a", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "C:/a", "a b", "ä", "a\n", "a.", "..", "a/.", "a?b"],
)
def test_a_path_that_leaves_the_site_is_refused(path: str) -> None:
    with pytest.raises(OutputError, match="not a safe path"):
        Outputs().add(path, b"")


@pytest.mark.parametrize(
    ("first", "second"),
    [("a.html", "a.html"), ("a.html", "A.html"), ("a", "a/b"), ("a/b", "a"), ("d.json", "d.json.js"), ("D/x", "d")],
)
def test_one_output_is_never_written_twice(first: str, second: str) -> None:
    outputs = Outputs()
    outputs.add(first, b"", twin=first == "d.json")
    with pytest.raises(OutputError, match="two outputs claim this path"):
        outputs.add(second, b"")


def test_a_build_replaces_the_whole_site(tmp_path: Path) -> None:
    out = tmp_path / "deep/dist"
    site("old").write(out)
    old = site("old")
    old.add("only-old.html", b"")
    old.write(out)
    site("new").write(out)
    assert sorted(tree(out)) == sorted([*site("new").paths()])
    assert (out / "index.html").read_bytes() == site("new").read("index.html")
    assert names(out.parent) == ["dist"]


def test_folders_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    site("new").write(tmp_path / "dist")
    assert (tmp_path / "dist/sub").stat().st_mode & 0o055 == (tmp_path / "dist").stat().st_mode & 0o055 == 0o055


def test_a_dead_link_stops_the_build_before_anything_is_written(tmp_path: Path) -> None:
    site("old").write(tmp_path / "dist")
    new = site("new")
    new.add("bad.html", b'<a href="nowhere.html">x</a>\n<a href="index.html#nowhere">y</a>')
    with pytest.raises(OutputError) as caught:
        new.write(tmp_path / "dist")
    assert len(caught.value.problems) == 2
    assert caught.value.problems[0].startswith("bad.html:1: `nowhere.html` ")
    assert b"old" in (tmp_path / "dist/index.html").read_bytes()


@pytest.mark.parametrize(
    "place",
    [
        *("/", "~", ".", "..", "photos", "photos/dist", "content", "site_templates/x", "explainer"),
        *("tests/dist", "cache", "cache/dist", ".git", "photos/../content/x"),
    ],
)
def test_an_output_that_would_destroy_something_is_refused(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "home/repo"
    root.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    out = Path(place).expanduser() if place.startswith(("/", "~")) else root / place
    with pytest.raises(OutputError, match="--out"):
        output.prepare(config(root, out))


def test_sources_outside_the_repository_are_protected_too(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    mine = tmp_path / "pictures/mine"
    mine.mkdir(parents=True)
    there = SiteConfig(root, tmp_path / "pictures", mine, root / "content", root / "cache")
    with pytest.raises(OutputError, match="holds"):
        output.prepare(there)


def test_a_link_to_a_protected_folder_is_seen_through(tmp_path: Path) -> None:
    made = config(tmp_path, tmp_path / "dist")
    (tmp_path / "dist").symlink_to(tmp_path / "photos")
    with pytest.raises(OutputError, match="must not replace"):
        output.prepare(made)


def test_somebodys_folder_is_refused_and_kept(tmp_path: Path) -> None:
    out = tmp_path / "documents"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="no build of this site made"):
        output.prepare(config(tmp_path, out))
    with pytest.raises(OutputError, match="no build of this site made"):
        site("new").write(out)
    assert (out / "thesis.txt").read_text() == "years of work"


def test_a_file_is_no_output_folder(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        output.prepare(config(tmp_path, tmp_path / "dist"))


def test_an_empty_or_earlier_output_is_accepted(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    out.mkdir()
    output.prepare(config(tmp_path, out))
    site("old").write(out)
    output.prepare(config(tmp_path, out))
    assert (out / MARKER).is_file()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        site("new").write(tmp_path / "file/dist")
    with pytest.raises(OutputError, match=r"/proc/.*dist.*cannot be written"):
        site("new").write(Path("/proc/dist"))


def test_a_full_disk_leaves_the_old_site_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    site("old").write(out)
    before = tree(out)
    write_bytes = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "numbers.json":
            write_bytes(path, content[:2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        site("new").write(out)
    assert tree(out) == before
    assert names(tmp_path) == ["dist"]


def test_a_really_full_disk(tmp_path: Path) -> None:
    """A limit of the operating system on what a process may write to a file stands for the disk's end."""

    def child() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        new = site("new")
        new.add("data/large.bin", b"x" * 5000)
        try:
            new.write(tmp_path / "dist")
        except OutputError:
            os._exit(1)

    site("old").write(tmp_path / "dist")
    before = tree(tmp_path / "dist")
    assert os.waitstatus_to_exitcode(run_and_wait(child)) == 1
    assert tree(tmp_path / "dist") == before
    assert names(tmp_path) == ["dist"]


def run_and_wait(child: object) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            child()  # type: ignore[operator]
        finally:
            os._exit(0)
    return os.waitpid(pid, 0)[1]


def kill_points(work: object) -> Iterator[int]:
    """Run `work` in child processes that are killed at their 1st, 2nd, ... file operation, until one lives."""
    for last in range(1, 1000):

        def child(last: int = last) -> None:
            seen = 0

            def count(event: str, _: object) -> None:
                nonlocal seen
                if event.split(".")[0] in ("open", "os", "shutil", "ctypes", "fcntl"):
                    seen += 1
                    if seen == last:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(count)
            work()  # type: ignore[operator]

        status = run_and_wait(child)
        yield last
        if not os.WIFSIGNALED(status):
            return
    raise AssertionError("the work never came to its end")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("one_step", [True, False])
def test_killed_at_any_moment_the_site_is_whole(
    one_step: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "dist"
    if not one_step:
        monkeypatch.setattr(swap, "exchange", lambda first, second: False)
    site("new").write(out)
    new = tree(out)
    site("old").write(out)
    old = tree(out)
    states = []
    for _ in kill_points(lambda: site("new").write(out)):
        if one_step:
            assert tree(out) in (old, new)  # before any recovery
        output.prepare(config(tmp_path, out))  # what the next build does first
        states.append(tree(out))
        assert states[-1] in (old, new)
        assert not [name for name in names(tmp_path) if name.startswith(".")]
        site("old").write(out)
    assert states[0] == old
    assert states[-1] == new
    assert len(states) > 20
    assert states == sorted(states, key=lambda state: state == new), "once the new site is there it stays"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_first_build_that_is_killed_leaves_no_half_site(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    for _ in kill_points(lambda: site("new").write(out)):
        assert not out.exists() or len(tree(out)) == len(site("new").paths())
        output.prepare(config(tmp_path, out))
        if out.exists():
            break
    assert len(tree(out)) == len(site("new").paths())


def test_an_interrupt_between_two_renames_brings_the_old_site_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "dist"
    site("old").write(out)
    before = tree(out)
    rename = Path.rename

    def interrupted(path: Path, target: Path) -> Path:
        if path.name.endswith("staging"):
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(swap, "exchange", lambda first, second: False)
    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        site("new").write(out)
    assert tree(out) == before
    assert names(tmp_path) == ["dist"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="renameat2 is Linux's")
def test_linux_swaps_two_folders_in_one_step(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("")
    assert swap.exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a/b").exists()
    assert (tmp_path / "b/a").exists()
