"""ECDSA on P-256: what others sign is right, and nothing else is."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.pack.ecdsa import verify_p256

COUNT = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
# RFC 6979, A.2.5: the public key, and the signature of "sample" with SHA-256.
POINT = bytes.fromhex(
    "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
DIGEST = hashlib.sha256(b"sample").digest()


def test_the_vector_of_the_rfc() -> None:
    assert verify_p256(POINT, DIGEST, R, S)
    assert verify_p256(POINT, DIGEST, R, COUNT - S)
    assert not verify_p256(POINT, hashlib.sha256(b"test").digest(), R, S)


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, S), (R, 0), (COUNT, S), (R, COUNT), (R + COUNT, S), (R, S + COUNT), (-R, S), (R, -S),
     (R + 1, S), (R, S + 1), (S, R)],
)  # fmt: skip
def test_other_numbers_sign_nothing(r: int, s: int) -> None:
    assert not verify_p256(POINT, DIGEST, r, s)


def test_what_is_no_point_of_the_curve_owns_nothing() -> None:
    x, y = POINT[1:33], POINT[33:]
    for point in (
        b"", POINT[:-1], POINT + b"\0", b"\x02" + x, b"\x05" + x + y, b"\x04" + y + x,
        b"\x04" + x + ((int.from_bytes(y, "big") + 1) % PRIME).to_bytes(32, "big"),
        b"\x04" + bytes(64),
    ):  # fmt: skip
        assert not verify_p256(point, DIGEST, R, S)


def test_a_coordinate_beyond_the_prime_is_no_second_name_of_a_point() -> None:
    # (0, y) lies on the curve, as b is a square; its x could be written as p too.
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    y = pow(b, (PRIME + 1) // 4, PRIME)
    assert y * y % PRIME == b
    # With r = x(s'G) and so on nothing simple is known of its owner; both forms must be refused
    # or taken alike but for the one beyond the prime, which is refused.
    beyond = b"\x04" + PRIME.to_bytes(32, "big") + y.to_bytes(32, "big")
    assert not verify_p256(beyond, DIGEST, R, S)


@given(st.binary(max_size=80), st.integers(2, 2**200))
@settings(max_examples=12, deadline=None)
def test_what_the_library_signs(message: bytes, secret: int) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    digest = hashlib.sha256(message).digest()
    assert verify_p256(point, digest, r, s)
    assert not verify_p256(point, hashlib.sha256(message + b"x").digest(), r, s)
    assert not verify_p256(POINT, digest, r, s)


@pytest.mark.parametrize("secret", [1, 2, COUNT - 1])
def test_keys_at_the_ends(secret: int) -> None:
    """The base point itself: both halves of the sum may meet, or cancel out."""
    key = ec.derive_private_key(secret, ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    r, s = decode_dss_signature(key.sign(b"sample", ec.ECDSA(hashes.SHA256())))
    assert verify_p256(point, DIGEST, r, s)
    # u1 G + u2 Q is the point at infinity where the digest is -r times the secret.
    lost = (-r * secret % COUNT).to_bytes(32, "big")
    assert not verify_p256(point, lost, r, s)
    # u1 G and u2 Q are the same point where it is r times the secret.
    same = (r * secret % COUNT).to_bytes(32, "big")
    assert not verify_p256(point, same, r, s)
