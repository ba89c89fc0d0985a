"""Signatures of CMS as openssl makes them: whole, altered, and of kinds that are not known here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from reportgen.pack.cms import SignedMessage, read_cms
from reportgen.pack.der import one_der
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
