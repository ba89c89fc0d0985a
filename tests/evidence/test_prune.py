"""Pruning: recorded before it is done, never more than what was recorded, and gone on with."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import IntegrityError, StoreError
from reportgen.evidence import prune as module
from reportgen.evidence import store as store_module
from reportgen.evidence.bundle import standalone
from reportgen.evidence.chain import Remembered
from reportgen.evidence.prune import finish, held_back, prune
from reportgen.evidence.seal import object_name, seal_name, sha256
from reportgen.evidence.store import PRUNING, Snapshot, Store
from reportgen.evidence.verify import as_text, verify
from tests.evidence.conftest import BucketPlace, FolderPlace, Place
from tests.evidence.daily import ACCOUNT, days, items_at, moment, put
from tests.evidence.memory import in_memory
from tests.evidence.test_s3_locked import BUCKET, locked  # noqa: F401 - a fixture

WHEN, WHO, RULE = "2026-11-25T00:00:00Z", "operator@host", "keep monthly, UTC"


def filled(store: Store, count: int = 5) -> list[Snapshot]:
    return [put(store, moment(day)) for day in days(date(2026, 1, 1), count)]


def pruned(store: Store, *numbers: int) -> module.PruneOutcome:
    doomed = [s for s in store.snapshots() if s.seal.sequence in numbers]
    return prune(store, doomed, WHEN, WHO, RULE)


def digests(snapshot: Snapshot) -> set[str]:
    return {snapshot.seal.files, *(digest for digest, _ in snapshot.files.values())}


def test_what_is_pruned_is_gone_and_said(place: Place) -> None:
    store = Store.create(place.store)
    all_of = filled(store)
    named = [digests(s) for s in all_of]
    outcome = pruned(store, 1, 2, 4)
    assert outcome.stone is not None
    assert (outcome.stone.sequence, outcome.stone.pruned) == (6, ((1, 2), (4, 4)))
    assert (outcome.stone.by, outcome.stone.recorded_at, outcome.stone.rule) == (WHO, WHEN, RULE)
    left = {name.split("/")[-1] for name in place.names() if name.startswith("objects/")}
    assert left == named[2] | named[4]
    # All but the password policy, which every day has: list, answer and two envelopes.
    assert outcome.objects == 3 * 4
    assert [s.id for s in Store.open(place.store).snapshots()] == [all_of[2].id, all_of[4].id]
    found = verify(store.medium)
    assert (found.flaws, found.unused, found.snapshots, found.pruned) == ([], 0, 2, 3)
    assert found.tombstones == (f"3 snapshots {outcome.stone}",)
    assert f"3 snapshots pruned, as recorded on {WHEN} by {WHO}" in as_text(found)
    assert (found.sequence, found.root) == (6, outcome.stone.root)
    assert PRUNING not in place.names()


def test_the_bytes_told_are_those_gone() -> None:
    store = in_memory()
    filled(store)
    before = sum(store.medium.listing("objects").values())
    outcome = pruned(store, 2)
    assert before - sum(store.medium.listing("objects").values()) == outcome.bytes > 0


def test_a_deletion_that_nobody_recorded_is_missing() -> None:
    store = in_memory()
    all_of = filled(store)
    pruned(store, 1)
    name = object_name(all_of[2].seal.files)
    kept = store.medium.read(name)
    store.medium.remove(name)
    (flaw,) = verify(store.medium).flaws
    assert (flaw.name, flaw.place) == ("missing", f"{name} (files of {all_of[2].id})")
    store.medium.replace(name, kept)
    # Taken out of the chain, a tombstone excuses nothing.
    store.medium.remove(seal_name(6))
    assert "cut" in {flaw.name for flaw in verify(store.medium).flaws}
    assert "missing" in {flaw.name for flaw in verify(store.medium).flaws}


def test_every_root_that_somebody_remembers_is_still_there() -> None:
    store = in_memory()
    all_of = filled(store)
    pruned(store, 1, 2, 3, 4)
    known = [Remembered(s.seal.root, "a report", s.seal.sequence) for s in all_of]
    assert verify(store.medium, known).flaws == []


def test_the_store_goes_on_behind_a_tombstone(place: Place) -> None:
    store = Store.create(place.store)
    filled(store, 2)
    pruned(store, 1)
    third = put(store, moment(date(2026, 2, 1)))
    assert (third.seal.sequence, verify(store.medium).flaws) == (4, [])
    assert put(store, moment(date(2026, 2, 1))).id == third.id


def test_what_was_pruned_is_not_taken_in_again() -> None:
    store = in_memory()
    filled(store, 2)
    pruned(store, 1)
    at = moment(date(2026, 1, 1))
    with pytest.raises(StoreError, match=f"pruned, as recorded on {WHEN}"):
        put(store, at)
    assert len(store.chain().links) == 3


def test_pruning_again_changes_nothing() -> None:
    store = in_memory()
    all_of = filled(store)
    pruned(store, 1)
    outcome = prune(store, all_of[:1], WHEN, WHO, RULE)
    assert (outcome.stone, outcome.objects) == (None, 0)
    assert len(store.chain().links) == 6
    second = pruned(store, 2)
    assert second.stone is not None
    assert second.stone.pruned == ((2, 2),)


@pytest.mark.parametrize("step", range(4))
def test_killed_at_any_step_it_verifies_and_is_gone_on_with(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = in_memory()
    filled(store)
    real, calls = store.medium.remove, []

    class Killed(BaseException):
        pass

    def remove(name: str) -> None:
        calls.append(name)
        # Nothing of the program runs after a kill: its own clearing up neither.
        if len(calls) > step:
            raise Killed
        real(name)

    monkeypatch.setattr(store.medium, "remove", remove)
    with pytest.raises(Killed):
        pruned(store, 1, 2)
    monkeypatch.undo()
    found = verify(store.medium)
    assert (found.flaws, found.pruned, found.unused) == ([], 2, 8 - step)
    assert "interrupted, and harmless" in as_text(found)
    assert PRUNING in store.medium.listing("")
    # Where a lock keeps writers apart, collecting goes on meanwhile.
    put(store, moment(date(2026, 2, 1)))
    outcome = finish(store)
    assert (outcome.stone, outcome.objects) == (None, 8 - step)
    found = verify(store.medium)
    assert (found.flaws, found.unused) == ([], 0)
    assert PRUNING not in store.medium.listing("")


def test_killed_before_it_is_recorded_nothing_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    store = in_memory()
    filled(store)

    def never(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_recorded", never)
    with pytest.raises(KeyboardInterrupt):
        pruned(store, 1)
    monkeypatch.undo()
    assert finish(store).objects == 0
    assert (len(store.snapshots()), verify(store.medium).flaws) == (5, [])


def test_a_list_that_was_altered_leads_to_nothing_else() -> None:
    store = in_memory()
    all_of = filled(store)
    name = object_name(all_of[0].seal.files)
    other = store.medium.read(object_name(all_of[4].seal.files))
    store.medium.replace(name, other)
    pruned_ = prune(store, all_of[:1], WHEN, WHO, RULE)
    assert pruned_.objects == 1
    assert verify(store.medium).flaws == []


def test_a_store_whose_kept_lists_cannot_be_read_is_not_swept() -> None:
    store = in_memory()
    all_of = filled(store)
    store.medium.remove(object_name(all_of[4].seal.files))
    before = set(store.medium.listing("objects"))
    with pytest.raises(IntegrityError, match="missing"):
        prune(store, all_of[:1], WHEN, WHO, RULE)
    assert set(store.medium.listing("objects")) == before


def bucket(request: pytest.FixtureRequest) -> BucketPlace:
    client = request.getfixturevalue("s3")
    client.create_bucket(Bucket="evidence-example")
    return BucketPlace(client, "evidence-example")


def test_on_s3_nobody_adds_while_somebody_prunes(request: pytest.FixtureRequest) -> None:
    place = bucket(request)
    store = Store.create(place.store)
    filled(store, 2)
    place.write(PRUNING, b"{}")
    with pytest.raises(StoreError, match="is being pruned"):
        put(store, moment(date(2026, 2, 1)))
    with pytest.raises(StoreError, match="by another run"):
        pruned(store, 1)
    assert len(store.chain().links) == 2
    finish(store)
    put(store, moment(date(2026, 2, 1)))


def test_on_s3_a_writer_that_began_before_writes_its_content_again(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It relied on what was there, and the prune removed that: the tombstone took its place."""
    place = bucket(request)
    store, other = Store.create(place.store), Store.create(place.store)
    filled(store, 1)
    put(store, moment(date(2026, 1, 2)), ACCOUNT, ["users"])
    shared = items_at(moment(date(2026, 1, 1)), ACCOUNT)[0].content
    real, turns = store_module._stored, []

    def meanwhile(medium: Any, items: Any, accounts: Any) -> str:
        found = real(medium, items, accounts)
        if medium is store.medium and not turns:
            turns.append(1)
            pruned(other, 1)
        return found

    monkeypatch.setattr(store_module, "_stored", meanwhile)
    items = items_at(moment(date(2026, 2, 1)), ACCOUNT)
    items[0].content = shared
    items[0].envelope = replace(items[0].envelope, sha256=sha256(shared))
    snapshot, new = store.add("2026-02-01T03:00:00Z", items)
    assert (new, snapshot.seal.sequence) == (True, 4)
    assert verify(store.medium).flaws == []


def test_object_lock_refuses_and_says_until_when(locked: Any) -> None:  # noqa: F811
    store = Store.create(f"s3://{BUCKET}/iam")
    all_of = filled(store, 3)
    held = held_back(store, all_of)
    assert set(held) == {s.id for s in all_of}
    assert all(re.match(r"retention until 20\d\d-\d\d-\d\dT", why) for why in held.values())


def test_a_legal_hold_holds_and_an_object_without_retention_does_not(s3: Any) -> None:
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    store = Store.create(f"s3://{BUCKET}/iam")
    all_of = filled(store, 2)
    assert held_back(store, all_of) == {}
    key = f"iam/{object_name(all_of[1].seal.files)}"
    s3.put_object_legal_hold(Bucket=BUCKET, Key=key, LegalHold={"Status": "ON"})
    assert held_back(store, all_of) == {all_of[1].id: "a legal hold"}


def test_a_lock_that_may_not_be_seen_holds(locked: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    store = Store.create(f"s3://{BUCKET}/iam")
    all_of = filled(store, 1)
    real = store.medium._client.head_object  # type: ignore[attr-defined]

    def head(**where: str) -> dict[str, Any]:
        return {k: v for k, v in real(**where).items() if not k.startswith("ObjectLock")}

    monkeypatch.setattr(store.medium._client, "head_object", head)  # type: ignore[attr-defined]
    assert "s3:GetObjectRetention" in held_back(store, all_of)[all_of[0].id]


def test_where_holds_cannot_be_asked_nothing_is_pruned(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.create(bucket(request).store)
    all_of = filled(store, 1)
    assert held_back(store, all_of) == {}

    def refused(names: object) -> dict[str, str]:
        raise OSError(5, "AccessDenied: no")

    monkeypatch.setattr(store.medium, "held", refused)
    with pytest.raises(StoreError, match="AccessDenied"):
        held_back(store, all_of)


def test_the_file_that_travels_knows_tombstones(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "store")
    store = Store.create(place.store)
    all_of = filled(store, 3)
    pruned(store, 1)
    (tmp_path / "verify.py").write_text(standalone())
    command = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), place.store]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"1 snapshot pruned, as recorded on {WHEN} by {WHO} ({RULE})" in done.stdout
    place.delete(object_name(all_of[1].seal.files))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert f"missing: {object_name(all_of[1].seal.files)}" in done.stdout
