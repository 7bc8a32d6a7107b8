"""What JSON Schemas (draft 2020-12) of published documents are put together from."""

from typing import Any, Final

from explainer.config import ModelSpec

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

TEXT: Final[Schema] = {"type": "string"}
NAME: Final[Schema] = {"type": "string", "minLength": 1}
NUMBER: Final[Schema] = {"type": "number"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
DISTANCE: Final[Schema] = {"type": "number", "minimum": 0}
SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
SHA256: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def document(title: str, properties: dict[str, Schema]) -> Schema:
    """The schema of a whole file: an object with exactly these properties."""
    return {"$schema": DIALECT, "title": title, **record(properties)}


def record(properties: dict[str, Schema]) -> Schema:
    """Every property is there, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def array(items: Schema, count: int, description: str = "") -> Schema:
    """Exactly so many items."""
    schema = {"type": "array", "items": items, "minItems": count, "maxItems": count}
    return {**schema, "description": description} if description else schema


def exported(model: ModelSpec) -> dict[str, Schema]:
    """What the parity report of every model says first: of which file it speaks."""
    return {
        "model": {"const": model.name},
        "checkpoint": NAME,
        "weights_sha256": SHA256,
        "onnx_sha256": SHA256,
        "bytes": COUNT,
        "float32_bytes": COUNT,
        "opset": COUNT,
        "compression": NAME,
    }
