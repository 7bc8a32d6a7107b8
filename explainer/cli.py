"""The command line: options in, exit status out; every mistake of the user's is a line, never a traceback."""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from platformdirs import user_cache_path

from explainer import weights
from explainer.config import MODELS, SiteConfig
from explainer.errors import BuildError
from explainer.progress import Progress

Build = Callable[[SiteConfig, Progress], None]

DEFAULT_PORT = 8000

INTERRUPTED = 130
"""Exit status of a program that Ctrl-C ended: 128 + SIGINT."""


@dataclass(frozen=True)
class Options:
    """A parsed command line."""

    config: SiteConfig
    port: int | None
    """Serve on it after building; None to build and leave."""


def main(build: Build, root: Path, arguments: Sequence[str] | None = None) -> int:
    """Parse, build, perhaps serve -> exit status: 0 built, 1 a problem was reported, 2 bad usage, 130 interrupted."""
    try:
        options = parse(root, arguments)
        if options.port is None:
            build(options.config, Progress(options.config.quiet))
        else:
            _serve(build, options.config, options.port)
    except BuildError as error:
        _report(error)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the last finished site is untouched.", file=sys.stderr)
        return INTERRUPTED
    return 0


def parse(root: Path, arguments: Sequence[str] | None = None) -> Options:
    """The command line -> options; folders not given are the repository's own.

    Raises BuildError for models or checkpoints that don't exist, and SystemExit(2), as argparse does, for bad usage.
    """
    given = _parser(root).parse_args(arguments)
    models = tuple(_names(given.models)) or ("auto",)
    require = tuple(_names(given.require))
    weights.resolve_models(models, require)  # names every misspelt model before any work
    config = SiteConfig(
        root=root,
        out=given.out,
        photos=given.photos,
        content=given.content,
        cache_dir=given.cache_dir,
        weights_dir=given.weights_dir,
        models=models,
        require=require,
        force=given.force,
        quiet=given.quiet,
        # What `--serve` serves, it serves at the root.
        site_path=given.site_path if given.serve is None else "/",
    )
    return Options(config, given.serve)


def _parser(root: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py",
        description="Build the site: run the models on the photos, render the prose, write everything to one folder.",
        epilog="Models: " + "; ".join(f"{m.name} ({', '.join(c.name for c in m.checkpoints)})" for m in MODELS) + ".",
    )
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    folders = (
        ("--out", root / "dist", "where the site goes, replaced as a whole (default: dist)"),
        ("--photos", root / "photos", "photos and their photos.toml (default: photos)"),
        ("--content", root / "content", "prose and tables (default: content)"),
        ("--weights-dir", None, "look for checkpoints here first, before the cache and the network"),
        ("--cache-dir", cache, f"keep computed results and fetched checkpoints here (default: {cache})"),
    )
    for option, default, text in folders:
        parser.add_argument(option, type=Path, metavar="DIR", default=default, help=text.replace("%", "%%"))
    parser.add_argument(
        "--models",
        metavar="NAME,...",
        default="auto",
        help="models to build with, each as NAME or NAME:CHECKPOINT; `auto` takes every model that this version has "
        "figures for and whose weights can be had (default: auto)",
    )
    parser.add_argument("--require", metavar="NAME,...", default="", help="models without which the build must fail")
    parser.add_argument(
        "--serve",
        metavar="PORT",
        nargs="?",
        type=int,
        const=DEFAULT_PORT,
        help=f"then serve the site on this machine (default port: {DEFAULT_PORT}) and rebuild on every change",
    )
    parser.add_argument(
        "--site-path",
        metavar="PATH",
        type=_path,
        help="where the server will have the site, such as /vit/, for the 404 page's links (default: not told)",
    )
    parser.add_argument("--force", action="store_true", help="compute everything anew (checkpoints are kept)")
    parser.add_argument("--quiet", action="store_true", help="print nothing but problems")
    return parser


def _names(given: str) -> list[str]:
    return [name for part in given.split(",") if (name := part.strip())]


def _path(given: str) -> str:
    """`vit`, `/vit` or `/vit/` -> `/vit/`; nothing -> `/`."""
    if "//" in given or any(mark in given for mark in "?#\\"):
        raise argparse.ArgumentTypeError(f"{given!r} is no path on a server; give one such as /vit/, without the host")
    inner = quote(given.strip("/"), safe="/%~")
    return f"/{inner}/" if inner else "/"


def _serve(build: Build, config: SiteConfig, port: int) -> None:
    """Serve until Ctrl-C, which is how a server is meant to end."""
    from explainer import serve  # here, as a plain build needs no server

    progress = Progress(config.quiet)

    def rebuild() -> None:
        try:
            build(config, Progress(config.quiet))
        except BuildError as error:
            _report(error)
        except Exception:  # a fault of ours: shown whole, but no reason to stop serving
            traceback.print_exc()

    serve.serve(
        config.out,
        [folder for folder in (config.photos, config.content, config.templates) if folder.is_dir()],
        port,
        rebuild,
        progress.say,
    )


def _report(error: BuildError) -> None:
    for problem in error.problems:
        print(f"error: {problem}", file=sys.stderr)
