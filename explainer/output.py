"""The site's files: each added once, all checked, then swapped in as a whole.

add() add() ... -> link check -> .dist.staging/ beside dist/ -> one exchange of names -> the old site removed

A build that fails or is killed at any moment leaves `dist/` as it was, or as it was to become: never a mixture. What a
dead build left behind is removed by the next one.
"""

import base64
import errno
import hashlib
import math
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from explainer import links, locks, swap
from explainer.config import SiteConfig
from explainer.errors import OutputError
from explainer.manifest import FileRef

MARKER = ".explainer-site"
"""Tells a folder that a build may replace from one that is somebody's."""
MARKER_TEXT = b"Built by build.py, which replaces this folder. Never edit it.\n"
SEGMENT = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-]")
"""One part of a published path: the same on every file system and in every URL, and never `.` or `..`."""
PART = 2**20
"""Bytes of a file that one of its numbered twins holds: the page shows progress, and no part keeps it busy."""
SOURCES = (
    *("photos", "content", "site_templates", "explainer", "tests", "benchmarks", "node_modules"),
    *(".git", ".ci", ".github"),
)
"""Folders of the repository that are nobody's output."""


class Outputs:
    """What will be published: path -> bytes, or a file to copy (so that many photos need little memory)."""

    def __init__(self) -> None:
        self._content: dict[str, bytes | Path] = {}
        self._taken: dict[str, str] = {}
        self._refs: dict[str, FileRef] = {}
        self._twins: dict[str, tuple[str, int, int | None]] = {}
        self.add(MARKER, MARKER_TEXT)

    @property
    def refs(self) -> Mapping[str, FileRef]:
        """Everything added so far, by path."""
        return self._refs

    def add(self, path: str, content: bytes | Path, twin: bool = False) -> FileRef:
        """Publish content at a path relative to the site's root.

        `twin` adds `<path>.js`, which hands the file to pages opened from a folder. Raises OutputError when the path
        leaves the site, or something is there already.
        """
        self._claim(path)
        self._content[path] = content
        twin_path = None
        if twin:
            twin_path = f"{path}.js"
            self._claim(twin_path)
            self._twins[twin_path] = (path, 0, None)
        size, sha256 = _measure(content)
        self._refs[path] = FileRef(path, size, sha256, twin_path)
        return self._refs[path]

    def add_in_parts(self, path: str, content: bytes | Path) -> FileRef:
        """Publish a large file with several twins, `<path>.1.js` and so on, which hold PART bytes each."""
        ref = self.add(path, content)
        for index in range(parts(ref.bytes)):
            twin_path = f"{path}.{index + 1}.js"
            self._claim(twin_path)
            self._twins[twin_path] = (path, index * PART, (index + 1) * PART)
        return ref

    def read(self, path: str) -> bytes:
        """The content at a path, as `write` will put it there. A twin is made anew each time, never kept."""
        if path in self._twins:
            source, start, end = self._twins[path]
            return twin_script(path.removesuffix(".js"), self._read(source, start, end))
        return self._read(path, 0, None)

    def paths(self) -> list[str]:
        """Everything that will be published, in the order of names."""
        return sorted((*self._content, *self._twins))

    def check_links(self) -> None:
        """Every address in every page and stylesheet leads to an output and, with a fragment, to an id in it.

        Raises OutputError with one line for each dead link.
        """
        readable = {path: self.read(path).decode() for path in self._content if path.endswith((".html", ".css"))}
        problems = links.check(readable, self.paths())
        if problems:
            raise OutputError(problems)

    def write(self, out: Path) -> None:
        """Check the links, write beside `out`, then put the new site in its place in one step.

        Raises OutputError; whatever was at `out` is then still there, whole.
        """
        self.check_links()
        out = out.resolve()
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with locks.held(out.parent):
                swap.recover(out)
                _refuse_foreign(out)
                staging = swap.staging(out)
                try:
                    self._write_into(staging)
                    swap.put_in_place(staging, out)
                finally:
                    shutil.rmtree(staging, ignore_errors=True)
        except OSError as error:
            raise OutputError(_explain(error, out)) from error

    def _read(self, path: str, start: int, end: int | None) -> bytes:
        content = self._content[path]
        if isinstance(content, bytes):
            return content[start:end]
        with content.open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)

    def _claim(self, path: str) -> None:
        parts = path.split("/")
        if not all(SEGMENT.fullmatch(part) for part in parts):
            raise OutputError(f"{path!r}: not a safe path on the site; use letters, digits, `-`, `_`, `.` and `/`")
        # Some file systems don't tell A from a, and no file can be where a folder is.
        for depth in range(1, len(parts) + 1):
            prefix = "/".join(parts[:depth])
            is_file = depth == len(parts)
            other = self._taken.get(prefix.lower())
            if other is None:
                self._taken[prefix.lower()] = prefix if is_file else f"{prefix}/"
            elif is_file or not other.endswith("/"):
                raise OutputError(f"{path}: two outputs claim this path (the other is {other}); rename one of them")

    def _write_into(self, folder: Path) -> None:
        for path in self.paths():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            content = self._content.get(path)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_bytes(self.read(path))


def parts(size: int) -> int:
    """Bytes of a file -> the number of its twins, where they hold a part each."""
    return math.ceil(size / PART)


def twin_script(path: str, content: bytes) -> bytes:
    """A file as a classic script: `file://` pages can't fetch, but can add a `<script>` that hands the bytes over."""
    return b'explainerFile("' + path.encode() + b'","' + base64.b64encode(content) + b'");'


def prepare(config: SiteConfig) -> None:
    """Before any long work: refuse an output folder that must not be replaced, and mend what a dead build left there.

    Raises OutputError.
    """
    out = config.out.resolve()
    _refuse_unsafe(out, config)
    try:
        if out.parent.is_dir():
            with locks.held(out.parent):
                swap.recover(out)
        _refuse_foreign(out)
    except OSError as error:
        raise OutputError(_explain(error, out)) from error


def _refuse_unsafe(out: Path, config: SiteConfig) -> None:
    remedy = "choose another folder with --out"
    home = Path.home().resolve()
    if out == Path(out.anchor) or home.is_relative_to(out):
        raise OutputError(f"{out}: the build replaces its output folder, and this one holds more than a site; {remedy}")
    kept: Iterable[Path | None] = (
        *(config.root / name for name in SOURCES), config.photos, config.content, config.cache_dir, config.weights_dir,
    )  # fmt: skip
    for source in (folder.resolve() for folder in kept if folder is not None):
        if out.is_relative_to(source):
            raise OutputError(f"{out}: is {_place(out, source)}, which the build reads and must not replace; {remedy}")
        if source.is_relative_to(out):
            raise OutputError(f"{out}: holds {source}, which the build reads and must not replace; {remedy}")


def _place(out: Path, source: Path) -> str:
    return f"the folder {source}" if out == source else f"inside {source}"


def _refuse_foreign(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out}: is a file; choose a folder with --out")
    if not (out / MARKER).is_file() and any(out.iterdir()):
        raise OutputError(f"{out}: holds files that no build of this site made; empty it, or choose another with --out")


def _measure(content: bytes | Path) -> tuple[int, str]:
    if isinstance(content, bytes):
        return len(content), hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _explain(error: OSError, out: Path) -> str:
    kept = "the site that was there is untouched"
    place = error.filename or out
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{out}: the disk is full; free some space and build again ({kept})"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{place}: cannot be written ({error.strerror}); change its permissions, or choose another with --out"
    if error.errno in (errno.EBUSY, errno.EXDEV):
        return f"{out}: cannot be replaced in one step, being a mount point; choose a folder inside it with --out"
    return f"{place}: cannot be written ({error.strerror or error}); choose another folder with --out ({kept})"
