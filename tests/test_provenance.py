"""What downloads say of themselves: the citation's words, and each model's particulars with its paper."""

import json
from pathlib import Path

import jsonschema
import pytest

from explainer import provenance, schema
from explainer.errors import ContentError
from explainer.manifest import ModelEntry

REFERENCE = {
    "authors": "Sandler, M.",
    "title": "MobileNetV2",
    "venue": "CVPR",
    "year": 2018,
    "url": "https://example.org/",
}
HERE = ModelEntry(
    name="mobilenet_v2", title="MobileNet v2", kind="stand-in", checkpoint="c", weights_sha256="c" * 64, licence="MIT",
    preprocessing="p", grid=(7, 7), available=True,
)  # fmt: skip
ABSENT = ModelEntry(
    name="vit_b_16", title="ViT-B/16", kind="real", checkpoint="", weights_sha256="", licence="", preprocessing="",
    grid=(14, 14), available=False, missing="not here",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "content/data").mkdir(parents=True)
    (tmp_path / "content/data/references.json").write_text(json.dumps({"sandler2018": REFERENCE}))
    return tmp_path / "content"


def cite(folder: Path, **changed: object) -> None:
    words = {"text": "Cite us.", "bibtex": "@misc{us}", "models": {"mobilenet_v2": "sandler2018"}} | changed
    (folder / "data/citation.json").write_text(json.dumps({name: value for name, value in words.items() if value}))


def test_models_of_this_build_are_told_with_their_paper(folder: Path) -> None:
    cite(folder)
    made = provenance.document([HERE, ABSENT], folder)
    assert (made["citation"], made["bibtex"]) == ("Cite us.", "@misc{us}")
    assert list(made["models"]) == ["mobilenet_v2"]
    told = made["models"]["mobilenet_v2"]
    assert told["reference"] == "Sandler, M. (2018). MobileNetV2. CVPR. https://example.org/"
    assert (told["checkpoint"], told["weights_sha256"], told["preprocessing"]) == ("c", "c" * 64, "p")
    jsonschema.validate(made, schema.all_schemas()[schema.path_of("provenance")])


def test_a_folder_without_a_citation_has_no_words(folder: Path) -> None:
    made = provenance.document([HERE], folder)
    assert made["citation"] == made["bibtex"] == made["models"]["mobilenet_v2"]["reference"] == ""
    jsonschema.validate(made, schema.all_schemas()[schema.path_of("provenance")])


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"models": {"mobilenet_v2": "nobody2020"}}, "content/data/citation.json: `nobody2020` is not in "),
        ({"bibtex": ""}, "content/data/citation.json: must hold exactly text, bibtex and models"),
    ],
)  # fmt: skip
def test_a_broken_citation_is_told(folder: Path, changed: dict[str, object], problem: str) -> None:
    cite(folder, **changed)
    with pytest.raises(ContentError) as caught:
        provenance.document([HERE], folder)
    assert caught.value.problems[0].startswith(problem)
