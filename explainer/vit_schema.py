"""JSON Schemas of what is published of the real ViTs."""

from explainer import vit_artifacts, vit_attention
from explainer.config import DINOV2_VITS14, HEAD_DIM, REAL_GRIDS, REAL_HEADS, STAND_IN_GRID, VIT_B_16, ModelSpec
from explainer.schema_parts import COUNT, DISTANCE, NAME, SHA256, SHARE, Schema, array, document, exported, record

_CELLS = STAND_IN_GRID[0] * STAND_IN_GRID[1]
_CORRELATION: Schema = {"type": "number", "minimum": -1, "maximum": 1}
_STRICTLY: Schema = {"type": "number", "exclusiveMinimum": 0}


def all_schemas() -> dict[str, Schema]:
    """Name -> schema."""
    return {
        DINOV2_VITS14.name: photo_document(DINOV2_VITS14),
        VIT_B_16.name: photo_document(VIT_B_16),
        "model_document": model_document(),
    }


def photo_document(model: ModelSpec) -> Schema:
    """data/photos/<id>/<model>.json: what was measured on one photo's attention."""
    rows, cols = REAL_GRIDS[model.name]
    layers, heads = REAL_HEADS[model.name]
    tokens = 1 + rows * cols

    def per_head(values: Schema, description: str = "") -> Schema:
        return array(array(values, heads), layers, description)

    measures = {
        "mean_distance": per_head(DISTANCE, "px of the crop between a patch and what it looks at; CLS left out"),
        "effective_number": per_head(DISTANCE, "exp(entropy), mean over the patches asked"),
        "cls_effective_number": per_head(DISTANCE, "of CLS's own row"),
        "cls_share": per_head(SHARE, "weight that patches give CLS, mean"),
        "self_share": per_head(SHARE, "weight that patches give themselves, mean"),
    }
    properties: dict[str, Schema] = {
        "photo": NAME,
        "model": {"const": model.name},
        "checkpoint": NAME,
        "weights_sha256": SHA256,
        "grid": {
            "const": [rows, cols],
            "description": "rows, columns; token 0 is CLS, a patch 1 + columns * row + column",
        },
        "patch_size": COUNT,
        "layers": {"const": layers},
        "heads": {"const": heads},
        "head_dim": {"const": HEAD_DIM},
        "embed_dim": {"const": heads * HEAD_DIM},
        "scale": {"type": "number", "description": "weights = softmax(scale * q . k)"},
        "measures": record(measures),
        "token_norms": array(array(DISTANCE, tokens), layers, "length of each token as each block leaves it"),
        "received": array(array(DISTANCE, tokens), layers, "attention received, in even shares, mean over heads"),
        "artefacts": record(
            {
                "long": record({"rule": NAME, "ratio": _STRICTLY, "greatest": _STRICTLY, "tokens": _list(COUNT)}),
                "sinks": record(
                    {
                        "rule": NAME,
                        "ratio": _STRICTLY,
                        "tokens": _list(record({"layer": COUNT, "token": COUNT, "received": DISTANCE})),
                    }
                ),
            }
        ),
        "rollout": array(
            record(
                {
                    "fusion": {"enum": list(vit_attention.FUSIONS)},
                    "discard": SHARE,
                    "published": {"type": "boolean"},
                }
            ),
            len(vit_attention.RECIPES),
            "the recipes of the rollout pack, in its order",
        ),
    }
    if model is VIT_B_16:
        guess = record({"index": COUNT, "label": NAME, "probability": SHARE})
        properties["top5"] = array(guess, vit_artifacts.TOP)
    else:
        properties["positions_off"] = record(
            {
                "cls_cosine": _CORRELATION,
                "patch_cosine": _CORRELATION,
                "total_variation": per_head(SHARE, "of maps with and without the position table, mean over queries"),
                "mean_distance": measures["mean_distance"],
                "layers": _list(COUNT),
            }
        )
        pair = {"overlap": SHARE, "spearman": _CORRELATION}
        properties["agreement"] = record(
            {
                "definition": NAME,
                "variant": NAME,
                "temperature": _STRICTLY,
                "grid": {"const": list(STAND_IN_GRID)},
                **{name: array(array(kind, _CELLS), layers) for name, kind in pair.items()},
                **{f"other_{name}": array(kind, layers) for name, kind in pair.items()},
                "shuffled_overlap": array(SHARE, layers),
            }
        )
    return document(f"A photo's attention in {model.title}, measured", properties)


def model_document() -> Schema:
    """data/models/<model>.json: what belongs to a real ViT and to no photo."""
    return document(
        "What a real ViT has learned, and how far its heads look, mean over photos",
        {
            "model": {"enum": list(REAL_GRIDS)},
            "checkpoint": NAME,
            "weights_sha256": SHA256,
            "grid": array(COUNT, 2, "rows, columns"),
            "mean_distance": _list(_list(DISTANCE)),
            "uniform_distance": DISTANCE,
            "positions": record(
                {
                    "definition": NAME,
                    "same_row": _CORRELATION,
                    "same_column": _CORRELATION,
                    "elsewhere": _CORRELATION,
                }
            ),
            "filters": record(
                {"definition": NAME, "patch_size": COUNT, "explained": array(SHARE, vit_artifacts.FILTERS)}
            ),
        },
    )


def parity() -> Schema:
    """DINOv2's report in data/parity.json."""
    measured = {"mean": DISTANCE, "max": DISTANCE}
    layers, _ = REAL_HEADS[DINOV2_VITS14.name]
    return record(
        {
            **exported(DINOV2_VITS14),
            "deflated_bytes": COUNT,
            "metric": NAME,
            "tolerance": record({"mean": DISTANCE}),
            "total_variation": record(measured),
            "layers": array(record(measured), layers),
            "positions_off": record(measured),
            "tokens_max_abs_diff": DISTANCE,
            "norms_max_relative_diff": DISTANCE,
            "pack": record({"mean": DISTANCE, "max_map": DISTANCE, "tolerance": DISTANCE}),
            "photos": {
                "type": "array",
                "minItems": 1,
                "items": record({"photo": NAME, **measured, "tokens_max_abs_diff": DISTANCE}),
            },
            "runtimes": {"type": "object", "additionalProperties": NAME, "required": ["onnxruntime", "torch"]},
        }
    )


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
