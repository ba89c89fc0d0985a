"""Verify an Ed25519 signature with nothing but integers (RFC 8032, 5.1).

Standard library only, since it travels in the pack. It holds no secret, so it need not take the
same time for every input; signing is left to the ``cryptography`` library.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
# A point of the curve in extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z.
_Point = tuple[int, int, int, int]


def verify_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) of ``message`` was made by the owner of ``key`` (32)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, commitment = _decoded(key), _decoded(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    # An answer beyond the order would be a second signature of the same message.
    if owner is None or commitment is None or answer >= _ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    return _same(_times(answer, _BASE), _plus(commitment, _times(challenge, owner)))


def _recovered(y: int, odd: int) -> int | None:
    """The x of a point by its y and the last bit of x; None where there is no such point."""
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    if square == 0:
        return None if odd else 0
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P:
        return None
    return _P - x if x & 1 != odd else x


def _decoded(content: bytes) -> _Point | None:
    number = int.from_bytes(content, "little")
    y = number & ((1 << 255) - 1)
    x = _recovered(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % _P)


def _plus(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(factor: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        factor >>= 1
    return total


def _same(p: _Point, q: _Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % _P == 0 and (p[1] * q[2] - q[1] * p[2]) % _P == 0


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE_X = _recovered(_BASE_Y, 0) or 0
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)
