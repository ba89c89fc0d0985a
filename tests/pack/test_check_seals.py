"""What seals a pack, in memory: digests, signature, time stamp, each told by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reportgen.evidence.seal import canonical
from reportgen.pack import check_seals
from reportgen.pack.check_seals import check_signature, check_stamp, check_sums
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import Manifest, parse_manifest
from reportgen.pack.revoked import Revoked
from reportgen.pack.sshsig import parse_signature, parse_signers
from reportgen.pack.timestamp import TimeStamp, read_timestamp
from tests.pack import certified, making
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
        # Both ends count, as they do for ssh-keygen (test_sshsig.py).
        ('valid-before="20261001"', "20260930235959", True),
        ('valid-before="20261001"', NOW, True),
        ('valid-before="20261001"', "20261001000001", False),
        ('valid-after="20261001"', "20260930235959", False),
        ('valid-after="20261001"', NOW, True),
        ('valid-after="20261001"', "20261001000001", True),
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


def test_a_key_that_was_revoked(parts: Parts, keys: Keys) -> None:
    """It does not count, whether it is allowed or not; another that was revoked is no matter."""
    signed(parts, keys)
    own, other = (frozenset({parse_signature(k.sign(b"m")).key}) for k in (keys.own, keys.other))
    for given in (trust(keys), Trust(NOW)):
        found = by_signature(parts, replace(given, revoked=Revoked(own)))
        assert names(found) == [("wrong key", "pack: manifest.json.sig")]
        assert found.flaws[0].found == f"a key that was revoked ({keys.own.fingerprint})"
        assert names(by_signature(parts, replace(given, revoked=Revoked(other)))) == []


STAMPED_AT = datetime(2026, 8, 1, tzinfo=UTC)


def stamped(
    parts: Parts,
    stamp: Callable[[bytes], bytes] | None,
    told: str | None = "https://tsa.example.com",
    moment: str = NOW,
) -> tuple[Checked, str]:
    """A pack with the stamp that is made of its root, and when checking says it was stamped."""
    parts.reseal(None, lambda d: d["seal"].update(signature=None, timestamp=told))  # type: ignore[attr-defined]
    if stamp is not None:
        root = bytes.fromhex(parse_manifest(parts.files["manifest.json"]).root)
        parts.files["manifest.json.tsr"] = stamp(root)
    inspection, manifest, _ = inspected(parts)
    when = check_stamp(inspection, manifest, Trust(moment))
    return inspection.checked, when


def by_authority(root: bytes, at: datetime = STAMPED_AT) -> bytes:
    return certified.time_stamp(root, at, certified.certificate("Example time stamps"))


STAMP = [("invalid", "pack: manifest.json.tsr")]


def test_stamps(parts: Parts) -> None:
    none, when = stamped(parts, None, None)
    assert (names(none), when) == ([], "")
    assert none.notes == ["No time stamp: nothing proves when it was sealed."]
    assert names(stamped(parts, None)[0]) == [("missing", "pack: manifest.json.tsr")]
    good, when = stamped(parts, by_authority)
    assert (names(good), when) == ([], "20260801000000")
    (note,) = good.notes
    assert note.startswith("Time stamp of 2026-08-01 00:00:00 UTC by Example time stamps;")
    assert "openssl ts -verify" in note
    # Of something else, although the root stands beside it; one that was altered; none at all.
    for broken in (
        lambda root: by_authority(bytes(32)) + root,
        lambda root: by_authority(bytes(32)),
        lambda root: by_authority(root).replace(b"20260801", b"20260701"),
        lambda root: b"0.." + root,
    ):
        assert (names((bad := stamped(parts, broken))[0]), bad[1]) == (STAMP, "")


def test_a_stamp_that_cannot_be_checked_shows_nothing(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can write one: by it an expired certificate of the PDF would count."""

    def unchecked(content: bytes) -> TimeStamp:
        found = read_timestamp(content)
        return replace(found, signed=replace(found.signed, good=None))

    monkeypatch.setattr(check_seals, "read_timestamp", unchecked)
    found, when = stamped(parts, by_authority)
    assert (names(found), when) == ([], "")
    (note,) = found.notes
    assert "Example time stamps, its signature not checked here;" in note


@pytest.mark.parametrize(("moment", "fault"), certified.MOMENTS)
def test_an_authority_counts_for_its_time(parts: Parts, moment: str, fault: str) -> None:
    """Its certificate must count now, as for openssl, and when it stamped."""
    at = datetime.strptime(f"{moment}Z", "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    wanted = [("wrong key", "pack: manifest.json.tsr")] if fault else []
    for found, when in (
        stamped(parts, by_authority, moment=moment),
        stamped(parts, lambda root: by_authority(root, at)),
    ):
        assert names(found) == wanted
        assert bool(when) is not bool(fault)
        if fault:
            assert found.flaws[0].found == f"a certificate of Example time stamps {fault}"


def test_a_manifest_is_held_whole(parts: Parts, keys: Keys) -> None:
    """The signature is over its bytes, not over what they mean."""
    signed(parts, keys)
    data = parts.manifest()
    data["tool"] = "another"
    parts.files["manifest.json"] = canonical(data)
    assert names(by_signature(parts, trust(keys))) == [("invalid", "pack: manifest.json.sig")]
