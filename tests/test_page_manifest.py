"""A page gets of the manifest what its scripts use, and no more."""

import json
from dataclasses import fields

import jsonschema
import pytest
from small_manifest import FILE, MANIFEST, SCRIPTS

from explainer import schema
from explainer.manifest import Manifest, ModelEntry, PhotoEntry, to_json
from explainer.page_manifest import PageFile, PageLiveFile, PageManifest, PageModel, PagePhoto, for_page

PART = for_page(MANIFEST, SCRIPTS)


def test_it_is_what_its_types_say() -> None:
    validator = jsonschema.Draft202012Validator(schema.of_dataclass(PageManifest, ""))
    validator.validate(json.loads(json.dumps(to_json(PART))))


@pytest.mark.parametrize(
    ("part", "whole"), [(PagePhoto, PhotoEntry), (PageModel, ModelEntry), (PageManifest, Manifest)]
)
def test_its_fields_have_the_manifests_names(part: type, whole: type) -> None:
    assert {field.name for field in fields(part)} <= {field.name for field in fields(whole)}


def test_a_file_is_told_with_its_version_and_whether_it_has_a_twin() -> None:
    assert PART.photos[0].crop == PageFile(FILE.path, 10, "a" * 8, False)
    assert PART.photos[0].files["pixels"].twin
    assert PART.default_at == MANIFEST.default_at


def test_a_models_files_are_those_that_scripts_load() -> None:
    assert list(PART.models[0].files) == ["positions"]


def test_the_live_part_joins_its_scripts_and_its_files() -> None:
    assert PART.live.script == SCRIPTS.script
    assert PART.live.models["mobilenet_v2"] == PageLiveFile(
        *(FILE.path, 10, "a" * 8, False), sha256="e" * 64, inflated_bytes=9, encoding="none", parts=1
    )
