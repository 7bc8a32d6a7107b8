"""The manifest's own words: what a file's address is, and what JSON takes of it."""

import json

from small_manifest import FILE, MANIFEST

from explainer.manifest import FileRef, to_json


def test_a_files_address_changes_with_its_content() -> None:
    other = FileRef(FILE.path, FILE.bytes, "b" * 64)
    assert (FILE.address, other.address) == (f"{FILE.path}?v=aaaaaaaa", f"{FILE.path}?v=bbbbbbbb")


def test_it_is_written_field_by_field() -> None:
    told = json.loads(json.dumps(to_json(MANIFEST)))
    assert told["version"] == 1
    assert told["photos"][0]["crop"] == {"path": FILE.path, "bytes": 10, "sha256": "a" * 64, "twin": None}
