"""A row of seals: each way in which it can be wrong, in memory, and what a root remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reportgen.evidence.chain import Chain, Remembered, parse_head, read_chain
from reportgen.evidence.seal import (
    NO_ROOT,
    SEAL_LIMIT,
    Flaw,
    Seal,
    canonical,
    seal_name,
)
from tests.evidence.memory import Memory

HEAD, SEEN = "head.json", "seen.json"


def row(count: int) -> list[Seal]:
    seals: list[Seal] = []
    for number in range(1, count + 1):
        before = seals[-1].root if seals else NO_ROOT
        draft = Seal(number, before, f"s{number}", f"2026-0{number}-01T00:00:00Z", (), "a" * 64)
        seals.append(draft.sealed()[0])
    return seals


def head_of(seal: Seal) -> bytes:
    return canonical({"sequence": seal.sequence, "root": seal.root})


def files_of(seals: list[Seal]) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {seal_name(s.sequence): s.sealed()[1] for s in seals}
    return {**files, HEAD: head_of(seals[-1])} if seals else files


def chain_of(files: dict[str, bytes | None]) -> Chain:
    return read_chain(Memory(files))


def flaws(files: dict[str, bytes | None]) -> list[tuple[str, str]]:
    return [(flaw.name, flaw.place) for flaw in chain_of(files).flaws]


def test_a_whole_chain_comes_in_order() -> None:
    seals = row(4)
    chain = chain_of(dict(reversed(files_of(seals).items())))
    assert (chain.seals, chain.flaws) == (seals, [])
    assert chain_of({}).seals == []


def test_a_first_seal_names_no_root_before_it() -> None:
    first = replace(row(1)[0], previous="b" * 64).sealed()[0]
    (flaw,) = chain_of(files_of([first])).flaws
    assert flaw == Flaw("forged", seal_name(1), "no root before it", "b" * 64)


def test_a_seal_changed_and_sealed_anew_is_not_what_the_next_names() -> None:
    seals = row(3)
    other = replace(seals[1], id="other").sealed()[0]
    (flaw,) = chain_of(files_of([seals[0], other, seals[2]])).flaws
    expected = f"the root {seals[1].root} that {seal_name(3)} names"
    assert flaw == Flaw("forged", seal_name(2), expected, other.root)


@pytest.mark.parametrize(
    ("lost", "place"),
    [
        ((1,), seal_name(1)),
        ((2,), seal_name(2)),
        ((2, 3), f"{seal_name(2)} to {seal_name(3)}"),
        ((1, 2, 3), f"{seal_name(1)} to {seal_name(3)}"),
    ],
)
def test_a_gap_has_its_first_and_last(lost: tuple[int, ...], place: str) -> None:
    assert flaws(files_of([s for s in row(5) if s.sequence not in lost])) == [("gap", place)]


def test_two_gaps_are_two() -> None:
    left = [s for s in row(6) if s.sequence not in (2, 5)]
    assert flaws(files_of(left)) == [("gap", seal_name(2)), ("gap", seal_name(5))]


@pytest.mark.parametrize(
    ("kept", "place"),
    [
        (4, seal_name(5)),
        (3, f"{seal_name(4)} to {seal_name(5)}"),
        (0, f"{seal_name(1)} to {seal_name(5)}"),
    ],
)
def test_a_head_ahead_of_the_seals_is_a_cut(kept: int, place: str) -> None:
    seals = row(5)
    assert flaws({**files_of(seals[:kept]), HEAD: head_of(seals[-1])}) == [("cut", place)]


def test_a_head_behind_the_seals_is_of_a_writer_who_was_killed() -> None:
    seals = row(3)
    assert flaws({**files_of(seals), HEAD: head_of(seals[1])}) == []


def test_a_head_with_another_root_is_told_from_the_seal_it_names() -> None:
    seals = row(3)
    files = files_of(seals)
    files[HEAD] = canonical({"sequence": 2, "root": "c" * 64})
    (flaw,) = chain_of(files).flaws
    named = f"the root {'c' * 64} that head.json names"
    assert flaw == Flaw("forged", seal_name(2), named, seals[1].root)


@pytest.mark.parametrize(("count", "expected"), [(0, []), (1, []), (2, [("missing", HEAD)])])
def test_only_the_first_seal_may_lack_a_head(count: int, expected: list[tuple[str, str]]) -> None:
    """A writer may have been killed between the first seal and its head, and never later."""
    files = files_of(row(count))
    files.pop(HEAD, None)
    assert flaws(files) == expected


@pytest.mark.parametrize("name", [HEAD, SEEN])
def test_a_mark_that_cannot_be_read_is_altered(name: str) -> None:
    assert flaws({**files_of(row(2)), name: b"{}"}) == [("altered", name)]


def test_seen_beyond_the_end_is_a_cut_and_another_root_is_forged() -> None:
    seals = row(3)
    whole = {**files_of(seals), SEEN: head_of(seals[2])}
    assert flaws(whole) == []
    assert flaws({**files_of(seals[:2]), SEEN: head_of(seals[2])}) == [("cut", seal_name(3))]
    other = canonical({"sequence": 1, "root": "d" * 64})
    assert flaws({**whole, SEEN: other}) == [("forged", seal_name(1))]


def test_a_copy_is_duplicated_and_another_seal_is_reordered() -> None:
    seals = row(3)
    files = files_of(seals)
    assert flaws({**files, seal_name(4): files[seal_name(2)]}) == [("duplicated", seal_name(4))]
    one, two = files[seal_name(1)], files[seal_name(2)]
    swapped = {**files, seal_name(1): two, seal_name(2): one}
    assert flaws(swapped) == [("reordered", seal_name(1)), ("reordered", seal_name(2))]
    (first, _) = chain_of(swapped).flaws
    assert (first.expected, first.found) == ("the seal of sequence 1", "that of 2")


def test_a_seal_of_a_number_that_is_not_there_is_reordered() -> None:
    seals = row(2)
    stray = replace(seals[1], sequence=7).sealed()[1]
    assert flaws({**files_of(seals), seal_name(2): stray}) == [("reordered", seal_name(2))]


def test_a_seal_that_is_changed_and_under_another_number_is_no_copy() -> None:
    seals = row(3)
    stray = replace(seals[1], id="x").sealed()[1]
    files = {**files_of(seals), seal_name(4): stray}
    assert flaws(files) == [("reordered", seal_name(4))]


@pytest.mark.parametrize("name", ["chain/notes.txt", "chain/0000001.json", "chain/00000001.jsonx"])
def test_a_foreign_file_is_extra(name: str) -> None:
    files = {**files_of(row(1)), name: b"x"}
    assert chain_of(files).flaws == [Flaw("extra", name, "nothing", "a file")]


def test_what_is_no_plain_file_is_extra_and_its_seal_missing() -> None:
    files = {**files_of(row(2)), seal_name(1): None}
    (extra, gap) = chain_of(files).flaws
    assert extra == Flaw("extra", seal_name(1), "nothing", "a link or folder")
    assert (gap.name, gap.place) == ("gap", seal_name(1))


def test_an_empty_foreign_file_is_a_file() -> None:
    assert chain_of({"chain/x": b""}).flaws == [Flaw("extra", "chain/x", "nothing", "a file")]


def test_a_seal_over_the_limit_is_not_even_read() -> None:
    seals = row(2)
    at, over = b" " * SEAL_LIMIT, b" " * (SEAL_LIMIT + 1)
    (flaw,) = chain_of({**files_of(seals), seal_name(2): over}).flaws
    assert flaw == Flaw("altered", seal_name(2), "a whole seal", f"{SEAL_LIMIT + 1} bytes")
    (flaw,) = chain_of({**files_of(seals), seal_name(2): at}).flaws
    assert flaw.found.startswith("no JSON")


@pytest.mark.parametrize("content", [b"x", b""])
def test_a_seal_that_is_damaged_leaves_no_gap(content: bytes) -> None:
    assert flaws({**files_of(row(3)), seal_name(2): content}) == [("altered", seal_name(2))]


def test_marks_are_read_before_the_seals_and_no_further_than_a_seal() -> None:
    seals = row(2)
    memory = Memory({**files_of(seals), SEEN: head_of(seals[0])})
    read_chain(memory)
    assert memory.limits[:2] == [SEAL_LIMIT, SEAL_LIMIT]


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        canonical({"sequence": 1, "root": "a" * 64, "more": 1}),
        canonical({"sequence": 0, "root": "a" * 64}),
        canonical({"sequence": True, "root": "a" * 64}),
        canonical({"sequence": "1", "root": "a" * 64}),
        canonical({"sequence": 1, "root": "a" * 63}),
        canonical({"sequence": 1, "root": None}),
    ],
)
def test_what_is_no_mark_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="other"):
        parse_head(content)
    assert parse_head(canonical({"sequence": 1, "root": "a" * 64})) == (1, "a" * 64)


def test_a_remembered_root_at_any_place_or_at_its_own() -> None:
    seals = row(3)
    chain = Chain(seals)
    for seal in seals:
        assert chain.compare(Remembered(seal.root, "x")) is None
        assert chain.compare(Remembered(seal.root, "x", seal.sequence)) is None
    said = f"the root {'e' * 64} that the letter saw"
    strange = Remembered("e" * 64, "the letter")
    assert chain.compare(strange) == Flaw("cut", "chain", said, "no such root in 3 links")
    at = replace(strange, sequence=3)
    assert chain.compare(at) == Flaw("forged", seal_name(3), said, seals[2].root)
    beyond = replace(strange, sequence=4)
    assert chain.compare(beyond) == Flaw("cut", seal_name(4), said, "3 links, without it")
