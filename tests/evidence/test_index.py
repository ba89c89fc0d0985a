"""The index of a chain: fewer reads, the same answer, and never a word against the chain."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pytest

from reportgen.errors import IntegrityError
from reportgen.evidence import index
from reportgen.evidence.chain import read_chain
from reportgen.evidence.index import index_name, read_indexed
from reportgen.evidence.seal import Seal, seal_name
from reportgen.evidence.store import Store
from tests.evidence.conftest import Place
from tests.evidence.daily import days, moment, put
from tests.evidence.memory import Memory, in_memory
from tests.evidence.test_chain import files_of, row

COUNT = 9
# As it is on disk (docs/store.md); the tests make do with less.
HUNDRED = index.SPAN


class Counting(Memory):
    """Tells which files of the chain were read."""

    def __init__(self, files: dict[str, bytes | None]) -> None:
        super().__init__(files)
        self.asked: list[str] = []

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        wanted = list(names)
        self.asked += wanted
        return super().read_all(wanted)


@pytest.fixture(autouse=True)
def by_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SPAN", 3)


@pytest.fixture
def medium() -> Counting:
    """Nine seals, of which six are in the index."""
    found = Counting(files_of(row(COUNT)))
    read_indexed(found)
    found.asked.clear()
    return found


def test_the_index_has_whole_spans_behind_the_newest_link(medium: Counting) -> None:
    assert set(medium.listing("index")) == {index_name(3), index_name(6)}
    lines = medium.read(index_name(6)).split(b"\n")
    assert lines == [medium.read(seal_name(number)) for number in (4, 5, 6)]
    grown = Counting(files_of(row(7)))
    read_indexed(grown)
    assert set(grown.listing("index")) == {index_name(3), index_name(6)}
    grown = Counting(files_of(row(6)))
    read_indexed(grown)
    assert set(grown.listing("index")) == {index_name(3)}


def test_a_file_has_a_hundred_links() -> None:
    assert HUNDRED == 100


def test_one_link_behind_a_file_is_enough_for_it_to_serve() -> None:
    medium = Counting(files_of(row(4)))
    read_indexed(medium)
    assert set(medium.listing("index")) == {index_name(3)}
    medium.asked.clear()
    assert len(read_indexed(medium).seals) == 4
    assert medium.asked == [index_name(3), seal_name(4)]


def test_where_one_file_is_gone_the_others_serve(medium: Counting) -> None:
    medium.remove(index_name(3))
    assert len(read_indexed(medium).seals) == COUNT
    assert medium.asked == [index_name(6), *map(seal_name, (1, 2, 3, 7, 8, 9))]


def test_few_files_are_read_and_the_same_is_known(medium: Counting) -> None:
    assert read_indexed(medium) == read_chain(Memory(medium.files))
    assert medium.asked == [index_name(3), index_name(6), *map(seal_name, (7, 8, 9))]


def forged(number: int) -> list[bytes]:
    """The seals of another chain of as many bytes."""
    first = Seal(1, "0" * 64, "s1", "2026-01-02T00:00:00Z", (), "c" * 64).sealed()
    found = [first[1]]
    for n in range(2, number + 1):
        before = found[-1].split(b'"root":"')[1][:64].decode()
        seal = Seal(n, before, f"s{n}", f"2026-0{n}-02T00:00:00Z", (), "c" * 64).sealed()
        found.append(seal[1])
    return found


DAMAGE: dict[str, Any] = {
    "gone": lambda content: None,
    "empty": lambda content: b"",
    "half-written": lambda content: content[: len(content) // 2],
    "a line more": lambda content: content + b"\n",
    "another byte": lambda content: content.replace(b"aaaa", b"bbbb", 1),
    "no text": lambda content: b"\xff" * len(content),
    "of another chain": lambda content: b"\n".join(forged(3)),
    "in another order": lambda content: b"\n".join(content.split(b"\n")[::-1]),
    "a line twice": lambda content: b"\n".join([content.split(b"\n")[0]] * 3),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_bad_index_is_passed_over_and_made_again(damage: str, medium: Counting) -> None:
    good = medium.read(index_name(3))
    bad = DAMAGE[damage](good)
    if bad is None:
        del medium.files[index_name(3)]
    else:
        assert bad != good
        medium.files[index_name(3)] = bad
    expected = read_chain(Memory(files_of(row(COUNT))))
    assert read_indexed(medium) == expected
    assert medium.files[index_name(3)] == good
    medium.asked.clear()
    assert read_indexed(medium) == expected
    assert len(medium.asked) == 5


def test_an_index_of_an_older_and_shorter_chain_is_stale(medium: Counting) -> None:
    longer = row(COUNT)
    medium.files |= files_of(longer[:4])
    for number in (5, 6, 7, 8, 9):
        del medium.files[seal_name(number)]
    chain = read_indexed(medium)
    assert (len(chain.seals), chain.flaws) == (4, [])


def test_a_chain_that_was_changed_and_its_index_with_it_still_has_to_fit(medium: Counting) -> None:
    lines = forged(3)
    medium.files |= {seal_name(n): line for n, line in enumerate(lines, start=1)}
    medium.files[index_name(3)] = b"\n".join(lines)
    (flaw,) = read_indexed(medium).flaws
    assert (flaw.name, flaw.place) == ("forged", seal_name(3))


@pytest.mark.parametrize("number", [1, 5, 9])
def test_a_seal_that_is_gone_or_of_another_size_is_seen(number: int, medium: Counting) -> None:
    content = medium.files.pop(seal_name(number))
    assert content is not None
    names = {flaw.name for flaw in read_indexed(medium).flaws}
    assert names == ({"cut"} if number == COUNT else {"gap"})
    medium.files[seal_name(number)] = content + b" "
    assert {flaw.name for flaw in read_indexed(medium).flaws} >= {"altered"}


def test_where_nothing_may_be_written_the_chain_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    medium = Counting(files_of(row(COUNT)))

    def refuse(name: str, content: bytes) -> None:
        raise PermissionError(name)

    monkeypatch.setattr(medium, "put", refuse)
    assert len(read_indexed(medium).seals) == COUNT
    assert medium.listing("index") == {}


def test_an_index_that_vanishes_meanwhile_is_as_good_as_none(
    medium: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Memory.read

    def read(self: Memory, name: str, limit: int = 1) -> bytes:
        if name.startswith("index/"):
            raise FileNotFoundError(name)
        return real(self, name, limit)

    monkeypatch.setattr(Memory, "read", read)
    assert len(read_indexed(medium).seals) == COUNT


def test_a_flawed_chain_gets_no_index() -> None:
    medium = Counting(files_of(row(COUNT)))
    del medium.files[seal_name(2)]
    assert read_indexed(medium).flaws
    assert medium.listing("index") == {}


def test_a_store_grows_with_its_index_on_every_medium(place: Place) -> None:
    store = Store.create(place.store)
    for day in days(date(2026, 1, 1), 5):
        put(store, moment(day))
    assert [name for name in place.names() if name.startswith("index/")] == [index_name(3)]
    place.write(index_name(3), place.read(index_name(3))[:100])
    assert len(Store.open(place.store).snapshots()) == 5
    assert place.read(index_name(3)).count(b"\n") == 2


def test_a_seal_changed_behind_the_index_is_seen_when_its_snapshot_is_read() -> None:
    store = in_memory()
    for day in days(date(2026, 1, 1), 5):
        put(store, moment(day))
    store.chain()
    other = store.medium.read(seal_name(2)).replace(b"2026-01-02", b"2026-01-03")
    store.medium.replace(seal_name(2), other)
    snapshots = store.snapshots()
    assert snapshots[1].collected_at == moment(date(2026, 1, 2))
    assert len(snapshots[0].files) == 4
    with pytest.raises(IntegrityError, match=r"altered: chain/00000002\.json"):
        _ = snapshots[1].files
    store.medium.remove(seal_name(2))
    with pytest.raises(IntegrityError, match="gap"):
        store.snapshots()


def test_two_at_once_write_the_same(medium: Counting) -> None:
    for name in list(medium.listing("index")):
        medium.remove(name)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(read_indexed(medium))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(chain.seals) for chain in found] == [COUNT] * 4
    assert set(medium.listing("index")) == {index_name(3), index_name(6)}
