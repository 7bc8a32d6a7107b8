"""JSON Schemas (draft 2020-12) of every published JSON document, themselves published under data/schema/.

The manifest's schemas are derived from its dataclasses, so that the two cannot disagree.
"""

import dataclasses
import types
import typing
from typing import Any

from explainer import attention, manifest, packing, vit_schema
from explainer.config import DINOV2_VITS14, MOBILENET_V2, STAND_IN_DIM, STAND_IN_GRID
from explainer.schema_parts import (
    COUNT,
    DIALECT,
    DISTANCE,
    NAME,
    NUMBER,
    SHA256,
    SHARE,
    TEXT,
    Schema,
    array,
    document,
    exported,
    record,
)  # fmt: skip

FOLDER = "data/schema"
"""Where the schemas are published, relative to the site's root."""

_TOKENS = STAND_IN_GRID[0] * STAND_IN_GRID[1]

_FIELDS: dict[tuple[type, str], Schema] = {
    # Relative, and never out of the site.
    (manifest.FileRef, "path"): {"type": "string", "pattern": r"^(?!(.*/)?\.\.(/|$))[^/\\:]+(/[^/\\:]+)*$"},
    (manifest.FileRef, "bytes"): COUNT,
    (manifest.FileRef, "sha256"): SHA256,
    (manifest.LiveFile, "sha256"): SHA256,
    (manifest.LiveFile, "inflated_bytes"): COUNT,
    (manifest.LiveFile, "encoding"): {"enum": ["none", "deflate-raw", "xz"]},
    (manifest.LiveFile, "parts"): COUNT,
    (manifest.ModelEntry, "kind"): {"enum": ["stand-in", "real"]},
    # A model that this build could not have has no weights to name.
    (manifest.ModelEntry, "weights_sha256"): {"type": "string", "pattern": "^([0-9a-f]{64})?$"},
    (manifest.Manifest, "colormap"): {"type": "string", "pattern": "^[0-9a-f]{1536}$"},
    (manifest.Manifest, "version"): {"const": manifest.VERSION},
}
"""What a field's Python type does not say."""


def all_schemas() -> dict[str, Schema]:
    """Path below the site's root -> schema."""
    schemas = {
        "mobilenet_v2": photo_document(),
        "parity": parity(),
        "pack_header": pack_header(),
        "manifest": of_dataclass(manifest.Manifest, "Everything the site's pages read"),
        "artifacts": artifacts_index(),
        "provenance": provenance(),
    } | vit_schema.all_schemas()
    return {path_of(name): schema for name, schema in schemas.items()}


def path_of(name: str) -> str:
    """A schema's name (`mobilenet_v2`, `dinov2_vits14`, `parity`, `pack_header`, ...) -> its published path."""
    return f"{FOLDER}/{name}.schema.json"


def photo_document() -> Schema:
    """data/photos/<id>/mobilenet_v2.json: one photo's logits and attention weights with the stand-in's features."""

    def weighted(values: Schema) -> Schema:
        return record({"temperature": {"type": "number", "exclusiveMinimum": 0}, "weights": values})

    def per_variant(values: Schema) -> Schema:
        return record(dict.fromkeys(attention.VARIANTS, values))

    return document(
        "A photo's attention with MobileNet v2 features as queries and keys (a stand-in)",
        {
            "photo": NAME,
            "model": {"const": MOBILENET_V2.name},
            "checkpoint": {"enum": [checkpoint.name for checkpoint in MOBILENET_V2.checkpoints]},
            "weights_sha256": SHA256,
            "grid": {"const": list(STAND_IN_GRID), "description": "rows, columns; token = columns * row + column"},
            "feature_dim": {"const": STAND_IN_DIM},
            "logits": per_variant(array(array(NUMBER, _TOKENS), _TOKENS, "row = query, column = key")),
            "attention": per_variant(
                weighted(array(array(SHARE, _TOKENS), _TOKENS, "softmax(logits / temperature); rows sum to 1"))
            ),
            "cls": record(
                {
                    "definition": NAME,
                    "logits": per_variant(array(NUMBER, _TOKENS)),
                    "attention": per_variant(weighted(array(SHARE, _TOKENS, "sums to 1"))),
                }
            ),
            "position_alpha": DISTANCE,
        },
    )


def parity() -> Schema:
    """data/parity.json: how far the published ONNX models' numbers are from PyTorch's, as measured in the build."""
    reports = {MOBILENET_V2.name: stand_in_parity(), DINOV2_VITS14.name: vit_schema.parity()}
    schema = document("The published ONNX models compared with PyTorch", {"models": record(reports)})
    schema["properties"]["models"]["required"] = [MOBILENET_V2.name]
    return schema


def stand_in_parity() -> Schema:
    """MobileNet v2's report."""
    measured = {"mean": DISTANCE, "max": DISTANCE}
    return record(
        {
            **exported(MOBILENET_V2),
            "metric": NAME,
            "tolerance": record(measured),
            "variants": record(
                dict.fromkeys(attention.VARIANTS, record({"temperature": DISTANCE, **measured})),
            ),
            "features_max_abs_diff": DISTANCE,
            "photos": {
                "type": "array",
                "minItems": 1,
                "items": record(
                    {
                        "photo": NAME,
                        "features_max_abs_diff": DISTANCE,
                        "variants": record(dict.fromkeys(attention.VARIANTS, record(measured))),
                    }
                ),
            },
            "runtimes": {"type": "object", "additionalProperties": NAME, "required": ["onnxruntime", "torch"]},
        },
    )


def pack_header() -> Schema:
    """The JSON header inside a binary pack (explainer/packing.py)."""
    schema = document(
        "The header of a binary pack",
        {
            "name": NAME,
            "dtype": {"enum": list(packing.DTYPES)},
            "shape": {"type": "array", "items": COUNT},
            "order": {"const": "C"},
            "encoding": {"enum": list(packing.ENCODINGS)},
            "payload_bytes": COUNT,
            "crc32": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        },
    )
    schema["properties"]["scale"] = {"type": "number", "exclusiveMinimum": 0, "description": "value = integer * scale"}
    return schema


def provenance() -> Schema:
    """data/provenance.json: what a number that is taken from a page says of itself."""
    model = record(
        {
            "title": NAME,
            "kind": {"enum": ["stand-in", "real"]},
            "checkpoint": NAME,
            "weights_sha256": SHA256,
            "licence": NAME,
            "preprocessing": NAME,
            "reference": TEXT,
        }
    )
    models = {"type": "object", "additionalProperties": model}
    return document(
        "How to cite the site, and where its numbers are from", {"citation": TEXT, "bibtex": TEXT, "models": models}
    )


def artifacts_index() -> Schema:
    """data/artifacts.json: every published data file, with its schema, size and SHA-256."""
    entry = of_dataclass(manifest.Artifact, "")
    definitions = entry.pop("$defs")
    keep = {key: value for key, value in entry.items() if key not in {"$schema", "title"}}
    return {
        **document("Every published data file", {"artifacts": {"type": "array", "items": keep}}),
        "$defs": definitions,
    }


def of_dataclass(kind: type, title: str) -> Schema:
    """A dataclass -> the schema of its JSON; dataclasses that it holds become `$defs`."""
    definitions: dict[str, Schema] = {}
    schema = _fields(kind, definitions)
    return {"$schema": DIALECT, "title": title, **schema, "$defs": definitions}


def _fields(kind: type, definitions: dict[str, Schema]) -> Schema:
    hints = typing.get_type_hints(kind)
    return record(
        {
            field.name: _FIELDS.get((kind, field.name)) or _value(hints[field.name], definitions)
            for field in dataclasses.fields(kind)
        }
    )


def _value(hint: Any, definitions: dict[str, Schema]) -> Schema:
    plain = {str: TEXT, int: {"type": "integer"}, float: NUMBER, bool: {"type": "boolean"}, Any: {}}
    if hint in plain:
        return plain[hint]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # Claims the name, should the class hold itself.
            definitions[hint.__name__] = _fields(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    inner = typing.get_args(hint)
    match typing.get_origin(hint):
        case types.UnionType:
            return {"anyOf": [{"type": "null"} if part is type(None) else _value(part, definitions) for part in inner]}
        case origin if origin is dict:
            return {"type": "object", "additionalProperties": _value(inner[1], definitions)}
        case origin if origin is tuple and inner[-1] is Ellipsis:
            return {"type": "array", "items": _value(inner[0], definitions)}
        case origin if origin is tuple:
            items = [_value(part, definitions) for part in inner]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    raise TypeError(f"no JSON Schema for {hint}")
