"""Seconds and peak memory of builds: few and many photos, cold and warm, and a prose edit beside `mkdocs build`.

    python -m pip install -e '.[bench]' && python benchmarks/build.py

Cold: an empty cache of results (checkpoint and node_modules are there, so that no network is timed). Warm: nothing
changed. A prose edit changes one chapter; `mkdocs build` then renders the same Markdown files, turn about in one run.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image
from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table

from explainer import assets, weights
from explainer.config import MOBILENET_V2

ROOT = Path(__file__).resolve().parents[1]
SAMPLING = 0.01
"""seconds between two looks at the processes' memory."""


@dataclass(frozen=True)
class Run:
    """One command, measured."""

    seconds: float
    peak: float
    """MB (10^6 bytes): largest sum of resident memory over the process and its children."""


def measure(command: Sequence[str], folder: Path) -> Run:
    """Run a command to its end, which must be a success."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(process))
            time.sleep(SAMPLING)
        seconds = time.perf_counter() - started
        if process.returncode != 0:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read().decode(errors='replace')}")
    return Run(seconds, peak / 1e6)


def resident(process: psutil.Process) -> int:
    """Bytes of a process and its children; those that have just ended count for nothing."""
    total = 0
    try:
        for member in [process, *process.children(recursive=True)]:
            total += member.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def make_photos(folder: Path, count: int) -> None:
    """`count` photos: the site's own, again and again, each copy a little darker, so that no two are the same file."""
    folder.mkdir()
    originals = tomllib.loads((ROOT / "photos/photos.toml").read_text())["photo"]
    entries = []
    for number in range(count):
        turn, which = divmod(number, len(originals))
        credit = originals[which] | {"id": f"{originals[which]['id']}-{turn}"} if turn else dict(originals[which])
        with Image.open(ROOT / "photos" / originals[which]["file"]) as image:
            copy = image.convert("RGB").point(lambda value, turn=turn: value * (100 - turn) // 100)
        credit["file"] = f"{credit['id']}.png"
        copy.save(folder / credit["file"])
        entries.append("[[photo]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in credit.items()))
    (folder / "photos.toml").write_text("\n".join(entries), encoding="utf-8")


def toml(value: str | list[float]) -> str:
    """JSON's strings and lists of numbers are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


def builder(work: Path, photos: Path, weights_dir: Path, name: str) -> Callable[..., Run]:
    """A function that builds from these photos with a cache of its own."""
    command = [sys.executable, str(ROOT / "build.py"), "--quiet", "--photos", str(photos)]
    command += ["--content", str(work / "content"), "--weights-dir", str(weights_dir)]
    command += ["--out", str(work / f"dist-{name}"), "--cache-dir", str(work / f"cache-{name}")]
    return lambda *more: measure([*command, *more], ROOT)


def prose_edits(work: Path, build: Callable[..., Run], repeats: int) -> tuple[list[Run], list[Run]]:
    """Edit a chapter; rebuild with ours and with mkdocs, turn about."""
    docs = work / "docs"
    (work / "mkdocs.yml").write_text("site_name: The same prose\nsite_dir: mkdocs-site\n")
    chapter = sorted((work / "content/story").glob("*.md"))[0]
    original = chapter.read_text()
    ours, theirs = [], []
    for turn in range(repeats):
        chapter.write_text(f"{original}\nThis is edit number {turn}.\n")
        shutil.rmtree(docs, ignore_errors=True)
        docs.mkdir()
        for page in sorted([*(work / "content/story").glob("*.md"), *(work / "content/pages").glob("*.md")]):
            shutil.copy(page, docs)
        ours.append(build())
        theirs.append(measure([sys.executable, "-m", "mkdocs", "build", "--quiet"], work))
    chapter.write_text(original)
    return ours, theirs


def median(runs: Sequence[Run]) -> Run:
    return Run(statistics.median(run.seconds for run in runs), statistics.median(run.peak for run in runs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, nargs=2, default=(6, 60), metavar=("FEW", "MANY"), help="(default: 6 60)")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each warm build, for medians (default: 5)")
    given = parser.parse_args()
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    checkpoint = weights.find(MOBILENET_V2, None, None, cache)
    assets.install(ROOT)

    rows: list[tuple[str, Run, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(ROOT / "content", work / "content")
        weights_dir = work / "weights"
        weights_dir.mkdir()
        (weights_dir / weights.file_name(checkpoint.spec)).symlink_to(checkpoint.path)
        cold: dict[int, Run] = {}
        warm: dict[int, Run] = {}
        few, many = given.photos
        for count in (few, many):
            make_photos(work / f"photos-{count}", count)
            build = builder(work, work / f"photos-{count}", weights_dir, str(count))
            cold[count] = build()
            warm[count] = median([build() for _ in range(given.repeats)])
        build = builder(work, work / f"photos-{few}", weights_dir, str(few))
        ours, theirs = (median(runs) for runs in prose_edits(work, build, given.repeats))

    for name, runs in (("cold", cold), ("warm", warm)):
        rows.append((f"{name}, {few} photos", runs[few], ""))
        slower, larger = runs[many].seconds / runs[few].seconds, runs[many].peak / runs[few].peak
        rows.append((f"{name}, {many} photos", runs[many], f"x {slower:.2f} time, x {larger:.2f} memory of {few}"))
    rows.append((f"prose edit, {few} photos", ours, f"x {ours.seconds / theirs.seconds:.2f} time of mkdocs"))
    rows.append(("mkdocs build, same Markdown", theirs, ""))
    table = Table("build", "seconds", "peak MB", "ratio")
    for name, run, ratio in rows:
        table.add_row(name, f"{run.seconds:.2f}", f"{run.peak:.0f}", ratio)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
