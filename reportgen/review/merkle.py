"""A Merkle tree over the rows of a population: one root, and for each row a short proof.

The tree is that of RFC 6962, section 2.1 (Certificate Transparency): leaves and nodes are hashed
under different prefixes, so that no node can pass for a row, and a tree of n rows splits at the
largest power of two below n. A proof of 4,000 rows has 12 hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(row: bytes) -> bytes:
    """The hash of one row's bytes."""
    return hashlib.sha256(b"\x00" + row).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over rows in their order. ``root`` is hexadecimal; an empty tree has one too."""

    def __init__(self, rows: Sequence[bytes]) -> None:
        # Levels from the leaves up. A node without a neighbour moves up as it is, which gives the
        # same tree as splitting at the largest power of two.
        self._levels = [[leaf_hash(row) for row in rows]]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = [_node(*below[i : i + 2]) for i in range(0, len(below) - 1, 2)]
            self._levels.append(pairs + below[len(below) & ~1 :])

    @property
    def root(self) -> str:
        """The root over all rows."""
        top = self._levels[-1]
        return (top[0] if top else hashlib.sha256(b"").digest()).hex()

    def proof(self, index: int) -> tuple[str, ...]:
        """The hashes beside the way from a row up to the root. Raises IndexError."""
        if not 0 <= index < len(self._levels[0]):
            raise IndexError(index)
        found = []
        for level in self._levels[:-1]:
            beside = index ^ 1
            if beside < len(level):
                found.append(level[beside].hex())
            index >>= 1
        return tuple(found)


def proves(row: bytes, index: int, size: int, proof: Sequence[str], root: str) -> bool:
    """Whether ``proof`` shows that ``row`` is number ``index`` of ``size`` rows under ``root``.

    As RFC 9162, section 2.1.3.2 verifies it. Never raises for what is no hash.
    """
    if not 0 <= index < size:
        return False
    try:
        beside = [bytes.fromhex(text) for text in proof]
    except ValueError:
        return False
    here, last = index, size - 1
    value = leaf_hash(row)
    for other in beside:
        if last == 0 or len(other) != hashlib.sha256().digest_size:
            return False
        if here & 1 or here == last:
            value = _node(other, value)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            value = _node(value, other)
        here, last = here >> 1, last >> 1
    return last == 0 and value.hex() == root
