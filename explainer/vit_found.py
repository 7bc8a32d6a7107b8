"""The real ViTs that a build can have, and those that it does without, each with the reason."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from explainer.config import ModelSpec, SiteConfig
from explainer.errors import MissingWeights
from explainer.weights import Checkpoint, checkpoint_spec, file_name, find, resolve_models

if TYPE_CHECKING:
    from explainer.vit import VisionTransformer

PATIENCE = 24 * 3600
"""seconds for which `auto` does not ask the network again for a checkpoint that it could not fetch."""

NOT_ASKED = "it was not asked for; `--models auto` adds it"


class RealViT:
    """A real ViT's verified checkpoint; its network is loaded when a result has to be computed, and then once."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    @property
    def name(self) -> str:
        """As in file names and the manifest."""
        return self.checkpoint.model.name

    @cached_property
    def network(self) -> "VisionTransformer":
        from explainer import vit_weights

        return vit_weights.load(self.checkpoint)


@dataclass(frozen=True)
class Missing:
    """A real ViT that this build does without."""

    model: ModelSpec
    reason: str
    """Why, and what to do: for the person at the terminal."""
    asked: bool
    """This build was asked for it."""

    @property
    def line(self) -> str:
        """For the closing summary."""
        return f"{self.model.title}: not on the site; {self.reason}"

    @property
    def published(self) -> str:
        """For readers: the same on every machine that lacks the model, and without that machine's error messages."""
        if not self.asked:
            return "it was built without. The command python build.py --models auto adds it."
        name = file_name(checkpoint_spec(self.model, None))
        return (
            f"the weights could not be fetched where it was built. With {name} in a folder, the command "
            "python build.py --weights-dir FOLDER adds it."
        )


def find_real(
    config: SiteConfig, fetched: Callable[[str, int, int | None], None]
) -> tuple[list[RealViT], list[Missing]]:
    """The real ViTs that can be had, and those that cannot. Raises MissingWeights for one that --require names, and
    WeightsError where a checkpoint is there but is not the pinned one.
    """
    requests = {r.model.name: r for r in resolve_models(config.models, config.require, config.known)}
    found: list[RealViT] = []
    missing: list[Missing] = []
    for model in config.known:
        if model.kind != "real":
            continue
        if model.name not in requests:
            missing.append(Missing(model, NOT_ASKED, asked=False))
            continue
        request = requests[model.name]
        note = config.cache_dir / "weights" / model.name / "unreachable.txt"
        # A network that did not answer may take half a minute not to answer again: not in every build.
        asked = request.required or any(entry.partition(":")[0] == model.name for entry in config.models)
        known_reason = None if asked or config.force else _recent(note)
        try:
            checkpoint = find(
                model, request.checkpoint, config.weights_dir, config.cache_dir, fetched, fetch=known_reason is None
            )
        except MissingWeights as error:
            if request.required:
                raise
            reason = known_reason or "; ".join(error.problems).removeprefix(f"{model.name}: ")
            if known_reason is None:
                note.parent.mkdir(parents=True, exist_ok=True)
                note.write_text(reason, encoding="utf-8")
            missing.append(Missing(model, reason, asked=True))
        else:
            found.append(RealViT(checkpoint))
    return found, missing


def _recent(note: Path) -> str | None:
    """Why the network gave nothing the last time, where that was less than PATIENCE ago."""
    try:
        return note.read_text(encoding="utf-8") if time.time() - note.stat().st_mtime < PATIENCE else None
    except OSError:
        return None
