"""Arrays -> the versioned, checksummed binary files that `site_templates/js/tensor.js` reads.

    magic "VITPACK\\0" | uint32 version | uint32 header length | JSON header, padded with spaces to 8 | payload

Integers are little-endian. The header gives dtype, shape, order and encoding, and of the payload as stored its length
and CRC-32 (IEEE 802.3). The payload begins at a multiple of 8 bytes, so that a typed array can look at it in place.
"""

import json
import math
import struct
import zlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MAGIC: Final = b"VITPACK\0"
VERSION: Final = 1
DTYPES: Final = ("<f4", "<f2", "|u1", "|i1")
ENCODINGS: Final = ("none", "deflate-raw")

_PRELUDE = struct.Struct("<8sII")
_ALIGNMENT = 8
_WORTHWHILE = 0.9
"""The payload is deflated when that leaves less than this share: below, inflating costs more than the bytes saved."""


def pack(array: npt.NDArray[Any], name: str) -> bytes:
    """An array of any shape and a dtype of DTYPES -> a pack, C order; deflated where that pays.

    Big-endian and strided arrays are stored like any other. Raises ValueError for another dtype.
    """
    stored = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if stored.dtype.str not in DTYPES:
        raise ValueError(f"{name}: dtype {array.dtype} is not one of {', '.join(DTYPES)}")
    payload, encoding = stored.tobytes(), "none"
    deflated = _deflate(payload)
    if len(deflated) < _WORTHWHILE * len(payload):
        payload, encoding = deflated, "deflate-raw"
    header = {
        "name": name,
        "dtype": stored.dtype.str,
        "shape": array.shape,
        "order": "C",
        "encoding": encoding,
        "payload_bytes": len(payload),
        "crc32": zlib.crc32(payload),
    }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(_PRELUDE.size + len(text)) % _ALIGNMENT)
    return _PRELUDE.pack(MAGIC, VERSION, len(text)) + text + payload


def unpack(data: bytes) -> npt.NDArray[Any]:
    """A pack -> its array. Raises ValueError, saying what was found and what was expected."""
    if len(data) < _PRELUDE.size:
        raise ValueError(f"not a pack: got {len(data)} bytes when at least {_PRELUDE.size} are needed")
    magic, version, header_bytes = _PRELUDE.unpack_from(data)
    if magic != MAGIC:
        raise ValueError(f"not a pack: begins with {magic!r}")
    if version != VERSION:
        raise ValueError(f"a pack of another version: got v{version} when expected v{VERSION}")
    start = _PRELUDE.size + header_bytes
    if start > len(data):
        raise ValueError(f"a pack cut short: got {len(data)} bytes when its header alone ends at {start}")
    header = json.loads(data[_PRELUDE.size : start])
    name, shape, dtype, encoding = (header[key] for key in ("name", "shape", "dtype", "encoding"))
    if dtype not in DTYPES or encoding not in ENCODINGS:
        raise ValueError(f"{name}: unknown dtype {dtype!r} or encoding {encoding!r}")
    payload = data[start:]
    if len(payload) != header["payload_bytes"]:
        raise ValueError(f"{name}: got {len(payload)} bytes of data when expected {header['payload_bytes']}")
    if (found := zlib.crc32(payload)) != header["crc32"]:
        raise ValueError(f"{name}: the data's checksum is {found} when expected {header['crc32']}")
    plain = payload if encoding == "none" else zlib.decompress(payload, wbits=-zlib.MAX_WBITS)
    expected = math.prod(shape) * np.dtype(dtype).itemsize
    if len(plain) != expected:
        raise ValueError(f"{name}: got {len(plain)} bytes when shape {tuple(shape)} needs {expected}")
    return np.frombuffer(plain, dtype).reshape(shape)


def _deflate(payload: bytes) -> bytes:
    """A raw deflate stream (RFC 1951), as `DecompressionStream("deflate-raw")` reads it."""
    compressor = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return compressor.compress(payload) + compressor.flush()
