"""Published files in groups: each in one, none lost."""

from dataclasses import replace

from small_manifest import MANIFEST, PHOTO

from explainer.file_groups import WHOLE, grouped
from explainer.manifest import Artifact, FileRef

TWO = replace(MANIFEST, photos=(PHOTO, replace(PHOTO, id="cats", title="Cats")))
PATHS = (
    "data/manifest.json",
    "models/a.onnx",
    "data/photos/cats/pixels.bin",
    "data/photos/cat/pixels.bin",
    "data/photos/cat/crop.png",
    "data/models/a.json",
    "data/schema/a.schema.json",
    "notes.ipynb",
)
ARTIFACTS = [Artifact(FileRef(path, 10**index, "a" * 64), f"Cat: {path}") for index, path in enumerate(PATHS)]


def test_every_file_is_in_the_group_of_its_folder_and_in_no_other() -> None:
    groups = {group.title: [artifact.file.path for artifact in group.files] for group in grouped(ARTIFACTS, TWO)}
    assert list(groups)[:3] == [WHOLE, "Cat", "Cats"]
    assert groups[WHOLE] == ["data/manifest.json", "notes.ipynb"]
    assert groups["Cat"] == ["data/photos/cat/pixels.bin", "data/photos/cat/crop.png"]
    assert sorted(path for paths in groups.values() for path in paths) == sorted(PATHS)


def test_a_group_says_how_much_it_holds_and_does_not_repeat_its_title() -> None:
    (cat,) = (group for group in grouped(ARTIFACTS, TWO) if group.title == "Cat")
    assert (cat.folder, cat.bytes) == ("data/photos/cat/", 11_000)
    assert [cat.describe(artifact) for artifact in cat.files] == [
        "data/photos/cat/pixels.bin",
        "data/photos/cat/crop.png",
    ]


def test_groups_without_files_are_left_out() -> None:
    assert [group.title for group in grouped(ARTIFACTS[1:2], TWO)] == ["Models, and what runs them"]
    assert grouped([], TWO) == []
