"""SSH signatures of a file (OpenSSH, PROTOCOL.sshsig), and who may make them (ssh-keygen(1)).

Standard library only: it travels in the pack. ``ssh-keygen -Y verify`` checks the same thing:
the wire form is that of RFC 4251, keys and signatures those of RFC 8709 (``ssh-ed25519``), RFC 5656
(``ecdsa-sha2-nistp256``) and RFC 8332 (``rsa-sha2-256`` and ``-512``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from reportgen.pack.ecdsa import verify_p256
from reportgen.pack.ed25519 import verify_ed25519
from reportgen.pack.rsa import verify_rsa

NAMESPACE = "reportgen-pack"
KEY_KIND = "ssh-ed25519"
ECDSA_KIND, ECDSA_CURVE = "ecdsa-sha2-nistp256", "nistp256"
RSA_KIND = "ssh-rsa"
KEY_KINDS = (KEY_KIND, ECDSA_KIND, RSA_KIND)
# A signature of an RSA key is named after its hash.
_RSA_HASHES = {"rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512"}
SIGNATURE_LIMIT = 16 << 10
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_HASHES = ("sha256", "sha512")
_DAY_FORM = re.compile(r"(\d{8})(\d{4})?(\d{2})?(Z?)")


@dataclass(frozen=True)
class Signature:
    """A signature as its file has it: the key in wire form, the namespace, hash and signature."""

    key: bytes
    namespace: str
    hash_name: str
    kind: str
    value: bytes


@dataclass(frozen=True)
class Signer:
    """A line of an allowed_signers file; days are YYYYMMDDHHMMSS in UTC, empty for no limit."""

    principals: str
    key: bytes
    namespaces: tuple[str, ...] = ()
    valid_after: str = ""
    valid_before: str = ""


@dataclass(frozen=True)
class Signers:
    """Every line of an allowed_signers file that this verifier can use, and what it left out."""

    known: tuple[Signer, ...] = ()
    passed_over: tuple[str, ...] = field(default=())

    def judge(self, key: bytes, namespace: str, moment: str) -> tuple[str, str]:
        """Who signed, and what is wrong with that (one of the two is empty).

        ``moment`` is YYYYMMDDHHMMSS in UTC: a key must be valid then. Both ends count, as they do
        for ssh-keygen(1).
        """
        said = "a key that is not among the allowed signers"
        for signer in self.known:
            if signer.key != key:
                continue
            if signer.namespaces and namespace not in signer.namespaces:
                said = f"a key that is allowed for {', '.join(signer.namespaces)} only"
            elif signer.valid_before and moment > signer.valid_before:
                said = f"a key of {signer.principals} that expired on {_day(signer.valid_before)}"
            elif signer.valid_after and moment < signer.valid_after:
                said = f"a key of {signer.principals} valid from {_day(signer.valid_after)} only"
            else:
                return signer.principals, ""
        return "", f"{said} ({fingerprint(key)})"


def _day(moment: str) -> str:
    return f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}"


def fingerprint(key: bytes) -> str:
    """A key's fingerprint as ``ssh-keygen -l`` prints it."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def ed25519_key(raw: bytes) -> bytes:
    """The wire form of a public key of 32 bytes (RFC 8709, 4)."""
    return text_of(KEY_KIND.encode()) + text_of(raw)


def p256_key(point: bytes) -> bytes:
    """The wire form of a public key on P-256, ``point`` being 65 bytes (RFC 5656, 3.1)."""
    parts = (ECDSA_KIND.encode(), ECDSA_CURVE.encode(), point)
    return b"".join(text_of(part) for part in parts)


def rsa_key(exponent: int, modulus: int) -> bytes:
    """The wire form of an RSA public key (RFC 4253, 6.6)."""
    return text_of(RSA_KIND.encode()) + number_of(exponent) + number_of(modulus)


def number_of(value: int) -> bytes:
    """A positive number of the wire form: no byte more than its sign needs (RFC 4251, 5)."""
    return text_of(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _number(content: bytes) -> int:
    """A positive number as ``number_of`` writes it. Raises ValueError for another form."""
    value = int.from_bytes(content, "big")
    if value <= 0 or text_of(content) != number_of(value):
        raise ValueError("a number in another form")
    return value


def text_of(content: bytes) -> bytes:
    """A string of the wire form: its length, then itself (RFC 4251, 5)."""
    return struct.pack(">I", len(content)) + content


def signed_part(namespace: str, hash_name: str, message: bytes) -> bytes:
    """What is really signed: the message's hash in its frame (PROTOCOL.sshsig, 3)."""
    digest = hashlib.new(hash_name, message).digest()
    parts = (namespace.encode(), b"", hash_name.encode(), digest)
    return _MAGIC + b"".join(text_of(part) for part in parts)


def armored(signature: Signature) -> bytes:
    """The file that ``ssh-keygen -Y sign`` would write."""
    inner = text_of(signature.kind.encode()) + text_of(signature.value)
    parts = (signature.key, signature.namespace.encode(), b"", signature.hash_name.encode(), inner)
    blob = _MAGIC + struct.pack(">I", 1) + b"".join(text_of(part) for part in parts)
    text = base64.b64encode(blob).decode()
    lines = [text[i : i + 70] for i in range(0, len(text), 70)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def parse_signature(content: bytes) -> Signature:
    """Read a signature file. Raises ValueError that says what is there instead."""
    try:
        lines = content.decode("ascii").strip().splitlines()
    except UnicodeDecodeError:
        raise ValueError("bytes that are no text") from None
    if len(lines) < 3 or lines[0].strip() != _BEGIN or lines[-1].strip() != _END:
        raise ValueError("no SSH signature")
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        raise ValueError("a signature that is no base64") from None
    if blob[:10] != _MAGIC + struct.pack(">I", 1):
        raise ValueError("no SSH signature of version 1")
    key, namespace, _, hash_name, inner = _texts(blob[10:], 5)
    kind, value = _texts(inner, 2)
    named = [part.decode("ascii", "replace") for part in (namespace, hash_name, kind)]
    if named[1] not in _HASHES:
        raise ValueError(f"a signature over {named[1]!r}")
    return Signature(key, named[0], named[1], named[2], value)


def _texts(content: bytes, count: int) -> list[bytes]:
    """So many strings of the wire form, and nothing behind them. Raises ValueError."""
    found = []
    for _ in range(count):
        if len(content) < 4:
            raise ValueError("a signature that is cut off")
        (size,) = struct.unpack(">I", content[:4])
        if len(content) < 4 + size:
            raise ValueError("a signature that is cut off")
        found.append(content[4 : 4 + size])
        content = content[4 + size :]
    if content:
        raise ValueError("a signature with something behind it")
    return found


def is_signature_of(signature: Signature, message: bytes) -> bool:
    """Whether the key in ``signature`` signed ``message``. Raises ValueError for another kind."""
    part = signed_part(signature.namespace, signature.hash_name, message)
    kind = _key_kind(signature.key)
    if (signature.kind, kind) == (KEY_KIND, KEY_KIND):
        return verify_ed25519(_texts(signature.key, 2)[1], part, signature.value)
    if (signature.kind, kind) == (ECDSA_KIND, ECDSA_KIND):
        curve, point = _texts(signature.key, 3)[1:]
        r, s = map(_number, _texts(signature.value, 2))
        right = curve == ECDSA_CURVE.encode()
        return right and verify_p256(point, hashlib.sha256(part).digest(), r, s)
    if signature.kind in _RSA_HASHES and kind == RSA_KIND:
        exponent, modulus = map(_number, _texts(signature.key, 3)[1:])
        name = _RSA_HASHES[signature.kind]
        return verify_rsa(modulus, exponent, part, signature.value, name)
    raise ValueError(f"a signature of kind {signature.kind!r}; `ssh-keygen -Y verify` may know it")


def _key_kind(key: bytes) -> str:
    return next((kind for kind in KEY_KINDS if key.startswith(text_of(kind.encode()))), "")


def parse_signers(text: str) -> Signers:
    """Read an allowed_signers file: ``principals [options] kind key [comment]`` on each line.

    A line of another kind of key, of a certificate authority, or one that cannot be read, is
    passed over and told. A date without Z is taken as UTC, where ssh-keygen takes local time.
    """
    known, left = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            known.append(_signer(list(_words(line))))
        except ValueError as error:
            left.append(f"line {number}: {error}")
    return Signers(tuple(known), tuple(left))


def _words(line: str) -> Iterator[str]:
    """Words apart by blanks, but not by those between quotes."""
    for match in re.finditer(r'(?:"[^"]*"|[^\s"])+', line):
        yield match[0]


def _signer(words: list[str]) -> Signer:
    kinds = [i for i, w in enumerate(words) if re.fullmatch(r"(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+", w)]
    kinds = [i for i in kinds if i in (1, 2)]
    if not kinds or len(words) < kinds[0] + 2:
        raise ValueError("no principal, kind and key")
    if words[kinds[0]] not in KEY_KINDS:
        raise ValueError(f"a key of kind {words[kinds[0]]}")
    try:
        key = base64.b64decode(words[kinds[0] + 1], validate=True)
    except binascii.Error:
        raise ValueError("a key that is no base64") from None
    if _key_kind(key) != words[kinds[0]]:
        raise ValueError(f"a key that is no {words[kinds[0]]}")
    namespaces: tuple[str, ...] = ()
    days = {"valid-after": "", "valid-before": ""}
    for option in _options(words[1]) if kinds[0] == 2 else ():
        name, _, value = option.partition("=")
        value = value.strip('"')
        if name.lower() == "namespaces":
            namespaces = tuple(value.split(","))
        elif name.lower() in days:
            days[name.lower()] = moment_of(value)
        else:
            raise ValueError(f"the option {name}")
    return Signer(words[0].strip('"'), key, namespaces, days["valid-after"], days["valid-before"])


def _options(text: str) -> list[str]:
    return re.findall(r'(?:"[^"]*"|[^,"])+', text)


def moment_of(text: str) -> str:
    """A date as OpenSSH writes it, YYYYMMDD[HHMM[SS]][Z], to the second. Raises ValueError."""
    match = _DAY_FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date")
    return match[1] + (match[2] or "0000") + (match[3] or "00")
