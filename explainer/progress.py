"""What the person at the terminal sees: bars on long work, a line a stage, and an honest summary at the end."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from explainer.manifest import ModelEntry

Item = TypeVar("Item")

FOLDERS = {
    "assets": "scripts, styles, fonts, pictures",
    "data": "data",
    "models": "models",
}
"""First part of a published path -> what the summary calls it; all else is a page."""


class Progress:
    """Bars on a terminal, plain lines elsewhere, nothing when quiet. Times every stage."""

    def __init__(self, quiet: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(quiet=quiet, highlight=False, markup=False)
        self.seconds: dict[str, float] = {}
        """By stage, in the order in which they ran."""
        self._started = time.perf_counter()

    def say(self, line: str) -> None:
        """A line of its own; long ones are left to the terminal to wrap, so that logs can be searched."""
        self.console.print(line, soft_wrap=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the build, with a spinner meanwhile; its line stays when it has succeeded."""
        with self._timed(name), self.console.status(name):
            yield

    @contextmanager
    def each(self, name: str, items: Sequence[Item]) -> Iterator[Iterable[Item]]:
        """A long stage; it is handed the items, one by one, and a bar shows how many are done."""
        with self._timed(name), self._bars(MofNCompleteColumn()) as bars:
            yield bars.track(items, description=name)

    @contextmanager
    def fetching(self, name: str) -> Iterator[Callable[[str, int, int | None], None]]:
        """A stage that may fetch; it is handed a function to call with what, bytes here, bytes in all (or None)."""
        with self._timed(name), self._bars(DownloadColumn()) as bars:
            tasks = {}

            def fetched(what: str, here: int, total: int | None) -> None:
                if what not in tasks:
                    self.say(f"fetching {what}, once")
                    tasks[what] = bars.add_task(what, total=total)
                bars.update(tasks[what], completed=here, total=total)

            yield fetched

    def summary(self, out: Path, photo_count: int, models: Iterable[ModelEntry]) -> None:
        """Say what was built, how large it is, which models it rests on, and what is not there and why."""
        total = time.perf_counter() - self._started
        photos = "1 photo" if photo_count == 1 else f"{photo_count} photos"
        self.say(f"\nBuilt {out} from {photos} in {total:.2f} s.")
        sizes: dict[str, list[int]] = {}
        for file in sorted(out.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                sizes.setdefault(FOLDERS.get(file.relative_to(out).parts[0], "pages"), []).append(file.stat().st_size)
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column()
        table.add_column(justify="right")
        table.add_column(justify="right")
        for name, counts in sizes.items():
            files = "1 file" if len(counts) == 1 else f"{len(counts)} files"
            table.add_row(name, files, f"{sum(counts) / 1e6:.2f} MB")
        self.console.print(table)
        for model in models:
            if model.available:
                self.say(f"{model.title}: {model.checkpoint}, SHA-256 {model.weights_sha256[:16]}…")
            else:
                self.say(f"{model.title}: not on the site; {model.missing}")

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started
        self.say(f"{name:<12}{self.seconds[name]:8.2f} s")

    def _bars(self, amount: ProgressColumn) -> Bars:
        columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeElapsedColumn())
        # Without a terminal, a bar would be drawn once, full, at the end: noise in a log.
        hidden = self.console.quiet or not self.console.is_terminal
        return Bars(*columns, console=self.console, transient=True, disable=hidden)
