"""Checks a signature of CMS (RFC 5652): that of a PDF (PAdES), and that of a time stamp (RFC 3161).

Standard library only: it travels in the pack. Of algorithms it knows RSA (PKCS #1 v1.5) with
SHA-256, SHA-384 or SHA-512, and ECDSA on P-256 with SHA-256.
Whom to trust is not asked: that is for ``openssl ts -verify``, and for whoever reads the PDF.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from reportgen.pack.der import BITS, INTEGER, OBJECT_ID, OCTETS, SEQUENCE, SET, Der, one_der
from reportgen.pack.ecdsa import verify_p256
from reportgen.pack.rsa import verify_rsa


def _id(text: str) -> bytes:
    """An object identifier as DER has it, in hex, without tag and length."""
    return bytes.fromhex(text)


# RFC 5652, 4, 5 and 11; RFC 5280, 4.2.1.2 and A.1; RFC 8017, A.2; RFC 5480 and 5758.
_SIGNED_DATA, _MESSAGE_DIGEST = _id("2a864886f70d010702"), _id("2a864886f70d010904")
_KEY_ID, _COMMON_NAME = _id("551d0e"), _id("550403")
_HASHES_BY_ID = {
    _id("608648016503040201"): "sha256",
    _id("608648016503040202"): "sha384",
    _id("608648016503040203"): "sha512",
}
_RSA_ID, _CURVE_KEY, _P256 = (
    _id("2a864886f70d010101"),
    _id("2a8648ce3d0201"),
    _id("2a8648ce3d030107"),
)
_RSA_WITH = {
    _id("2a864886f70d01010b"): "sha256",
    _id("2a864886f70d01010c"): "sha384",
    _id("2a864886f70d01010d"): "sha512",
}
_ECDSA_SHA256 = _id("2a8648ce3d040302")


# Bytes of a message; one with all its certificates has some ten thousand.
MESSAGE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Certificate:
    """What of an X.509 certificate is looked at; moments are YYYYMMDDHHMMSS in UTC."""

    name: str
    serial: int
    issuer: bytes
    starts: str
    ends: str
    key: Der
    key_id: bytes

    def fault_at(self, moment: str) -> str:
        """Why it does not count at a moment; empty where it does (RFC 5280, 4.1.2.5: both ends)."""
        if moment > self.ends:
            return f"a certificate of {self.name} that expired on {_named_day(self.ends)}"
        if moment < self.starts:
            return f"a certificate of {self.name} valid from {_named_day(self.starts)} only"
        return ""


def _named_day(moment: str) -> str:
    return f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}"


@dataclass(frozen=True)
class SignedMessage:
    """A message of CMS with one signature.

    ``content`` is what it has of its own, None for nothing; ``certificate`` that of who signed,
    None where it is not in it; ``good`` whether the signature fits, None where that cannot be told
    here.
    """

    content: bytes | None
    certificate: Certificate | None
    good: bool | None


def read_cms(message: Der, detached: Iterable[bytes] = ()) -> SignedMessage:
    """Read and check a message; ``detached`` is what it signs where that lies elsewhere.

    Raises ValueError for what is no such message, or has another number of signatures than one.
    """
    kind, wrapped = message.of(OBJECT_ID, 0xA0)
    if kind.content != _SIGNED_DATA:
        raise ValueError("a message of CMS that is not signed")
    parts = one_der(wrapped.content).of(INTEGER, SET, SEQUENCE)
    inner = parts[2].of(OBJECT_ID)
    content = None
    if len(inner) > 1:
        octets = one_der(inner[1].content)
        if octets.tag != OCTETS:
            raise ValueError("a signed message without octets")
        content = octets.content
    signers = parts[-1].of(SEQUENCE)
    if parts[-1].tag != SET or len(signers) != 1:
        raise ValueError("not one signature")
    held = [c for part in parts[3:-1] if part.tag == 0xA0 for c in part.parts()]
    signer = signers[0].of(INTEGER)
    # Version, who, digest's algorithm, signature's algorithm, signature (RFC 5652, 5.3).
    if len(signer) < 5:
        raise ValueError("a signer without a signature")
    found = _certificate_of(signer[1], held)
    good = _fits(signer[2:], found, [content] if content is not None else detached)
    return SignedMessage(content, found, good)


def _certificate_of(wanted: Der, held: Iterable[Der]) -> Certificate | None:
    """The certificate of who signed, by issuer and number or by the key's identifier."""
    for one in held:
        if one.tag != SEQUENCE:
            continue
        found = _certificate(one)
        if wanted.tag == 0x80:
            if found.key_id and found.key_id == wanted.content:
                return found
        else:
            issuer, serial = wanted.of(SEQUENCE, INTEGER)
            if (found.issuer, found.serial) == (issuer.whole, serial.number):
                return found
    return None


def _certificate(given: Der) -> Certificate:
    body = given.of(SEQUENCE)[0].parts()
    if body and body[0].tag == 0xA0:
        body = body[1:]
    if [one.tag for one in body[:6]] != [INTEGER, *[SEQUENCE] * 5]:
        raise ValueError("a certificate of another form")
    serial, _, issuer, validity, subject, key = body[:6]
    starts, ends = (one.moment for one in validity.parts())
    key_id = b""
    for extension in (e for part in body[6:] if part.tag == 0xA3 for e in _list_in(part)):
        pair = extension.of(OBJECT_ID)
        if pair[0].content == _KEY_ID:
            key_id = one_der(pair[-1].content).content
    name = _name_of(subject)
    return Certificate(name, serial.number, issuer.whole, starts, ends, key, key_id)


def _list_in(part: Der) -> list[Der]:
    return one_der(part.content).parts()


def _name_of(subject: Der) -> str:
    """The common name, or that there is none."""
    pairs = [pair.of(OBJECT_ID) for group in subject.parts() for pair in group.parts()]
    names = [p[1].content for p in pairs if p[0].content == _COMMON_NAME and len(p) == 2]
    return names[-1].decode("utf-8", "replace") if names else "no name"


def _fits(
    rest: list[Der],
    certificate: Certificate | None,
    signed: Iterable[bytes],
) -> bool | None:
    """Whether the rest of a signer's part, from the digest's algorithm on, signs ``signed``."""
    name = _HASHES_BY_ID.get(rest[0].of(OBJECT_ID)[0].content)
    at = 2 if rest[1].tag == 0xA0 else 1
    if len(rest) < at + 2 or rest[at + 1].tag != OCTETS:
        raise ValueError("a signer without a signature")
    if name is None or certificate is None:
        return None
    digest = hashlib.new(name)
    content = b""
    for part in signed:
        digest.update(part)
        # Without attributes, what is signed is the content itself.
        content += part if at == 1 else b""
    if at == 2:
        attributes = (a.of(OBJECT_ID, SET) for a in rest[1].parts())
        told = [a[1].of(OCTETS)[0].content for a in attributes if a[0].content == _MESSAGE_DIGEST]
        if told != [digest.digest()]:
            return False
        # They are signed as the set that they are (RFC 5652, 5.4).
        content = bytes([SET]) + rest[1].whole[1:]
    algorithm = rest[at].of(OBJECT_ID)[0].content
    return _key_signed(certificate.key, algorithm, name, content, rest[at + 1].content)


def _key_signed(
    key: Der, algorithm: bytes, name: str, content: bytes, signature: bytes
) -> bool | None:
    about, bits = key.of(SEQUENCE, BITS)
    kind = about.of(OBJECT_ID)
    if kind[0].content == _RSA_ID and (algorithm == _RSA_ID or algorithm in _RSA_WITH):
        name = _RSA_WITH.get(algorithm, name)
        modulus, exponent = one_der(bits.content[1:]).of(INTEGER, INTEGER)
        return verify_rsa(modulus.number, exponent.number, content, signature, name)
    curve = kind[1].content if len(kind) > 1 else b""
    if (kind[0].content, curve, algorithm) == (_CURVE_KEY, _P256, _ECDSA_SHA256):
        r, s = one_der(signature).of(INTEGER, INTEGER)
        return verify_p256(bits.content[1:], hashlib.sha256(content).digest(), r.number, s.number)
    return None
