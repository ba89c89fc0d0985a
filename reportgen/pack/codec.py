"""What inflates and deflates packs here: ``isal``, some five times as fast as zlib, where it is.

The ``verify.py`` in a pack keeps to the standard library.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from reportgen.pack.container import Codec

try:
    from isal import isal_zlib
except ImportError:  # no build of it for this machine
    isal_zlib = None  # type: ignore[assignment]

FAST: Codec = zlib if isal_zlib is None else isal_zlib  # type: ignore[assignment]


class Deflater(Protocol):
    """As ``zlib.compressobj`` makes it."""

    def compress(self, data: bytes | memoryview, /) -> bytes:
        """The next deflated bytes."""

    def flush(self) -> bytes:
        """The last ones."""


def deflater() -> Deflater:
    """What deflates one stream, raw, as a zip has it."""
    if isal_zlib is None:
        return zlib.compressobj(-1, zlib.DEFLATED, -zlib.MAX_WBITS)
    # Of its levels the one that makes of JSON and CSV what zlib does by default, or less.
    return isal_zlib.compressobj(2, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
