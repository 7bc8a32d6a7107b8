"""Golden values of the Python reference for the JavaScript twin: `write(folder)`, or a script that takes the folder.

attention.json      small random features and what explainer.attention makes of them
f4_none.bin         a float32 pack, not compressed (random numbers do not deflate)
u1_deflate.bin      a uint8 pack, raw deflate
packs.json          what the two packs hold: name, shape, values
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from explainer import attention, packing

TEMPERATURES = (0.5, 1, 4, 16)


def attention_values() -> dict[str, Any]:
    """Six tokens of eight numbers, spread like the real ones: many zeros, none above 6."""
    generator = np.random.default_rng(20261121)
    features = np.clip(generator.normal(0.5, 2.0, (6, 8)), 0, 6).astype(np.float32)
    scores = attention.logits(features, features)
    normalised = attention.layer_norm(features)
    weights = {str(temperature): attention.softmax(scores, temperature) for temperature in TEMPERATURES}
    return {
        "features": features.tolist(),
        "layer_norm": normalised.tolist(),
        "logits": scores.tolist(),
        "layer_norm_logits": attention.logits(normalised, normalised).tolist(),
        "softmax": {temperature: rows.tolist() for temperature, rows in weights.items()},
        "effective_number": {
            temperature: attention.effective_number(rows).tolist() for temperature, rows in weights.items()
        },
        "sine_cosine": {
            "rows": 3,
            "cols": 4,
            "dim": 16,
            "values": attention.sine_cosine_positions(3, 4, 16).tolist(),
        },
    }


def packed_arrays() -> dict[str, np.ndarray[Any, Any]]:
    """Pack's file name -> its array: one that deflates and one that does not."""
    generator = np.random.default_rng(7)
    return {
        "f4_none": generator.normal(size=(3, 5)).astype(np.float32),
        "u1_deflate": np.tile(np.arange(4, dtype=np.uint8), (8, 8, 16)),
    }


def write(folder: Path) -> None:
    """Write all golden files into an existing folder."""
    (folder / "attention.json").write_text(json.dumps(attention_values()), encoding="utf-8")
    arrays = packed_arrays()
    for name, array in arrays.items():
        data = packing.pack(array, name)
        expected = "deflate-raw" if name.endswith("deflate") else "none"
        if f'"encoding":"{expected}"'.encode() not in data:
            raise ValueError(f"{name}.bin should be stored with the encoding {expected}")
        (folder / f"{name}.bin").write_bytes(data)
    described = {name: {"shape": array.shape, "values": array.ravel().tolist()} for name, array in arrays.items()}
    (folder / "packs.json").write_text(json.dumps(described), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
