"""Large files for the page as one raw deflate stream each, which `DecompressionStream("deflate-raw")` inflates."""

import zlib


def deflate(content: bytes) -> bytes:
    """-> a raw deflate stream (RFC 1951), as small as zlib makes it: it is made once, and fetched by every reader."""
    compressor = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, memLevel=9)
    return compressor.compress(content) + compressor.flush()
