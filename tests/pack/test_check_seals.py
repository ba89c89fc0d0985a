"""What seals a pack, in memory: digests, signature, time stamp, each told by its name."""

from __future__ import annotations

import pytest

from reportgen.evidence.seal import canonical
from reportgen.pack.check_seals import check_signature, check_stamp, check_sums
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import Manifest, parse_manifest
from reportgen.pack.sshsig import parse_signers
from tests.pack import making
from tests.pack.making import Keys, Parts
from tests.pack.test_check_evidence import KEPT, Memory

NOW = "20261001000000"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return making.keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def parts() -> Parts:
    return Parts.of(KEPT)


def signed(parts: Parts, keys: Keys) -> Parts:
    """Signed by the own key, which the manifest names."""
    named = {"kind": "sshsig", "key": keys.own.fingerprint}
    return parts.reseal(keys.own, lambda d: d["seal"].update(signature=named))  # type: ignore[attr-defined]


def bare(parts: Parts) -> Parts:
    return parts.reseal(None, lambda d: d["seal"].update(signature=None))  # type: ignore[attr-defined]


def inspected(parts: Parts) -> tuple[Inspection, Manifest, bytes]:
    content = parts.files["manifest.json"]
    return Inspection(Memory(parts.files), Checked("pack")), parse_manifest(content), content


def by_signature(parts: Parts, trust: Trust) -> Checked:
    inspection, manifest, content = inspected(parts)
    check_signature(inspection, manifest, content, trust)
    return inspection.checked


def names(found: Checked) -> list[tuple[str, str]]:
    return [(flaw.name, flaw.place) for flaw in found.flaws]


def trust(keys: Keys, options: str = "", key: str = "own", moment: str = NOW) -> Trust:
    return Trust(moment, parse_signers(keys.line(options, key)))


def test_a_good_signature(parts: Parts, keys: Keys) -> None:
    found = by_signature(signed(parts, keys), trust(keys))
    assert names(found) == []
    assert found.signer == making.SIGNER
    assert found.notes == [f"Signed by {making.SIGNER} ({keys.own.fingerprint})."]


def test_without_signers_the_key_is_told(parts: Parts, keys: Keys) -> None:
    found = by_signature(signed(parts, keys), Trust(NOW))
    assert names(found) == []
    assert found.signer == ""
    (note,) = found.notes
    assert note.startswith(f"Signed by {keys.own.fingerprint}; give --allowed-signers")


@pytest.mark.parametrize(
    ("options", "moment", "fine"),
    [
        ('valid-before="20261001"', "20260930235959", True),
        ('valid-before="20261001"', NOW, False),
        ('valid-after="20261001"', NOW, True),
        ('valid-after="20261001"', "20260930235959", False),
        ('namespaces="reportgen-pack"', NOW, True),
        ('namespaces="git"', NOW, False),
    ],
)
def test_a_key_counts_for_its_time_and_purpose(
    parts: Parts, keys: Keys, options: str, moment: str, fine: bool
) -> None:
    found = by_signature(signed(parts, keys), trust(keys, options, moment=moment))
    assert names(found) == ([] if fine else [("wrong key", "pack: manifest.json.sig")])


def test_a_key_that_nobody_allowed(parts: Parts, keys: Keys) -> None:
    found = by_signature(signed(parts, keys), trust(keys, key="other"))
    assert names(found) == [("wrong key", "pack: manifest.json.sig")]
    assert found.notes == []


def test_another_key_than_the_manifest_names(parts: Parts, keys: Keys) -> None:
    named = {"kind": "sshsig", "key": keys.other.fingerprint}
    parts.reseal(keys.own, lambda d: d["seal"].update(signature=named))  # type: ignore[attr-defined]
    found = by_signature(parts, trust(keys))
    assert names(found) == [("wrong key", "pack: manifest.json.sig")]
    assert found.flaws[0].expected == f"a signature by {keys.other.fingerprint}"


def test_a_signature_of_something_else(parts: Parts, keys: Keys) -> None:
    signed(parts, keys).files["manifest.json.sig"] = keys.own.sign(b"else")
    assert names(by_signature(parts, trust(keys))) == [("invalid", "pack: manifest.json.sig")]


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\xff" * 10])
def test_what_is_no_signature(parts: Parts, keys: Keys, content: bytes) -> None:
    signed(parts, keys).files["manifest.json.sig"] = content
    assert names(by_signature(parts, trust(keys))) == [("invalid", "pack: manifest.json.sig")]


def test_a_signature_that_was_promised(parts: Parts, keys: Keys) -> None:
    del signed(parts, keys).files["manifest.json.sig"]
    assert names(by_signature(parts, trust(keys))) == [("missing", "pack: manifest.json.sig")]


def test_unsigned(parts: Parts) -> None:
    bare(parts)
    root = parse_manifest(parts.files["manifest.json"]).root
    assert names(by_signature(parts, Trust(NOW))) == [("unsigned", "pack: manifest.json")]
    assert names(by_signature(parts, Trust(NOW, unsigned=True))) == []
    assert names(by_signature(parts, Trust(NOW, roots=frozenset({root})))) == []
    other = Trust(NOW, roots=frozenset({"0" * 64}))
    assert names(by_signature(parts, other)) == [("unsigned", "pack: manifest.json")]


def test_a_signature_that_the_manifest_does_not_tell_of(parts: Parts, keys: Keys) -> None:
    """It is held all the same."""
    bare(parts)
    parts.files["manifest.json.sig"] = keys.own.sign(parts.files["manifest.json"])
    assert names(by_signature(parts, trust(keys))) == []
    parts.files["manifest.json.sig"] = keys.own.sign(b"else")
    assert names(by_signature(parts, trust(keys))) == [("invalid", "pack: manifest.json.sig")]


@pytest.mark.parametrize(
    ("change", "flaws"),
    [
        (lambda c: c, []),
        (lambda c: c[:-1], [("invalid", "pack: SHA256SUMS")]),
        (lambda c: c + b"\n", [("invalid", "pack: SHA256SUMS")]),
        (lambda c: (b"0" if c[:1] != b"0" else b"1") + c[1:], [("invalid", "pack: SHA256SUMS")]),
        (None, [("missing", "pack: SHA256SUMS")]),
    ],
)
def test_sums(parts: Parts, change, flaws) -> None:  # type: ignore[no-untyped-def]
    bare(parts)
    if change is None:
        del parts.files["SHA256SUMS"]
    else:
        parts.files["SHA256SUMS"] = change(parts.files["SHA256SUMS"])
    inspection, manifest, content = inspected(parts)
    check_sums(inspection, manifest, content)
    assert names(inspection.checked) == flaws


def stamped(parts: Parts, stamp: bytes | None, told: str | None) -> Checked:
    parts.reseal(None, lambda d: d["seal"].update(signature=None, timestamp=told))  # type: ignore[attr-defined]
    if stamp is not None:
        root = bytes.fromhex(parse_manifest(parts.files["manifest.json"]).root)
        parts.files["manifest.json.tsr"] = stamp.replace(b"ROOT", root)
    inspection, manifest, _ = inspected(parts)
    check_stamp(inspection, manifest)
    return inspection.checked


def test_stamps(parts: Parts) -> None:
    none = stamped(parts, None, None)
    assert names(none) == []
    assert none.notes == ["No time stamp: nothing proves when it was sealed."]
    assert names(stamped(parts, None, "https://x")) == [("missing", "pack: manifest.json.tsr")]
    good = stamped(parts, b"0..ROOT..", "https://x")
    assert names(good) == []
    assert "openssl ts -verify" in good.notes[0]
    assert names(stamped(parts, b"0..", "https://x")) == [("invalid", "pack: manifest.json.tsr")]


def test_a_manifest_is_held_whole(parts: Parts, keys: Keys) -> None:
    """The signature is over its bytes, not over what they mean."""
    signed(parts, keys)
    data = parts.manifest()
    data["tool"] = "another"
    parts.files["manifest.json"] = canonical(data)
    assert names(by_signature(parts, trust(keys))) == [("invalid", "pack: manifest.json.sig")]
