"""What readers run themselves: published in parts, with the checksum of what each file holds."""

import hashlib
import json
import lzma
import zlib
from pathlib import Path

import pytest

from explainer import assets, live_publish
from explainer.cache import Cache
from explainer.config import SiteConfig
from explainer.manifest import FileRef, LiveFile, ModelEntry
from explainer.output import PART, Outputs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def config(tmp_path: Path) -> SiteConfig:
    return SiteConfig(ROOT, tmp_path / "dist", ROOT / "photos", ROOT / "content", tmp_path / "cache")


def test_the_runtime_is_compressed_once_and_told_by_what_it_holds(
    config: SiteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\0asm" + bytes(1000)
    made = assets.Runtime(content, lzma.compress(content))
    monkeypatch.setattr(assets, "runtime", lambda root: made)
    cache = Cache(tmp_path / "results")
    first = live_publish.runtime(config, Outputs(), cache)
    monkeypatch.setattr(assets, "runtime", lambda root: pytest.fail("compressed again"))
    outputs = Outputs()
    assert live_publish.runtime(config, outputs, cache) == first
    assert (first.sha256, first.inflated_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (first.encoding, first.parts, first.file.twin) == ("xz", 1, None)
    assert lzma.decompress(outputs.read(first.file.path)) == content


def test_the_worker_is_published_as_it_is() -> None:
    outputs = Outputs()
    script = b"self.onmessage = null;" * 60_000
    found = live_publish.worker("assets/worker.0123456789.js", script, outputs)
    assert found.sha256 == found.file.sha256 == hashlib.sha256(script).hexdigest()
    assert (found.encoding, found.inflated_bytes, found.parts) == ("none", len(script), 2)
    assert len(script) > PART and "assets/worker.0123456789.js.2.js" in outputs.paths()


def test_only_models_that_were_exported_can_be_run() -> None:
    def entry(name: str, whole: FileRef | None, stream: FileRef | None) -> ModelEntry:
        return ModelEntry(name, name, "real", "c", "", "MIT", "p", (7, 7), True, onnx=whole, onnx_deflated=stream)

    whole, stream = FileRef("models/a.onnx", 3 * PART, "a" * 64), FileRef("models/a.onnx.deflate", 2 * PART, "b" * 64)
    runtime = LiveFile(stream, "c" * 64, 1, "xz", 1)
    found = live_publish.live(runtime, [entry("a", whole, stream), entry("b", None, None)])
    assert found.runtime == runtime
    assert found.models == {"a": LiveFile(stream, "a" * 64, 3 * PART, "deflate-raw", 2)}


def test_every_file_of_the_site_that_is_run_holds_what_the_manifest_says(site: Path) -> None:
    manifest = json.loads((site / "data/manifest.json").read_bytes())
    live = manifest["live"]
    assert list(live["models"]) == [model["name"] for model in manifest["models"] if model["onnx"]]
    unpack = {"xz": lzma.decompress, "deflate-raw": lambda content: zlib.decompress(content, wbits=-15)}
    for file in (live["runtime"], *live["models"].values()):
        content = (site / file["file"]["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["file"]["bytes"], file["file"]["sha256"])
        held = unpack[file["encoding"]](content)
        assert (len(held), hashlib.sha256(held).hexdigest()) == (file["inflated_bytes"], file["sha256"])
        parts = list((site / file["file"]["path"]).parent.glob(f"{Path(file['file']['path']).name}.*.js"))
        assert len(parts) == file["parts"] > 1
    small = live["models"]["mobilenet_v2"]["file"]["bytes"] + live["runtime"]["file"]["bytes"]
    assert small <= 8_500_000
