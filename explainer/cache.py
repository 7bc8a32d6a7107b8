"""Expensive results, kept by what they were computed from, so that a build computes only what has changed.

    <folder>/entries/<kind>-<key>.json    {name: SHA-256 of its content}; key = SHA-256 of what the result depends on
    <folder>/objects/<SHA-256>            the contents
    <folder>/writing/                     files on their way to one of the above, which they reach by one rename

Nothing is trusted: every object is hashed when it is read, and an entry that does not hold is computed again.
Nothing is changed in place or removed, so builds that run at the same time can share a folder.
"""

import ast
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from explainer.errors import OutputError

_PACKAGE: Final = Path(__file__).parent
_ABANDONED: Final = 24 * 3600
"""seconds: a half-written file older than this belongs to a build that was killed."""


class Cache:
    """A folder of results; see the module's picture. Paths it returns stay valid, so big results need no memory."""

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        """`fresh`: compute everything again, and keep the new results. Raises OutputError for an unusable folder."""
        self._folder = folder
        self._fresh = fresh
        self.hits = 0
        """Results found so far."""
        self.misses = 0
        """Results computed so far."""
        try:
            for part in ("entries", "objects", "writing"):
                (folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error) from None
        self._remove_abandoned()

    def files(self, kind: str, key: Mapping[str, Any], compute: Callable[[], dict[str, bytes]]) -> dict[str, Path]:
        """What `compute` returned for this kind and key, now or in an earlier build: {name: a file with its content}.

        A file is named by the SHA-256 of its content, so its name can stand for it in another key.

        The key is JSON and must name everything the result depends on: inputs by their SHA-256, parameters, code and
        libraries (`fingerprint`). Raises OutputError when the result cannot be kept.
        """
        identity = json.dumps([kind, key], sort_keys=True, allow_nan=False)
        entry = self._folder / "entries" / f"{kind}-{_sha256(identity.encode())}.json"
        found = None if self._fresh else self._read(entry)
        if found is not None:
            self.hits += 1
            return found
        self.misses += 1
        contents = compute()
        try:
            files = {name: self._keep(content) for name, content in contents.items()}
            index = {name: file.name for name, file in files.items()}
            self._write(entry, json.dumps(index).encode())  # Last: an entry never names what is not there.
        except OSError as error:
            raise _unusable(self._folder, error) from None
        return files

    def _read(self, entry: Path) -> dict[str, Path] | None:
        """An entry's files if each is there and has the content it should have, else None."""
        try:
            index = json.loads(entry.read_bytes())
            files = {name: self._folder / "objects" / str(sha256) for name, sha256 in index.items()}
            return files if all(_file_sha256(file) == file.name for file in files.values()) else None
        except (OSError, ValueError, AttributeError):
            return None

    def _keep(self, content: bytes) -> Path:
        file = self._folder / "objects" / _sha256(content)
        self._write(file, content)
        return file

    def _write(self, file: Path, content: bytes) -> None:
        """Put content at a path in one step: a reader sees all of it or what was there before."""
        handle, name = tempfile.mkstemp(dir=self._folder / "writing")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _remove_abandoned(self) -> None:
        for file in (self._folder / "writing").iterdir():
            try:
                if time.time() - file.stat().st_mtime > _ABANDONED:
                    file.unlink(missing_ok=True)
            except FileNotFoundError:
                pass  # Another build has just moved or removed it.
            except OSError as error:
                raise _unusable(self._folder, error) from None


def fingerprint(modules: Iterable[str], packages: Iterable[str] = ()) -> dict[str, str]:
    """Names of our modules and of installed packages -> {name: SHA-256 of the source, or version}, for a key.

    `mobilenet` stands for explainer/mobilenet.py and all of ours that it imports. Nothing is imported to find out.
    """
    sources: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in sources:
            sources[module], imported = _source(module)
            waiting += imported
    return dict(sorted(sources.items())) | {package: version(package) for package in sorted(packages)}


@cache
def _source(module: str) -> tuple[str, tuple[str, ...]]:
    """One of our modules -> SHA-256 of its source, and which of our modules it imports, read from its import lines."""
    content = (_PACKAGE / f"{module}.py").read_bytes()
    imported: list[str] = []
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE.name:
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            imported += _ours(node.module)
        elif isinstance(node, ast.Import):
            imported += [name for alias in node.names for name in _ours(alias.name)]
    return _sha256(content), tuple(imported)


def _ours(dotted: str) -> list[str]:
    """`explainer.photos` -> [`photos`]; anybody else's module -> []."""
    package, _, module = dotted.partition(".")
    return [module] if package == _PACKAGE.name and module else []


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _file_sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unusable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder}: cannot be used as the cache ({error.strerror}); choose another with --cache-dir")
