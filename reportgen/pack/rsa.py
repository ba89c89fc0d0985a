"""Verify an RSA signature (RSASSA-PKCS1-v1_5; RFC 8017, 8.2.2) with nothing but integers.

Standard library only, since it travels in the pack.
"""

from __future__ import annotations

import hashlib

# DER of DigestInfo up to the digest itself (RFC 8017, 9.2, note 1).
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
# Shorter keys can be broken; longer ones only cost whoever verifies.
_BITS = range(2048, 8193)


def verify_rsa(
    modulus: int, exponent: int, message: bytes, signature: bytes, hash_name: str
) -> bool:
    """Whether ``signature`` of ``message`` was made by the owner of the key."""
    if modulus.bit_length() not in _BITS or not 2 < exponent < 1 << 33:
        return False
    size = (modulus.bit_length() + 7) // 8
    value = int.from_bytes(signature, "big")
    if len(signature) != size or value >= modulus:
        return False
    wanted = _DIGEST_INFO[hash_name] + hashlib.new(hash_name, message).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted
    return pow(value, exponent, modulus).to_bytes(size, "big") == padded
