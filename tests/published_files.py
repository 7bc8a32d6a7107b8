"""Reading what the build has published, by nothing of the package: JSON, packs, crops, hashes."""

import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image


def read(site: Path, path: str) -> Any:
    return json.loads((site / path).read_text(encoding="utf-8"))


def open_pack(data: bytes) -> tuple[dict[str, Any], npt.NDArray[Any]]:
    magic, version, length = struct.unpack_from("<8sII", data)
    assert (magic, version, (16 + length) % 8) == (b"VITPACK\0", 1, 0)
    header = json.loads(data[16 : 16 + length])
    payload = data[16 + length :]
    assert (len(payload), zlib.crc32(payload)) == (header["payload_bytes"], header["crc32"])
    plain = zlib.decompress(payload, wbits=-15) if header["encoding"] != "none" else payload
    if header["encoding"] == "planes-deflate-raw":
        planes = np.frombuffer(plain, np.uint8).reshape(np.dtype(header["dtype"]).itemsize, -1)
        plain = planes.T.tobytes()
    return header, np.frombuffer(plain, header["dtype"]).reshape(header["shape"])


def pixels(site: Path, photo: str) -> npt.NDArray[np.uint8]:
    with Image.open(site / f"data/photos/{photo}/crop.png") as crop:
        assert (crop.format, crop.mode, crop.size) == ("PNG", "RGB", (224, 224))
        return np.asarray(crop)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
