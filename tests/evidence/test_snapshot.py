"""What a snapshot gives is what its seal says, file by file; stores lie in memory here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reportgen.errors import IntegrityError
from reportgen.evidence.seal import Flaw, object_name, seal_name, sha256
from reportgen.evidence.snapshot import Snapshot, flawed
from reportgen.evidence.store import Store
from tests.evidence.daily import ACCOUNT, OTHER, items_at, moment
from tests.evidence.memory import Memory, in_memory

AT = moment(date(2026, 1, 1))


@pytest.fixture
def store() -> Store:
    """One snapshot of two accounts, with two sources each."""
    found = in_memory()
    theirs = items_at(moment(date(2026, 1, 1), 4), OTHER, ["users"])
    found.add("2026-01-01T03:00:00Z", [*items_at(AT, ACCOUNT), *theirs])
    return found


def snapshot(store: Store) -> Snapshot:
    (found,) = store.snapshots()
    return found


def files(store: Store) -> dict[str, bytes | None]:
    assert isinstance(store.medium, Memory)
    return store.medium.files


def test_an_account_has_its_own_evidence_by_key(store: Store) -> None:
    found = snapshot(store)
    # One account is held at a time, and asked for again it is the same.
    for account, first in ((ACCOUNT, "roles"), (OTHER, "users"), (ACCOUNT, "roles")):
        own = found.of_account(account)
        assert sorted(own) == sorted([first, "password-policy"])
        assert {envelope.account_id for envelope in own.values()} == {account}
        assert found.of_account(account) is own
        assert found.read(own["password-policy"]) == b'{"PasswordPolicy": {}}'
        assert found.listed(own["password-policy"]) == (own["password-policy"].sha256, 22)
    assert found.of_account("999999999999") == {}
    assert len(found.envelopes) == 4


def test_a_name_is_in_the_list_whole(store: Store) -> None:
    found = snapshot(store)
    assert found.lists(f"{ACCOUNT}/roles.json")
    for other in (f"{OTHER}/roles.json", f"{ACCOUNT}/roles.jso", "roles.json", f"{ACCOUNT}/users"):
        assert not found.lists(other)


def test_what_no_list_names_or_names_otherwise_is_forged(store: Store) -> None:
    found = snapshot(store)
    roles = found.of_account(ACCOUNT)["roles"]
    with pytest.raises(IntegrityError, match="found no such file"):
        found.read(replace(roles, file="other.json"))
    with pytest.raises(IntegrityError, match=f"found {roles.sha256}"):
        found.listed(replace(roles, sha256=sha256(b"")))


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
def test_a_check_hashes_every_file_of_its_account_and_of_no_other(
    account: str, store: Store
) -> None:
    found = snapshot(store)
    name = object_name(found.of_account(OTHER)["users"].sha256)
    files(store)[name] = b"x"
    if account == OTHER:
        with pytest.raises(IntegrityError, match="altered"):
            found.check(account)
    else:
        found.check(account)


@pytest.mark.parametrize(
    ("raised", "said"),
    [(FileNotFoundError(2, "No such file"), "No such file"), (OSError("cut off"), "cut off")],
)
@pytest.mark.parametrize("part", ["seal", "list", "item"])
def test_what_cannot_be_read_is_missing_and_says_why(
    part: str, raised: OSError, said: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = snapshot(store)
    roles = snapshot(store).of_account(ACCOUNT)["roles"]
    name = {
        "seal": seal_name(1),
        "list": object_name(found.seal.files),
        "item": object_name(roles.sha256),
    }[part]
    real = store.medium.read

    def read(asked: str, limit: int) -> bytes:
        if asked == name:
            raise raised
        return real(asked, limit)

    monkeypatch.setattr(store.medium, "read", read)
    with pytest.raises(IntegrityError, match=f"missing: {name}.*, found {said}"):
        found.read(roles)


def test_a_seal_that_is_another_now_is_altered(store: Store) -> None:
    found = snapshot(store)
    seal = files(store)[seal_name(1)]
    assert seal is not None
    files(store)[seal_name(1)] = seal.replace(b"2026", b"2025", 1)
    with pytest.raises(IntegrityError, match="altered: chain/00000001"):
        _ = found.files


def test_an_envelope_of_another_account_is_forged(store: Store) -> None:
    found = snapshot(store)
    names = found.files
    names[f"{ACCOUNT}/users.envelope.json"] = names[f"{OTHER}/users.envelope.json"]
    with pytest.raises(IntegrityError, match=f"an envelope of {ACCOUNT}, found one of {OTHER}"):
        found.of_account(ACCOUNT)


def test_bytes_are_as_many_as_the_list_says(store: Store) -> None:
    found = snapshot(store)
    roles = found.of_account(ACCOUNT)["roles"]
    digest, size = found.files[f"{ACCOUNT}/roles.json"]
    for other in (size - 1, size + 1):
        found.files[f"{ACCOUNT}/roles.json"] = (digest, other)
        with pytest.raises(IntegrityError, match=f"expected {other} bytes, found {size} bytes"):
            found.read(roles)


def test_other_flaws_are_counted() -> None:
    flaw = Flaw("missing", "here", "a", "b")
    assert flawed(flaw).message == f"The evidence store is flawed: {flaw}."
    assert flawed(flaw, 1).message.endswith(" And 1 more: `reportgen verify` lists each.")
