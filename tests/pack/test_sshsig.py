"""Signatures: the same as OpenSSH and ``cryptography`` make, and what is none is told."""

from __future__ import annotations

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from reportgen.pack.ed25519 import verify_ed25519
from reportgen.pack.sshsig import (
    NAMESPACE,
    is_signature_of,
    parse_signature,
    parse_signers,
)
from tests.pack import making
from tests.pack.making import SIGNER, Keys

# RFC 8032, 7.1: tests 1 to 3 (public key, message, signature).
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return making.keys(tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_vectors_of_the_rfc(key: str, message: str, signature: str) -> None:
    parts = [bytes.fromhex(text) for text in (key, message, signature)]
    assert verify_ed25519(*parts)
    for number in range(3):
        changed = list(parts)
        changed[number] = (
            bytes([parts[number][0] ^ 1, *parts[number][1:]]) if parts[number] else b"x"
        )
        assert not verify_ed25519(*changed)


def test_a_second_signature_of_the_same_message_is_refused() -> None:
    """S + L satisfies the equation too; RFC 8032, 5.1.7 wants S below L."""
    key, message, signature = (bytes.fromhex(text) for text in VECTORS[1])
    again = int.from_bytes(signature[32:], "little") + ORDER
    assert not verify_ed25519(key, message, signature[:32] + again.to_bytes(32, "little"))


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_as_the_library_signs(message: bytes, seed: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    signature = private.sign(message)
    assert verify_ed25519(public, message, signature)
    assert not verify_ed25519(public, message + b"\0", signature)


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_are_no_signature(key: bytes, signature: bytes) -> None:
    assert not verify_ed25519(key, b"message", signature)


def test_ssh_keygen_reads_ours(keys: Keys) -> None:
    message = b"manifest"
    file = keys.folder / "ours.sig"
    file.write_bytes(keys.own.sign(message))
    command = ["ssh-keygen", "-Y", "verify", "-f", keys.allowed, "-I", SIGNER, "-n", NAMESPACE]
    done = subprocess.run([*command, "-s", file], input=message, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_we_read_those_of_ssh_keygen(keys: Keys, hash_name: str) -> None:
    file = keys.folder / f"message-{hash_name}"
    file.write_bytes(b"manifest")
    command = ["ssh-keygen", "-Y", "sign", "-f", keys.folder / "own", "-n", NAMESPACE]
    subprocess.run([*command, "-O", f"hashalg={hash_name}", file], check=True, capture_output=True)
    signature = parse_signature(file.with_name(f"{file.name}.sig").read_bytes())
    assert is_signature_of(signature, b"manifest")
    assert not is_signature_of(signature, b"manifesT")
    who = parse_signers(keys.allowed.read_text()).judge(signature.key, NAMESPACE, "20260101000000")
    assert who == (SIGNER, "")


def test_a_signature_of_another_kind_of_key_is_told(keys: Keys) -> None:
    path = keys.folder / "ecdsa"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f", path], check=True
    )
    file = keys.folder / "message"
    file.write_bytes(b"manifest")
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", path, "-n", NAMESPACE, file],
        check=True,
        capture_output=True,
    )
    signature = parse_signature(file.with_name("message.sig").read_bytes())
    with pytest.raises(ValueError, match="a signature of kind 'ecdsa-sha2-nistp384'"):
        is_signature_of(signature, b"manifest")


@given(st.binary(max_size=400))
@example(b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n")
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = parse_signature(content)
    except ValueError:
        return
    assert found.hash_name in ("sha256", "sha512")


@given(st.integers(min_value=0, max_value=399))
def test_a_signature_with_any_letter_changed_does_not_count(position: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    from reportgen.pack.sshsig import KEY_KIND, Signature, armored, ed25519_key, signed_part

    key = ed25519_key(private.public_key().public_bytes_raw())
    value = private.sign(signed_part(NAMESPACE, "sha512", b"m"))
    content = armored(Signature(key, NAMESPACE, "sha512", KEY_KIND, value))
    at = position % len(content)
    letter = b"A" if content[at : at + 1] != b"A" else b"B"
    changed = content[:at] + letter + content[at + 1 :]
    try:
        found = parse_signature(changed)
        good = is_signature_of(found, b"m")
    except ValueError:
        return
    # The namespace is signed with the message, and the key is compared by the caller.
    assert not good or (found.namespace, found.key) == (NAMESPACE, key)


@pytest.mark.parametrize(
    ("moment", "fine"),
    [
        ("20260630235959", False), ("20260701000000", True), ("20260701000001", True),
        ("20261230235959", True), ("20261231000000", True), ("20261231000001", False),
    ],
)  # fmt: skip
def test_a_key_is_valid_from_a_moment_to_another(keys: Keys, moment: str, fine: bool) -> None:
    """At both limits and a second beside them, as ssh-keygen says it (ALLOWED SIGNERS)."""
    line = keys.line('valid-after="20260701Z",valid-before="20261231Z"')
    signers = parse_signers(line)
    signature = keys.own.sign(b"m")
    who, fault = signers.judge(parse_signature(signature).key, NAMESPACE, moment)
    assert bool(who) is fine
    assert bool(fault) is not fine
    (keys.folder / "limited").write_text(line)
    (keys.folder / "limited.sig").write_bytes(signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", "limited", "-I", SIGNER, "-n", NAMESPACE]
    told = subprocess.run(
        [*command, "-s", "limited.sig", "-O", f"verify-time={moment}Z"],
        cwd=keys.folder, input=b"m", capture_output=True,
    )  # fmt: skip
    assert (told.returncode == 0) is fine, told.stderr


def test_lines_that_cannot_be_used_are_told(keys: Keys) -> None:
    text = "\n".join(
        [
            "# a comment", "", keys.line().strip(), "somebody", "a ssh-rsa AAAA",
            keys.line("cert-authority").strip(), "a ssh-ed25519 !!", keys.line('verify-required'),
            keys.line('valid-before="soon"'),
        ]
    )  # fmt: skip
    found = parse_signers(text)
    assert [s.principals for s in found.known] == [SIGNER]
    assert [said.split(":")[0] for said in found.passed_over] == [
        "line 4", "line 5", "line 6", "line 7", "line 8", "line 10",
    ]  # fmt: skip


def test_a_second_line_of_the_same_key_counts(keys: Keys) -> None:
    """A key that expired once may be allowed anew."""
    signers = parse_signers(keys.line('valid-before="20200101"') + keys.line())
    key = parse_signature(keys.own.sign(b"m")).key
    assert signers.judge(key, NAMESPACE, "20260101000000") == (SIGNER, "")


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    found = parse_signers(text)
    assert len(found.known) + len(found.passed_over) <= len(text.splitlines())
