"""A model that is there, onto the site: its ONNX file and its entry in the manifest."""

from collections.abc import Mapping

from explainer import preprocess
from explainer.manifest import FileRef, ModelEntry
from explainer.output import Outputs
from explainer.stages import Export
from explainer.weights import Checkpoint


def entry(
    checkpoint: Checkpoint,
    grid: tuple[int, int],
    export: Export | None,
    outputs: Outputs,
    *,
    layers: int = 0,
    heads: int = 0,
    files: Mapping[str, FileRef] | None = None,
) -> ModelEntry:
    """Adds the export, where there is one, to `outputs`; for the rest see `ModelEntry`."""
    spec = checkpoint.model
    path = f"models/{spec.name}.onnx"
    return ModelEntry(
        name=spec.name,
        title=spec.title,
        kind=spec.kind,
        checkpoint=checkpoint.spec.description,
        weights_sha256=checkpoint.sha256,
        licence=checkpoint.spec.licence,
        preprocessing=preprocess.DESCRIPTION,
        grid=grid,
        available=True,
        layers=layers,
        heads=heads,
        onnx=outputs.add(path, export.onnx) if export else None,
        onnx_deflated=outputs.add_in_parts(f"{path}.deflate", export.deflated) if export else None,
        parity=export.parity if export else None,
        files=dict(files or {}),
    )
