"""Signatures of CMS as openssl makes them: whole, altered, and of kinds that are not known here."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from reportgen.pack.cms import SignedMessage, read_cms
from reportgen.pack.der import INTEGER, SEQUENCE, SET, one_der
from tests.pack import certified

CONTENT = b"what is signed"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("cms")
    key = certified.private()
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (found / "rsa.key").write_bytes(key.private_bytes(*form))
    (found / "rsa.crt").write_bytes(certified.certificate().public_bytes(Encoding.PEM))
    for name, curve in (("p256", "P-256"), ("p384", "P-384")):
        make = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}",
            "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", found / f"{name}.key",
            "-out", found / f"{name}.crt",
        ]  # fmt: skip
        subprocess.run(make, check=True, capture_output=True)
    (found / "content").write_bytes(CONTENT)
    return found


def signed(folder: Path, key: str, *options: str) -> bytes:
    command = [
        "openssl", "cms", "-sign", "-binary", "-in", "content", "-inkey", f"{key}.key",
        "-signer", f"{key}.crt", "-outform", "DER", *options,
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def read(message: bytes, detached: bytes = CONTENT) -> SignedMessage:
    return read_cms(one_der(message), [detached[:3], detached[3:]])


@pytest.mark.parametrize("key", ["rsa", "p256"])
@pytest.mark.parametrize(
    "options", [(), ("-nodetach",), ("-keyid",), ("-noattr",), ("-nodetach", "-noattr")]
)
def test_a_whole_one(folder: Path, key: str, options: tuple[str, ...]) -> None:
    message = signed(folder, key, "-md", "sha256", *options)
    found = read(message)
    assert found.good is True
    assert found.content == (CONTENT if "-nodetach" in options else None)
    assert found.certificate is not None
    assert found.certificate.name == {"rsa": "Example assurance"}.get(key, key)
    if "-nodetach" in options:
        altered = read(message.replace(CONTENT, CONTENT[::-1]))
    else:
        altered = read(message, CONTENT + b".")
    assert altered.good is False


@pytest.mark.parametrize("name", ["sha384", "sha512"])
def test_other_hashes(folder: Path, name: str) -> None:
    message = signed(folder, "rsa", "-md", name)
    assert read(message).good is True
    assert read(message, b"else").good is False


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("rsa", ("-keyopt", "rsa_padding_mode:pss")),
        ("rsa", ("-md", "sha1")),
        ("p384", ("-md", "sha256")),
        ("p256", ("-md", "sha512")),
    ],
)
def test_kinds_that_are_not_known_are_neither_good_nor_bad(
    folder: Path, key: str, options: tuple[str, ...]
) -> None:
    found = read(signed(folder, key, *options))
    assert found.good is None
    assert found.certificate is not None


def test_a_certificate_that_is_not_in_it(folder: Path) -> None:
    found = read(signed(folder, "rsa", "-nocerts"))
    assert (found.good, found.certificate) == (None, None)
    # Nor does that of another count.
    message = signed(folder, "rsa", "-nocerts", "-certfile", "p256.crt")
    assert read(message).certificate is None
    message = signed(folder, "rsa", "-nocerts", "-certfile", "p256.crt", "-keyid")
    assert read(message).certificate is None


def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def certified_anew(message: bytes, change: Callable[[list[bytes]], list[bytes]]) -> SignedMessage:
    """The same message with another body in its certificate."""
    made = asn1_cms.ContentInfo.load(message)
    (held,) = made["content"]["certificates"]
    body, *rest = one_der(held.dump()).parts()
    fields = change([part.whole for part in body.parts()])
    whole = der(SEQUENCE, der(SEQUENCE, *fields), *(part.whole for part in rest))
    made["content"]["certificates"] = [asn1_cms.CertificateChoices.load(whole)]
    return read(made.dump())


def test_a_certificate_of_version_1(folder: Path) -> None:
    """It has no version and no extensions (RFC 5280, 4.1.2.1)."""
    found = certified_anew(signed(folder, "rsa"), lambda fields: fields[1:-1])
    assert found.good is True
    assert found.certificate is not None
    assert found.certificate.name == "Example assurance"


def test_a_key_of_another_algorithm(folder: Path) -> None:
    """Ed25519, whose identifier has no parameters (RFC 8410, 3)."""
    public = Ed25519PrivateKey.generate().public_key()
    key = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found = certified_anew(signed(folder, "rsa"), lambda fields: [*fields[:6], key, *fields[7:]])
    assert found.good is None


def test_the_common_name_is_one_of_several(folder: Path) -> None:
    make = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "named.key",
        "-subj", "/O=Example/CN=Who/OU=Audit", "-out", "named.crt",
    ]  # fmt: skip
    subprocess.run(make, cwd=folder, check=True, capture_output=True)
    found = read(signed(folder, "named")).certificate
    assert found is not None
    assert found.name == "Who"


WHO, HASH = der(0x80, b"id"), bytes.fromhex("300b0609608648016503040201")


@pytest.mark.parametrize(
    "signer",
    [
        (),
        (WHO,),
        (WHO, HASH),
        (WHO, HASH, HASH),
        (WHO, HASH, HASH, der(INTEGER, b"1")),
        (WHO, HASH, der(0xA0), HASH),
    ],
)
def test_a_signer_who_lacks_a_part(signer: tuple[bytes, ...]) -> None:
    """RFC 5652, 5.3: version, who, digest, perhaps attributes, algorithm, signature."""
    version = der(INTEGER, b"1")
    kind = bytes.fromhex("06092a864886f70d010702")
    signers = der(SET, der(SEQUENCE, version, *signer))
    data = der(SEQUENCE, version, der(SET), der(SEQUENCE, kind), signers)
    with pytest.raises(ValueError, match="a signer without a signature"):
        read(der(SEQUENCE, kind, der(0xA0, data)))


def test_two_signatures_are_not_one(folder: Path) -> None:
    twice = signed(folder, "rsa", "-signer", "p256.crt", "-inkey", "p256.key")
    with pytest.raises(ValueError, match="not one signature"):
        read(twice)


def test_a_signature_that_is_changed_is_none(folder: Path) -> None:
    message = signed(folder, "rsa")
    assert read(message[:-1] + bytes([message[-1] ^ 1])).good is False


@pytest.mark.parametrize(("moment", "fault"), certified.MOMENTS)
def test_a_certificate_counts_for_its_time(folder: Path, moment: str, fault: str) -> None:
    found = read(signed(folder, "rsa")).certificate
    assert found is not None
    said = found.fault_at(moment)
    assert said == (f"a certificate of Example assurance {fault}" if fault else "")


@given(st.data())
def test_any_byte_may_be_another(folder: Path, data: st.DataObject) -> None:
    """It is read or refused with a ValueError, and never good where what is signed was touched."""
    message = _MESSAGE.setdefault("", signed(folder, "rsa", "-nodetach"))
    at = data.draw(st.integers(min_value=0, max_value=len(message) - 1))
    value = data.draw(st.integers(min_value=0, max_value=255))
    changed = message[:at] + bytes([value]) + message[at + 1 :]
    try:
        found = read(changed)
    except ValueError:
        return
    if found.good and changed != message:
        assert found.content == CONTENT


_MESSAGE: dict[str, bytes] = {}
