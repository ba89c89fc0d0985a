"""Keys that do not count any more: a file of public keys, or a list as ``ssh-keygen -k`` makes it.

Standard library only: it travels in the pack. The list's form is that of OpenSSH (PROTOCOL.krl).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_KIND = re.compile(r"(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+")
_CERTIFIED = "-cert-v01@"
# What a key has behind its kind (RFC 8709, 4); of others it is more than one part.
_LEAST = {"ssh-ed25519": 1}
_KRL = b"SSHKRL\n\x00"
_EXPLICIT, _SHA1, _SHA256 = 2, 3, 5
# Certificates of OpenSSH are none of the keys that sign packs.
_CERTIFICATES = 1


@dataclass(frozen=True)
class Revoked:
    """Keys in wire form, or digests of them."""

    keys: frozenset[bytes] = frozenset()

    def has(self, key: bytes) -> bool:
        """Whether a key, in wire form, is among them."""
        sha1 = hashlib.sha1(key, usedforsecurity=False).digest()
        return not self.keys.isdisjoint({key, sha1, hashlib.sha256(key).digest()})


def parse_revoked(content: bytes) -> Revoked:
    """Read a file of revoked keys. Raises ValueError: what is passed over would count again."""
    if content.startswith(_KRL):
        return Revoked(frozenset(_listed_keys(content[len(_KRL) :])))
    found = set()
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if not _KIND.fullmatch(words[0]):
                raise ValueError("no kind and key")
            if _CERTIFIED in words[0]:
                raise ValueError("a certificate, and no key")
            key = base64.b64decode(words[1], validate=True)
            # A key begins with its kind (RFC 4253, 6.6); one that is cut off is nobody's.
            kind, *rest = _texts_in(key)
            if kind != words[0].encode():
                raise ValueError("a key of another kind")
            if len(rest) < _LEAST.get(words[0], 2):
                raise ValueError("a key that is cut off")
            found.add(key)
        except (binascii.Error, IndexError, ValueError) as error:
            raise ValueError(f"line {number}: {error}") from None
    return Revoked(frozenset(found))


def _listed_keys(rest: bytes) -> list[bytes]:
    """The keys and digests of a list, behind its first word."""
    # Version of the form, number of the list, date, flags.
    if int.from_bytes(rest[:4], "big") != 1:
        raise ValueError("a list of revoked keys of another version")
    rest = rest[4 + 3 * 8 :]
    for _ in ("reserved", "comment"):
        _, rest = _cut_text(rest)
    found: list[bytes] = []
    while rest:
        kind = rest[0]
        section, rest = _cut_text(rest[1:])
        if kind not in (_CERTIFICATES, _EXPLICIT, _SHA1, _SHA256):
            raise ValueError(f"a list of revoked keys with a part of kind {kind}")
        if kind != _CERTIFICATES:
            found += _texts_in(section)
    return found


def _texts_in(content: bytes) -> Iterator[bytes]:
    """The strings that these bytes are, one behind the other. Raises ValueError."""
    while content:
        one, content = _cut_text(content)
        yield one


def _cut_text(content: bytes) -> tuple[bytes, bytes]:
    """A string of the wire form (RFC 4251, 5), and what is behind it. Raises ValueError."""
    size = int.from_bytes(content[:4], "big")
    if len(content) < 4 + size:
        raise ValueError("revoked keys that are cut off")
    return content[4 : 4 + size], content[4 + size :]
