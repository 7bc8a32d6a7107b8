"""JSON Schemas (draft 2020-12) of every published JSON document, themselves published under data/schema/.

The manifest's schemas are derived from its dataclasses, so that the two cannot disagree.
"""

import dataclasses
import types
import typing
from typing import Any

from explainer import attention, manifest, packing
from explainer.config import MOBILENET_V2, STAND_IN_DIM, STAND_IN_GRID

Schema = dict[str, Any]

FOLDER = "data/schema"
"""Where the schemas are published, relative to the site's root."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TOKENS = STAND_IN_GRID[0] * STAND_IN_GRID[1]

_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_DISTANCE: Schema = {"type": "number", "minimum": 0}
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

_FIELDS: dict[tuple[type, str], Schema] = {
    # Relative, and never out of the site.
    (manifest.FileRef, "path"): {"type": "string", "pattern": r"^(?!(.*/)?\.\.(/|$))[^/\\:]+(/[^/\\:]+)*$"},
    (manifest.FileRef, "bytes"): _COUNT,
    (manifest.FileRef, "sha256"): _SHA256,
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
    }
    return {path_of(name): schema for name, schema in schemas.items()}


def path_of(name: str) -> str:
    """A schema's name (`mobilenet_v2`, `parity`, `pack_header`, `manifest`, `artifacts`) -> its published path."""
    return f"{FOLDER}/{name}.schema.json"


def photo_document() -> Schema:
    """data/photos/<id>/mobilenet_v2.json: one photo's logits and attention weights with the stand-in's features."""
    weight: Schema = {"type": "number", "minimum": 0, "maximum": 1}

    def weighted(values: Schema) -> Schema:
        return _object({"temperature": {"type": "number", "exclusiveMinimum": 0}, "weights": values})

    def per_variant(values: Schema) -> Schema:
        return _object(dict.fromkeys(attention.VARIANTS, values))

    return _document(
        "A photo's attention with MobileNet v2 features as queries and keys (a stand-in)",
        {
            "photo": _NAME,
            "model": {"const": MOBILENET_V2.name},
            "checkpoint": {"enum": [checkpoint.name for checkpoint in MOBILENET_V2.checkpoints]},
            "weights_sha256": _SHA256,
            "grid": {"const": list(STAND_IN_GRID), "description": "rows, columns; token = columns * row + column"},
            "feature_dim": {"const": STAND_IN_DIM},
            "logits": per_variant(_array(_array(_NUMBER, _TOKENS), _TOKENS, "row = query, column = key")),
            "attention": per_variant(
                weighted(_array(_array(weight, _TOKENS), _TOKENS, "softmax(logits / temperature); rows sum to 1"))
            ),
            "cls": _object(
                {
                    "definition": _NAME,
                    "logits": per_variant(_array(_NUMBER, _TOKENS)),
                    "attention": per_variant(weighted(_array(weight, _TOKENS, "sums to 1"))),
                }
            ),
            "position_alpha": _DISTANCE,
        },
    )


def parity() -> Schema:
    """data/parity.json: how far the published ONNX model's numbers are from PyTorch's, as measured in the build."""
    measured = {"mean": _DISTANCE, "max": _DISTANCE}
    return _document(
        "The published ONNX model compared with PyTorch",
        {
            "model": {"const": MOBILENET_V2.name},
            "checkpoint": _NAME,
            "weights_sha256": _SHA256,
            "onnx_sha256": _SHA256,
            "bytes": _COUNT,
            "float32_bytes": _COUNT,
            "opset": _COUNT,
            "compression": _NAME,
            "metric": _NAME,
            "tolerance": _object(measured),
            "variants": _object(
                dict.fromkeys(attention.VARIANTS, _object({"temperature": _DISTANCE, **measured})),
            ),
            "features_max_abs_diff": _DISTANCE,
            "photos": {
                "type": "array",
                "minItems": 1,
                "items": _object(
                    {
                        "photo": _NAME,
                        "features_max_abs_diff": _DISTANCE,
                        "variants": _object(dict.fromkeys(attention.VARIANTS, _object(measured))),
                    }
                ),
            },
            "runtimes": {"type": "object", "additionalProperties": _NAME, "required": ["onnxruntime", "torch"]},
        },
    )


def pack_header() -> Schema:
    """The JSON header inside a binary pack (explainer/packing.py)."""
    schema = _document(
        "The header of a binary pack",
        {
            "name": _NAME,
            "dtype": {"enum": list(packing.DTYPES)},
            "shape": {"type": "array", "items": _COUNT},
            "order": {"const": "C"},
            "encoding": {"enum": list(packing.ENCODINGS)},
            "payload_bytes": _COUNT,
            "crc32": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        },
    )
    schema["properties"]["scale"] = {"type": "number", "exclusiveMinimum": 0, "description": "value = integer * scale"}
    return schema


def artifacts_index() -> Schema:
    """data/artifacts.json: every published data file, with its schema, size and SHA-256."""
    entry = of_dataclass(manifest.Artifact, "")
    definitions = entry.pop("$defs")
    keep = {key: value for key, value in entry.items() if key not in {"$schema", "title"}}
    return {
        **_document("Every published data file", {"artifacts": {"type": "array", "items": keep}}),
        "$defs": definitions,
    }


def of_dataclass(kind: type, title: str) -> Schema:
    """A dataclass -> the schema of its JSON; dataclasses that it holds become `$defs`."""
    definitions: dict[str, Schema] = {}
    schema = _fields(kind, definitions)
    return {"$schema": _DIALECT, "title": title, **schema, "$defs": definitions}


def _fields(kind: type, definitions: dict[str, Schema]) -> Schema:
    hints = typing.get_type_hints(kind)
    return _object(
        {
            field.name: _FIELDS.get((kind, field.name)) or _value(hints[field.name], definitions)
            for field in dataclasses.fields(kind)
        }
    )


def _value(hint: Any, definitions: dict[str, Schema]) -> Schema:
    plain = {str: _TEXT, int: {"type": "integer"}, float: _NUMBER, bool: {"type": "boolean"}, Any: {}}
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


def _document(title: str, properties: dict[str, Schema]) -> Schema:
    return {"$schema": _DIALECT, "title": title, **_object(properties)}


def _object(properties: dict[str, Schema]) -> Schema:
    """Every property is there, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Schema, count: int, description: str = "") -> Schema:
    schema = {"type": "array", "items": items, "minItems": count, "maxItems": count}
    return {**schema, "description": description} if description else schema
