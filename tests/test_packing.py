"""Packs hold exactly what was put in, in the layout that the page reads, and never pass off damage as data."""

import json
import struct
import zlib

import numpy as np
import pytest

from explainer.packing import pack, pack_scaled, unpack

RANDOM = np.random.default_rng(4)


@pytest.mark.parametrize(
    "array",
    [
        RANDOM.normal(size=(49, 12)).astype(np.float32),
        RANDOM.normal(size=(3, 5, 7)).astype(np.float16),
        RANDOM.integers(0, 256, (8, 6, 3), np.uint8),
        RANDOM.integers(-128, 128, 11, np.int8),
        np.zeros((100, 100), np.float32),
        np.zeros((0, 4), np.float32),
        np.array(2.5, np.float32),
        np.asfortranarray(RANDOM.normal(size=(4, 9)).astype(np.float32)),
        np.arange(12, dtype=np.uint8).reshape(3, 4)[:, ::2],
        RANDOM.normal(size=6).astype(">f4"),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_round_trip(array: np.ndarray) -> None:
    found = unpack(pack(array, "numbers"))
    assert found.shape == array.shape
    assert found.dtype == array.dtype.newbyteorder("<")
    assert np.array_equal(found, array)


@pytest.mark.parametrize(("dtype", "scale"), [("<i2", 2**-7), ("<i2", 0.01), ("|i1", 1 / 127)])
def test_scaled_integers_are_within_half_a_step(dtype: str, scale: float) -> None:
    array = RANDOM.uniform(-1, 1, size=(3, 5, 41))
    data = pack_scaled(array, "numbers", scale, dtype)
    found = unpack(data)
    assert (found.shape, found.dtype) == (array.shape, np.float32)
    assert np.abs(found - array).max() <= scale / 2 * (1 + 1e-6)
    assert len(data) < array.size * np.dtype(dtype).itemsize + 200


def test_scaled_integers_saturate_and_never_wrap() -> None:
    array = np.array([-1e9, -1.0, 0.0, 1.0, 1e9])
    assert unpack(pack_scaled(array, "numbers", 2**-15)).tolist() == [-1, -1, 0, 1 - 2**-15, 1 - 2**-15]


def test_scaled_integers_lie_in_planes_of_bytes() -> None:
    data = pack_scaled(np.array([0x0102, -2, 0x0304]), "numbers", 1.0)
    start = 16 + struct.unpack_from("<I", data, 12)[0]
    assert zlib.decompress(data[start:], wbits=-15) == bytes([2, 0xFE, 4, 1, 0xFF, 3])


def test_a_plane_without_any_pattern_is_stored_and_the_next_one_deflated() -> None:
    noise = np.random.default_rng(2).integers(0, 256, 50_000)
    packed = pack_scaled(noise.astype(np.float64), "noise", 1.0)  # low bytes at random, high bytes 0
    assert noise.astype(np.uint8).tobytes()[:30_000] in packed
    assert len(packed) < 50_000 + 1_000
    np.testing.assert_array_equal(unpack(packed), noise)


def test_the_layout_byte_by_byte() -> None:
    array = np.array([[1, 2, 3]], np.uint8)
    data = pack(array, "Größe")
    assert data[:8] == b"VITPACK\0"
    version, header_bytes = struct.unpack("<II", data[8:16])
    header, payload = json.loads(data[16 : 16 + header_bytes]), data[16 + header_bytes :]
    assert (version, (16 + header_bytes) % 8, payload) == (1, 0, b"\1\2\3")
    assert header == {
        "name": "Größe",
        "dtype": "|u1",
        "shape": [1, 3],
        "order": "C",
        "encoding": "none",
        "payload_bytes": 3,
        "crc32": zlib.crc32(b"\1\2\3"),
    }


def test_only_what_shrinks_is_deflated() -> None:
    sparse = np.where(RANDOM.random((49, 200)) < 0.2, RANDOM.random((49, 200)), 0).astype(np.float32)
    dense = RANDOM.integers(0, 256, 5000, np.uint8)
    assert b'"encoding":"deflate-raw"' in pack(sparse, "sparse")
    assert len(pack(sparse, "sparse")) < 0.5 * sparse.nbytes
    assert b'"encoding":"none"' in pack(dense, "dense")


def test_the_same_array_gives_the_same_bytes() -> None:
    array = np.zeros((9, 9), np.float32)
    assert pack(array, "a") == pack(np.asfortranarray(array), "a")


def test_other_types_are_refused() -> None:
    with pytest.raises(ValueError, match="wide: dtype float64 is not one of"):
        pack(np.zeros(3), "wide")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:10], "got 10 bytes when at least 16"),
        (lambda data: b"\x89PNG\r\n\x1a\n" + data[8:], "not a pack: begins with"),
        (lambda data: data[:8] + struct.pack("<I", 2) + data[12:], "got v2 when expected v1"),
        (lambda data: data[:40], "cut short: got 40 bytes when its header alone ends at"),
        (lambda data: data[:-1], "numbers: got 63 bytes of data when expected 64"),
        (lambda data: data + b"\0", "numbers: got 65 bytes of data when expected 64"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "checksum is"),
        (lambda data: data.replace(b'"<f4"', b'"<f8"'), "unknown dtype '<f8'"),
        (lambda data: data.replace(b'"shape":[16]', b'"shape":[15]'), r"got 64 bytes when shape \(15,\) needs 60"),
    ],
)
def test_damage_is_named(damage, message: str) -> None:
    data = pack(RANDOM.normal(size=16).astype(np.float32), "numbers")
    with pytest.raises(ValueError, match=message):
        unpack(damage(data))
