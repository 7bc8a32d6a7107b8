"""Two folders change places in one step where the system can, in two recoverable ones where it cannot.

staging `.dist.explainer-staging`: being written; worthless to the next build
out     `dist`:                    the site
aside   `.dist.explainer-old`:     the site for the moment between two renames; `recover` brings it back

Callers hold the lock on the parent folder, so whatever lies here under these names belongs to nobody alive.
"""

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h


def staging(out: Path) -> Path:
    """A new empty folder beside `out`, hence on its file system."""
    folder = _staging(out)
    folder.mkdir()
    return folder


def put_in_place(staged: Path, out: Path) -> None:
    """`staged` becomes `out`; what was at `out` is removed. Killed anywhere in here, `recover` makes it whole."""
    if not out.exists():
        staged.rename(out)
    elif exchange(staged, out):
        _discard(staged)  # this path now holds the old site
    else:
        aside = _aside(out)
        out.rename(aside)
        try:
            staged.rename(out)
        finally:
            if not out.exists():  # also when interrupted from the keyboard
                aside.rename(out)
        _discard(aside)


def recover(out: Path) -> None:
    """Undo what a dead build left half done, and remove its leftovers."""
    aside = _aside(out)
    if aside.exists():
        if out.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(out)
    if _staging(out).exists():
        shutil.rmtree(_staging(out))


def exchange(first: Path, second: Path) -> bool:
    """Swap two names in one step. False where the system cannot; raises OSError where it could but failed."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(second))


def _discard(folder: Path) -> None:
    """The new site is in its place: what can't be removed now is left for the next build's `recover`."""
    shutil.rmtree(folder, ignore_errors=True)


def _staging(out: Path) -> Path:
    return out.with_name(f".{out.name}.explainer-staging")


def _aside(out: Path) -> Path:
    return out.with_name(f".{out.name}.explainer-old")
