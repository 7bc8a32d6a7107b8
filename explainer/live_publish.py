"""What readers run themselves, onto the site: ONNX Runtime, the models, each compressed, and the worker's script."""

import hashlib
import json
from collections.abc import Iterable

from explainer import artifacts, assets, output
from explainer.cache import Cache, fingerprint
from explainer.config import SiteConfig
from explainer.manifest import Artifact, FileRef, Live, LiveFile, Manifest, ModelEntry
from explainer.output import Outputs


def runtime(config: SiteConfig, outputs: Outputs, cache: Cache) -> LiveFile:
    """ONNX Runtime's WebAssembly onto the site. Raises ToolError when npm has to install it and cannot."""
    lock = (config.root / "package-lock.json").read_bytes()
    key = {"lock": hashlib.sha256(lock).hexdigest(), "file": assets.RUNTIME.as_posix()}

    def compressed() -> dict[str, bytes]:
        made = assets.runtime(config.root)
        about = {"sha256": hashlib.sha256(made.content).hexdigest(), "bytes": len(made.content)}
        return {"stream": made.stream, "about": artifacts.dumps(about)}

    files = cache.files("runtime", key | fingerprint(["assets"]), compressed)
    about = json.loads(files["about"].read_bytes())
    ref = outputs.add_in_parts(f"models/{assets.RUNTIME.name}.xz", files["stream"])
    return LiveFile(ref, about["sha256"], about["bytes"], "xz", output.parts(ref.bytes))


def worker(path: str, script: bytes, outputs: Outputs) -> LiveFile:
    """The worker's script onto the site: whole, as servers compress scripts by themselves."""
    ref = outputs.add_in_parts(path, script)
    return LiveFile(ref, ref.sha256, ref.bytes, "none", output.parts(ref.bytes))


def live(runtime: LiveFile, models: Iterable[ModelEntry]) -> Live:
    """The runtime, and every model that was published for it."""
    return Live(
        runtime,
        {
            model.name: _deflated(model.onnx, model.onnx_deflated)
            for model in models
            if model.onnx is not None and model.onnx_deflated is not None
        },
    )


def listed(manifest: Manifest) -> list[Artifact]:
    """What data.html says of the runtime; the models are listed with what they are."""
    summary = "ONNX Runtime’s WebAssembly, with which the page runs the models, in the xz format"
    return [Artifact(manifest.live.runtime.file, summary)]


def _deflated(whole: FileRef, stream: FileRef) -> LiveFile:
    return LiveFile(stream, whole.sha256, whole.bytes, "deflate-raw", output.parts(stream.bytes))
