"""A whole site in miniature: two small photos that are not square, one chapter, real templates, the real model."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from explainer.content import PAGES

ROOT = Path(__file__).resolve().parents[1]

PHOTOS = {"cat": ("chelsea.png", (200, 133)), "cup": ("coffee.png", (150, 160))}
CREDIT = """
[[photo]]
id = "{id}"
file = "{id}.png"
title = "A <b>{id}</b> & more"
alt = "A {id}, small."
author = "Somebody"
licence = "CC0 1.0"
licence_url = "https://creativecommons.org/publicdomain/zero/1.0/"
source_url = "https://example.org/{id}"
"""
CHAPTER = """---
title: Attention
slug: attention
kicker: Step 1
summary: One chapter.
---

Each of the {{photo_count_word}} photos has a [query]{.query} $\\query{q}$ [@vaswani2017].

::: figure attention
What the patch listens to.
:::

::: references
:::
"""
PAGE = """---
title: The {name} page
slug: "{name}"
---

Words.
"""
REFERENCES = """{"vaswani2017": {"authors": "Vaswani et al.", "title": "Attention", "venue": "NeurIPS", "year": 2017,
"url": "https://arxiv.org/abs/1706.03762"}}"""


def sources(folder: Path) -> Path:
    """Write photos/ and content/ below a folder."""
    (folder / "photos").mkdir(parents=True)
    for name, (source, size) in PHOTOS.items():
        with Image.open(ROOT / "photos" / source) as image:
            image.convert("RGB").resize(size).save(folder / "photos" / f"{name}.png")
    (folder / "photos/photos.toml").write_text("".join(CREDIT.format(id=name) for name in PHOTOS))
    for name in ("story", "pages", "data"):
        (folder / "content" / name).mkdir(parents=True)
    (folder / "content/story/01-attention.md").write_text(CHAPTER)
    for name in PAGES:
        (folder / f"content/pages/{name}.md").write_text(PAGE.format(name=name))
    (folder / "content/data/references.json").write_text(REFERENCES)
    return folder


def clone(folder: Path, source: Path = ROOT) -> Path:
    """The repository's own files elsewhere, as a fresh clone would have them; node_modules is borrowed."""
    folder.mkdir()
    for name in ("explainer", "site_templates"):
        shutil.copytree(source / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("build.py", "package.json", "package-lock.json"):
        shutil.copy(source / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def command(
    folder: Path, out: Path, cache: Path, weights: Path, script: str | None = None, models: str = "mobilenet_v2"
) -> list[str]:
    """A build of a folder's photos/ and content/ by its clone/; `script` runs instead of build.py, as `python -c`.

    Without other `models` it needs the stand-in only, which is the fastest.
    """
    return [
        *(sys.executable, *(["-c", script] if script else [str(folder / "clone/build.py")])),
        *("--photos", str(folder / "photos"), "--content", str(folder / "content"), "--out", str(out)),
        *("--cache-dir", str(cache), "--weights-dir", str(weights), "--models", models),
    ]


def build(
    folder: Path, out: Path, cache: Path, weights: Path, script: str | None = None, models: str = "mobilenet_v2"
) -> "subprocess.CompletedProcess[str]":
    """Run that command in the clone."""
    arguments = command(folder, out, cache, weights, script, models)
    return subprocess.run(arguments, cwd=folder / "clone", capture_output=True, text=True, check=False)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def listing(folder: Path) -> str:
    """The paths of a site, one a line, with `#` for what depends on contents."""
    paths = (re.sub(r"\.(?:[0-9a-f]{10}|[0-9A-Z]{8})\.", ".#.", path) for path in tree(folder))
    return "".join(f"{path}\n" for path in sorted(paths))
