"""RSA: what others sign is right, and nothing else is."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from reportgen.pack.rsa import verify_rsa

MESSAGE = b"manifest"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def raw(key: rsa.RSAPrivateKey, padded: bytes) -> bytes:
    """A signature over any padding, right or not."""
    numbers = key.private_numbers()
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    value = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n)
    return value.to_bytes(size, "big")


@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_what_the_library_signs(key: rsa.RSAPrivateKey, name: str) -> None:
    kind = hashes.SHA256() if name == "sha256" else hashes.SHA512()
    n, e = key.public_key().public_numbers().n, key.public_key().public_numbers().e
    signature = key.sign(MESSAGE, padding.PKCS1v15(), kind)
    assert verify_rsa(n, e, MESSAGE, signature, name)
    assert not verify_rsa(n, e, MESSAGE + b"x", signature, name)
    assert not verify_rsa(n, e, MESSAGE, signature, "sha512" if name == "sha256" else "sha256")
    assert not verify_rsa(n, 3, MESSAGE, signature, name)
    assert not verify_rsa(n, e, MESSAGE, signature[:-1], name)
    assert not verify_rsa(n, e, MESSAGE, b"\0" + signature, name)
    assert not verify_rsa(n, e, MESSAGE, bytes([signature[0] ^ 1]) + signature[1:], name)
    beyond = (int.from_bytes(signature, "big") + n).to_bytes(257, "big")
    assert not verify_rsa(n, e, MESSAGE, beyond, name)
    if beyond[0] == 0:
        assert not verify_rsa(n, e, MESSAGE, beyond[1:], name)


def test_only_the_one_padding_counts(key: rsa.RSAPrivateKey) -> None:
    n, e = key.public_key().public_numbers().n, key.public_key().public_numbers().e
    info = bytes.fromhex("3031300d060960864801650304020105000420")
    end = b"\0" + info + hashlib.sha256(MESSAGE).digest()
    good = b"\0\1" + b"\xff" * (256 - 2 - len(end)) + end
    assert verify_rsa(n, e, MESSAGE, raw(key, good), "sha256")
    for bad in (
        b"\0\2" + good[2:],
        good[:10] + b"\xfe" + good[11:],
        # Bytes behind the digest: how signatures of small exponents were forged.
        b"\0\1" + b"\xff" * 20 + end + bytes(256 - 22 - len(end)),
        b"\0\1" + b"\xff" * (256 - 2 - 33) + b"\0" + hashlib.sha256(MESSAGE).digest(),
    ):
        assert len(bad) == 256
        assert not verify_rsa(n, e, MESSAGE, raw(key, bad), "sha256")


@pytest.mark.parametrize(
    ("bits", "taken"), [(2047, False), (2048, True), (8192, True), (8193, False)]
)
def test_the_length_of_a_key(bits: int, taken: bool) -> None:
    """Of a modulus v*v*v - m, v is a signature of m under the exponent 3."""
    size = (bits + 7) // 8
    end = b"\0" + bytes.fromhex("3031300d060960864801650304020105000420")
    end += hashlib.sha256(MESSAGE).digest()
    m = int.from_bytes(b"\0\1" + b"\xff" * (size - 2 - len(end)) + end, "big")
    low, high = 1, 1 << bits
    while low < high:
        middle = (low + high) // 2
        if middle**3 < m + (1 << (bits - 1)):
            low = middle + 1
        else:
            high = middle
    modulus = low**3 - m
    assert modulus.bit_length() == bits
    assert verify_rsa(modulus, 3, MESSAGE, low.to_bytes(size, "big"), "sha256") is taken


@pytest.mark.parametrize("exponent", [-3, 0, 1, 2, 1 << 33])
def test_an_exponent_that_no_key_has(exponent: int, key: rsa.RSAPrivateKey) -> None:
    n = key.public_key().public_numbers().n
    # Under the exponent 1 anything is its own signature.
    end = b"\0" + bytes.fromhex("3031300d060960864801650304020105000420")
    end += hashlib.sha256(MESSAGE).digest()
    padded = b"\0\1" + b"\xff" * (256 - 2 - len(end)) + end
    assert not verify_rsa(n, exponent, MESSAGE, padded, "sha256")
