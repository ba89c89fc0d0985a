"""Verdicts where they are kept: whole or not there, whoever writes and whatever becomes of it."""

from __future__ import annotations

import pickle
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reportgen.errors import StoreError
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.seal import sha256
from reportgen.model import AccountAssessment, AccountInfo
from reportgen.verdicts import form
from reportgen.verdicts.form import encode, encode_lists
from reportgen.verdicts.kept import LISTS, NAME, VERDICTS, Kept

MOMENT = datetime(2026, 9, 30, tzinfo=UTC)


def key(number: int) -> str:
    return f"{number:064x}"


def content(number: int = 0) -> bytes:
    info = AccountInfo("111122223333", f"Account {number}")
    return encode(AccountAssessment(info, MOMENT, MOMENT, "S1", {}, (), ()), {"parameters": {}})


@pytest.fixture
def store(tmp_path: Path) -> FolderMedium:
    return FolderMedium(tmp_path / "store")


@pytest.fixture
def spare(tmp_path: Path) -> Path:
    return tmp_path / "spare"


def seen(kept: Kept) -> Kept:
    kept.look()
    return kept


def names(kept: Kept, count: int) -> list[str | None]:
    found = kept.judged([key(n) for n in range(count)])
    return [one.info.name if one else None for one in found]


@pytest.mark.parametrize("count", [1, 63, 64, 65, 129])
def test_each_key_has_its_own_in_their_order(store: FolderMedium, spare: Path, count: int) -> None:
    writer = Kept(store, spare)
    for number in range(count):
        if number != 2:
            writer.write(key(number), VERDICTS, content(number))
    wanted = [f"Account {n}" if n != 2 else None for n in range(count)]
    assert names(seen(Kept(store, spare)), count) == wanted
    # Who has not looked, and was not told, knows of none.
    assert names(Kept(store, spare), count) == [None] * count


def test_a_name_says_key_and_digest(store: FolderMedium, spare: Path) -> None:
    made = content()
    name = Kept(store, spare).write(key(7), VERDICTS, made)
    assert name == f"judged/00/{key(7)}.{sha256(made)}.parquet"
    assert store.read(name) == made
    assert not spare.exists()


def test_verdicts_and_lists_are_apart(store: FolderMedium, spare: Path) -> None:
    writer = Kept(store, spare)
    writer.write(key(1), LISTS, encode_lists({"users": [{"name": "a"}]}))
    writer.write(key(2), VERDICTS, content())
    kept = seen(Kept(store, spare))
    assert (kept.has(key(1)), kept.has(key(1), LISTS)) == (False, True)
    assert (kept.has(key(2)), kept.has(key(2), LISTS)) == (True, False)
    assert kept.lists(key(1)) == {"users": [{"name": "a"}]}
    assert kept.lists(key(2)) is None


def test_lists_of_another_form_are_none(store: FolderMedium, spare: Path) -> None:
    kept = Kept(store, spare)
    kept.note([kept.write(key(1), LISTS, b"no lists")])
    assert kept.has(key(1), LISTS)
    assert kept.lists(key(1)) is None


@pytest.mark.parametrize("harm", [lambda c: c[:-1], lambda c: b"", lambda c: c + b"x"])
def test_what_is_not_what_its_name_says_is_none(
    store: FolderMedium, spare: Path, harm: object
) -> None:
    kept = Kept(store, spare)
    name = kept.write(key(0), VERDICTS, content())
    (store.root / name).write_bytes(harm(store.read(name)))  # type: ignore[operator]
    assert seen(kept).has(key(0))
    assert names(kept, 1) == [None]
    assert kept.path(key(0)) is None


def test_a_whole_file_of_an_older_form_is_none(
    store: FolderMedium, spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name and digest are right; what wrote it was another release."""
    kept = Kept(store, spare)
    monkeypatch.setattr(form, "FORM", "0")
    older = content()
    monkeypatch.undo()
    kept.note([kept.write(key(0), VERDICTS, older)])
    assert names(kept, 1) == [None]
    kept.note([kept.write(key(0), VERDICTS, content())])
    assert names(kept, 1) == ["Account 0"]


def test_what_is_no_file_of_verdicts_is_passed_over(store: FolderMedium, spare: Path) -> None:
    writer = Kept(store, spare)
    name = writer.write(key(0), VERDICTS, content())
    for other in (
        "judged/notes.txt",
        f"judged/00/{key(1)}.parquet",
        name.replace(".parquet", ".csv"),
        name.replace("judged/", "judged/x/"),
        name.upper().replace("JUDGED", "judged"),
    ):
        store.put(other, b"x")
        assert NAME.fullmatch(other) is None
    kept = seen(Kept(store, spare))
    assert list(kept._found) == [(key(0), VERDICTS)]


def test_two_who_write_the_same_leave_one_whole_file(store: FolderMedium, spare: Path) -> None:
    made = {n: content(n) for n in range(20)}
    start = threading.Barrier(4)
    faults: list[BaseException] = []

    def write() -> None:
        try:
            start.wait()
            for number, one in made.items():
                Kept(store, spare).write(key(number), VERDICTS, one)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            faults.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not faults
    assert len(store.listing("judged")) == 20
    assert names(seen(Kept(store, spare)), 20) == [f"Account {n}" for n in range(20)]
    assert not list((store.root / "writing").iterdir())


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_a_disk_that_fills_up_in_the_middle(
    store: FolderMedium, spare: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """What found no room lies in the spare place, and is found there as long as that lasts."""
    real, left = FolderMedium.put, room

    def put(medium: FolderMedium, name: str, data: bytes) -> None:
        nonlocal left
        if medium.root == store.root:
            if not left:
                raise OSError(28, "No space left on device")
            left -= 1
        real(medium, name, data)

    monkeypatch.setattr(FolderMedium, "put", put)
    kept = Kept(store, spare)
    written = [kept.write(key(n), VERDICTS, content(n)) for n in range(3)]
    assert [name.startswith("spare:") for name in written] == [n >= room for n in range(3)]
    kept.note(written)
    wanted = [f"Account {n}" for n in range(3)]
    assert names(kept, 3) == wanted
    assert names(seen(Kept(store, spare)), 3) == wanted
    there = [f"Account {n}" if n < room else None for n in range(3)]
    assert names(seen(Kept(store, spare.with_name("other"))), 3) == there
    for number in range(3):
        place = store.root if number < room else spare
        path = kept.path(key(number))
        assert path is not None
        assert path.is_relative_to(place)
        assert path.read_bytes() == content(number)


def test_where_both_places_are_full(
    store: FolderMedium, spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FolderMedium, "put", full)
    kept = Kept(store, spare)
    with pytest.raises(StoreError, match="No space left on device") as error:
        kept.write(key(0), VERDICTS, content())
    assert str(store.root) in error.value.message
    assert str(spare) in error.value.message


def test_fresh_neither_reads_nor_writes_the_store(store: FolderMedium, spare: Path) -> None:
    Kept(store, spare).write(key(0), VERDICTS, content(9))
    before = store.listing("judged")
    kept = seen(Kept(store, spare, use=False))
    assert not kept.has(key(0))
    name = kept.write(key(0), VERDICTS, content(0))
    assert name.startswith("spare:")
    kept.note([name])
    assert names(kept, 1) == ["Account 0"]
    assert store.listing("judged") == before
    # What the same piece of work has made is not made again.
    assert names(seen(Kept(store, spare, use=False)), 1) == ["Account 0"]


def test_what_is_lent_is_kept_nowhere(store: FolderMedium, spare: Path) -> None:
    kept = Kept(store, spare)
    kept.lend(key(0), content(3))
    assert names(kept, 1) == ["Account 3"]
    assert store.listing("judged") == {}


def test_a_process_that_is_sent_it_finds_the_same(store: FolderMedium, spare: Path) -> None:
    kept = Kept(store, spare)
    kept.note([kept.write(key(0), VERDICTS, content(0))])
    there = pickle.loads(pickle.dumps(kept))
    assert names(there, 1) == ["Account 0"]
    assert there.write(key(1), VERDICTS, content(1)) in store.listing("judged")
