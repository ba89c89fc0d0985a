"""What a store takes, what it answers, and under which name it goes: one rule at a time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reportgen.clock import to_text
from reportgen.errors import IntegrityError, StoreError
from reportgen.evidence.chain import read_chain
from reportgen.evidence.prune import prune
from reportgen.evidence.seal import object_name, sha256
from reportgen.evidence.store import PRUNING, Item, Store
from reportgen.model import Status
from tests.collect.test_totals import item
from tests.evidence.daily import ACCOUNT, OTHER, items_at, moment, put
from tests.evidence.memory import in_memory

AT = moment(date(2026, 1, 1))


def test_a_store_is_one_place_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Store("s").identity == Store(tmp_path / "x" / ".." / "s").identity == str(tmp_path / "s")
    assert Store("s3://evidence-example/iam/").identity == "s3://evidence-example/iam"


def test_the_same_evidence_is_new_once(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    first, new = store.add(to_text(AT), items_at(AT, ACCOUNT))
    again, other = store.add(to_text(AT), items_at(AT, ACCOUNT))
    assert (new, other, again.id) == (True, False, first.id)
    assert len(store.snapshots()) == 1


@pytest.mark.parametrize("accounts", [[], ["1"], ["1" * 11], ["1" * 13], ["12345678901x"]])
def test_what_is_of_no_account_is_not_taken(tmp_path: Path, accounts: list[str]) -> None:
    store = Store.create(tmp_path / "s")
    items = [i for number in accounts for i in items_at(AT, number)]
    with pytest.raises(StoreError, match=f"Not AWS account ids: {', '.join(accounts) or 'none'}"):
        store.add(to_text(AT), items)
    # One that is none spoils the others.
    if accounts:
        with pytest.raises(StoreError, match="Not AWS account ids"):
            store.add(to_text(AT), [*items_at(AT, ACCOUNT), *items])
    assert store.snapshots() == []


def test_what_was_pruned_is_known_and_not_there(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    kept = [
        put(store, moment(date(2026, 1, day)), number) for day, number in ((1, ACCOUNT), (2, OTHER))
    ]
    prune(store, kept[:1], "2026-11-25T00:00:00Z", "somebody", "rule")
    held = store.holdings()
    assert [s.id for s in held.snapshots] == [kept[1].id]
    assert [(s.id, s.accounts) for s in held.pruned] == [(kept[0].id, (ACCOUNT,))]


@pytest.mark.parametrize("altered", [1, 2, 3])
def test_the_first_flaw_is_told_and_the_rest_counted(tmp_path: Path, altered: int) -> None:
    store = Store.create(tmp_path / "s")
    for day in (1, 2, 3):
        put(store, moment(date(2026, 1, day)))
    for path in sorted((tmp_path / "s" / "chain").glob("*.json"))[:altered]:
        path.write_bytes(path.read_bytes() + b" ")
    flaws = read_chain(store.medium).flaws
    with pytest.raises(IntegrityError) as found:
        Store.open(tmp_path / "s").snapshots()
    assert str(flaws[0]) in found.value.message
    others = re.findall(r"And (\d+) more", found.value.message)
    assert others == ([str(len(flaws) - 1)] if len(flaws) > 1 else [])


def test_content_that_is_there_already_must_be_what_its_name_says(tmp_path: Path) -> None:
    """Another snapshot may have put it there; it is relied on from now on."""
    store = Store.create(tmp_path / "s")
    put(store, AT)
    shared = sha256(b'{"PasswordPolicy": {}}')
    path = tmp_path / "s" / object_name(shared)
    later = moment(date(2026, 1, 2))
    # Whole, it is taken as it is.
    put(store, later)
    path.write_bytes(b"altered")
    with pytest.raises(IntegrityError, match="altered"):
        put(store, moment(date(2026, 1, 3)))
    assert len(store.snapshots()) == 2


def test_of_an_item_what_there_is_is_written(tmp_path: Path) -> None:
    """A refusal has an envelope and what AWS answered; an empty answer is an answer."""
    store = Store.create(tmp_path / "s")

    def about(name: str, content: bytes, status: Status, *raw: bytes) -> Item:
        files = [[f"raw/{name}-{n:04}.xml", sha256(page)] for n, page in enumerate(raw, start=1)]
        envelope = replace(
            item(name, "", status).envelope,
            account_id=ACCOUNT,
            file=f"{name}.json" if status is Status.COLLECTED or content else "",
            sha256=sha256(content) if status is Status.COLLECTED or content else "",
            bytes=len(content),
            raw=files,
        )
        return Item(envelope, content, list(raw))

    items = [
        about("whole", b"{}", Status.COLLECTED, b"<x/>"),
        about("empty", b"", Status.COLLECTED),
        about("refused", b"", Status.DENIED, b"<Error/>"),
        about("bare", b"", Status.FAILED),
    ]
    snapshot, _ = store.add(to_text(AT), items)
    names = {name.partition("/")[2] for name in snapshot.files}
    assert {n for n in names if not n.endswith(".envelope.json")} == {
        "whole.json",
        "raw/whole-0001.xml",
        "empty.json",
        "raw/refused-0001.xml",
    }
    assert len([n for n in names if n.endswith(".envelope.json")]) == 4


def test_an_id_stays_the_same_from_release_to_release(tmp_path: Path) -> None:
    """Else the same evidence would be taken for new: the moment, and ten digits of a digest."""
    store = Store.create(tmp_path / "s")
    items = items_at(AT, ACCOUNT)
    said = "\n".join([to_text(AT), *sorted(i.envelope.id for i in items)])
    assert put(store, AT).id == f"20260101T030000Z-{sha256(said.encode())[:10]}"


def test_the_newest_root_is_remembered_where_it_can_be(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    assert store.remember(put(store, AT).seal) is True
    assert (tmp_path / "s" / "seen.json").exists()


@pytest.mark.parametrize(
    ("raised", "said"), [(OSError(28, "No space left"), "No space left"), (OSError("gone"), "gone")]
)
def test_what_a_medium_refuses_is_told_in_its_words(raised: OSError, said: str) -> None:
    store = in_memory()
    with pytest.raises(StoreError, match=f"cannot be read: {said}"), store.reading():
        raise raised
    with pytest.raises(StoreError, match=f"cannot be written: {said}"), store.writing():
        raise raised


def test_a_store_that_cannot_be_written_remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = in_memory()
    seal = put(store, AT).seal

    def refused(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store.medium, "replace", refused)
    assert store.remember(seal) is False


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ({"format": "reportgen-store", "version": 1}, "is a store of version 1"),
        ({"format": "other", "version": 1}, "of another kind or version"),
        ({"format": "other", "version": 2}, "of another kind or version"),
        ({"format": "reportgen-store", "version": 3}, r"of another kind or version \(3; this is 2"),
        ({"format": "reportgen-store"}, "has no readable store.json"),
        ([], "has no readable store.json"),
    ],
)
def test_a_store_is_of_our_kind_and_version(tmp_path: Path, marker: object, said: str) -> None:
    (tmp_path / "store.json").write_text(json.dumps(marker))
    with pytest.raises(StoreError, match=said):
        Store.open(tmp_path)


@pytest.mark.parametrize("name", ["run.lock", "write.lock", "writing", "notes.txt"])
def test_a_store_is_made_where_nothing_is_but_what_a_run_keeps(tmp_path: Path, name: str) -> None:
    if name == "writing":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text("")
    if name == "notes.txt":
        with pytest.raises(StoreError, match="not empty either"):
            Store.create(tmp_path)
    else:
        assert Store.create(tmp_path).snapshots() == []
    # In a store that is there, something else does no harm here.
    (tmp_path / "other").mkdir()
    Store.create(tmp_path / "other")
    (tmp_path / "other" / "notes.txt").write_text("")
    assert Store.create(tmp_path / "other").snapshots() == []


def test_while_evidence_is_removed_only_a_lock_lets_others_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where no lock keeps writers apart, as on S3."""
    store = in_memory()
    store.medium.put(PRUNING, b"{}")
    put(store, AT)
    monkeypatch.setattr(store.medium, "locks", False)
    with pytest.raises(StoreError, match="is being pruned"):
        put(store, moment(date(2026, 1, 2)))
    store.medium.remove(PRUNING)
    put(store, moment(date(2026, 1, 2)))
    assert [s.seal.sequence for s in store.snapshots()] == [1, 2]


def test_a_page_that_the_envelope_does_not_name_is_not_lost_in_silence() -> None:
    (one, *_) = items_at(AT, ACCOUNT)
    one.raw = [b"<x/>"]
    with pytest.raises(ValueError, match="longer than"):
        in_memory().add(to_text(AT), [one])
