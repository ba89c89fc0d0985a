"""Keys that count no more: as files of public keys, and as ssh-keygen lists them."""

from __future__ import annotations

import base64
import contextlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.pack.revoked import Revoked, parse_revoked
from reportgen.pack.sshsig import parse_signature, text_of
from tests.pack import making
from tests.pack.making import Keys


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return making.keys(tmp_path_factory.mktemp("keys"))


def listed(keys: Keys, text: str | None = None) -> bytes:
    """A list as ``ssh-keygen -k`` makes it of a public key, or of what its manual has."""
    given = keys.folder / "given"
    given.write_text((keys.folder / "own.pub").read_text() if text is None else text)
    make = ["ssh-keygen", "-q", "-k", "-f", keys.folder / "krl", given]
    subprocess.run(make, check=True, capture_output=True)
    return (keys.folder / "krl").read_bytes()


def forms(keys: Keys) -> list[bytes]:
    public = (keys.folder / "own.pub").read_text()
    return [
        public.encode(),
        f"# gone\n\n{public}".encode(),
        listed(keys),
        listed(keys, f"sha1: {public}"),
        listed(keys, f"sha256: {public}"),
        listed(keys, f"hash: {keys.own.fingerprint}\n"),
    ]


def test_each_form_names_the_key_and_no_other(keys: Keys) -> None:
    own, other = (parse_signature(k.sign(b"m")).key for k in (keys.own, keys.other))
    for content in forms(keys):
        found = parse_revoked(content)
        assert found.has(own)
        assert not found.has(other)
    assert not Revoked().has(own)


def test_what_is_not_understood_is_refused(keys: Keys) -> None:
    """Passed over, a key would count again."""
    krl = listed(keys)
    for broken in (b"somebody\n", b"ssh-ed25519\n", b"ssh-ed25519 !!\n", krl[:-1], krl[:20]):
        with pytest.raises(ValueError, match=r"line 1|cut off|version"):
            parse_revoked(broken)
    with pytest.raises(ValueError, match="another version"):
        parse_revoked(krl[:11] + b"\x02" + krl[12:])
    with pytest.raises(ValueError, match="of kind 255"):
        parse_revoked(krl + b"\xff" + bytes(4))


def wire(*texts: str) -> str:
    return base64.b64encode(b"".join(text_of(text.encode()) for text in texts)).decode()


def test_a_key_that_would_revoke_nothing_is_refused(keys: Keys) -> None:
    """RFC 4253, 6.6: a key in wire form begins with its kind, and has nothing cut off."""
    kind, text, *_ = (keys.folder / "own.pub").read_text().split()
    certificate = f"{kind}-cert-v01@openssh.com"
    of_certificate = base64.b64encode(text_of(certificate.encode()) + bytes(4)).decode()
    assert parse_revoked(f"{kind} {text}\n".encode()).keys
    assert parse_revoked(f"ssh-rsa {wire('ssh-rsa', 'e', 'n')}\n".encode()).keys
    for line, said in (
        (f"{kind} {text[:-4]}", "cut off"),
        (f"{kind} {text[:4]}", "cut off"),
        (f"ssh-rsa {text}", "another kind"),
        (f"{kind} {wire(kind)}", "cut off"),
        # RFC 4253, 6.6: exponent and modulus.
        (f"ssh-rsa {wire('ssh-rsa', 'e')}", "cut off"),
        (f"{kind} {text[:8]}!{text[8:]}", "base64"),
        (f"{certificate} {of_certificate}", "a certificate"),
    ):
        with pytest.raises(ValueError, match=f"line 2: .*{said}"):
            parse_revoked(f"# gone\n{line}\n".encode())


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for given_ in (content, b"SSHKRL\n\x00" + content):
        with contextlib.suppress(ValueError):
            parse_revoked(given_)
