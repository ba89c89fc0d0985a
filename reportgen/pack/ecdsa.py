"""Verify an ECDSA signature on P-256 with nothing but integers (FIPS 186-5, 6.4.2; SP 800-186).

Standard library only, since it travels in the pack. It holds no secret, so it need not take the
same time for every input.
"""

from __future__ import annotations

from typing import Optional

# The curve y*y = x*x*x - 3*x + b over the integers modulo p, and the order of its base point.
_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_COUNT = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# None is the point at infinity. Optional, as Python 3.9 runs this too.
_Place = Optional[tuple[int, int]]  # noqa: UP045


def verify_p256(point: bytes, digest: bytes, r: int, s: int) -> bool:
    """Whether ``(r, s)`` signs a SHA-256, by the owner of ``point`` (65 bytes, SEC 1)."""
    owner = _point(point)
    if owner is None or not (0 < r < _COUNT and 0 < s < _COUNT):
        return False
    inverse = pow(s, -1, _COUNT)
    number = int.from_bytes(digest, "big")
    found = _sum(_multiple(number * inverse % _COUNT, _G), _multiple(r * inverse % _COUNT, owner))
    return found is not None and found[0] % _COUNT == r


def _point(content: bytes) -> _Place:
    """A point written whole, where it lies on the curve; every such one has the right order."""
    if len(content) != 65 or content[0] != 4:
        return None
    x, y = int.from_bytes(content[1:33], "big"), int.from_bytes(content[33:], "big")
    if x >= _PRIME or y >= _PRIME or (y * y - (x * x * x - 3 * x + _B)) % _PRIME:
        return None
    return x, y


def _sum(p: _Place, q: _Place) -> _Place:
    if p is None or q is None:
        return p or q
    if p[0] == q[0]:
        if (p[1] + q[1]) % _PRIME == 0:
            return None
        slope = (3 * p[0] * p[0] - 3) * pow(2 * p[1], -1, _PRIME)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, _PRIME)
    x = (slope * slope - p[0] - q[0]) % _PRIME
    return x, (slope * (p[0] - x) - p[1]) % _PRIME


def _multiple(factor: int, point: _Place) -> _Place:
    total: _Place = None
    while factor:
        if factor & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        factor >>= 1
    return total
