"""The trunk takes every checkpoint it was written for, number by number, and no other."""

import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from explainer import mobilenet, weights
from explainer.errors import ModelError


@pytest.fixture(scope="module")
def random_trunk() -> nn.Module:
    torch.manual_seed(0)
    return mobilenet.architecture()


def official(trunk: nn.Module) -> dict[str, Tensor]:
    """As torchvision saves the whole network: a prefix, and a classifier behind the trunk."""
    state = {f"features.{name}": tensor for name, tensor in trunk.state_dict().items()}
    return state | {"classifier.1.weight": torch.zeros(1000, 1280), "classifier.1.bias": torch.zeros(1000)}


def test_torchvision_can_be_imported_in_a_fresh_process_and_twice() -> None:
    code = "from explainer import mobilenet; mobilenet.architecture(); mobilenet.architecture(); import torchvision"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_official_checkpoint_is_matched_by_name_whatever_its_order(random_trunk: nn.Module) -> None:
    state = dict(reversed(official(random_trunk).items()))
    loaded = mobilenet.load_trunk(state)
    assert not loaded.training
    for name, tensor in random_trunk.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


def test_the_other_implementations_checkpoint_is_matched_by_order(real_checkpoint: weights.Checkpoint) -> None:
    state = weights.load_state(real_checkpoint)
    loaded = mobilenet.load_trunk(state).state_dict()
    assert len(loaded) == 312
    for (name, tensor), (source, expected) in zip(loaded.items(), state.items(), strict=True):
        assert torch.equal(tensor, expected), (name, source)


def test_a_missing_tensor_is_an_error_with_both_counts(random_trunk: nn.Module) -> None:
    state = official(random_trunk)
    del state["features.4.conv.2.weight"]
    with pytest.raises(ModelError, match="has 311 trunk tensors, the architecture 312"):
        mobilenet.load_trunk(state)


def test_every_wrong_shape_is_listed_with_both_shapes(random_trunk: nn.Module) -> None:
    state = official(random_trunk)
    state["features.0.0.weight"] = torch.zeros(32, 3, 5, 5)
    state["features.18.1.bias"] = torch.zeros(1281)
    with pytest.raises(ModelError) as caught:
        mobilenet.load_trunk(state)
    first, second = caught.value.problems
    assert "features.0.0.weight has shape (32, 3, 5, 5)" in first and "needs (32, 3, 3, 3)" in first
    assert "features.18.1.bias has shape (1281,)" in second and "needs (1280,)" in second


def test_tensors_in_another_order_are_not_taken_for_each_other(random_trunk: nn.Module) -> None:
    names = [f"other.{name}" for name in random_trunk.state_dict()]
    swapped = {"other.0.1.weight": "other.0.1.bias", "other.0.1.bias": "other.0.1.weight"}
    state = dict(zip((swapped.get(name, name) for name in names), random_trunk.state_dict().values(), strict=True))
    with pytest.raises(ModelError) as caught:
        mobilenet.load_trunk(state)
    assert len(caught.value.problems) == 2


def test_features_are_the_last_maps_cells_row_by_row(random_trunk: nn.Module) -> None:
    pixels = np.random.default_rng(1).normal(size=(1, 3, 224, 224)).astype(np.float32)
    features = mobilenet.features(random_trunk, pixels)
    with torch.no_grad():
        grid = random_trunk(torch.from_numpy(pixels)).numpy()
    assert features.shape == (49, 1280) and features.dtype == np.float32
    for row, col in ((0, 0), (0, 6), (2, 5), (6, 6)):
        assert np.array_equal(features[7 * row + col], grid[0, :, row, col])


def test_features_refuse_another_shape(random_trunk: nn.Module) -> None:
    with pytest.raises(ValueError, match=r"got \(3, 224, 224\)"):
        mobilenet.features(random_trunk, np.zeros((3, 224, 224), dtype=np.float32))


def test_real_features_are_between_0_and_6_and_many_are_0(
    real_features: Mapping[str, npt.NDArray[np.float32]],
) -> None:
    for features in real_features.values():
        assert features.min() == 0 and features.max() <= 6
        assert 0.3 < np.mean(features == 0) < 0.8


def test_the_first_layer_is_a_convolution_a_normalisation_and_a_clip(
    real_checkpoint: weights.Checkpoint, real_trunk: nn.Module
) -> None:
    """The mapped weights, put through the formulas by hand, equal the trunk's own first layer."""
    state = weights.load_state(real_checkpoint)
    pixels = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(2))
    scale, shift, mean, variance = (
        state[f"features.0.1.{name}"].view(1, -1, 1, 1) for name in ("weight", "bias", "running_mean", "running_var")
    )
    convolved = functional.conv2d(pixels, state["features.0.0.weight"], stride=2, padding=1)
    expected = ((convolved - mean) / torch.sqrt(variance + 1e-5) * scale + shift).clamp(0, 6)
    with torch.no_grad():
        got = real_trunk.get_submodule("0")(pixels)
    assert torch.abs(got - expected).max() < 1e-4
