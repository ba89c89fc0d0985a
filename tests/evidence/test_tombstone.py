"""Tombstones: their one form, and what a chain makes of a false one."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.evidence.chain import Chain, read_chain
from reportgen.evidence.seal import NO_ROOT, Seal, canonical, seal_name, sha256
from reportgen.evidence.tombstone import Tombstone, parse_link, ranges
from tests.evidence.memory import Memory
from tests.evidence.test_chain import row

SOME = Tombstone(9, "a" * 64, "2026-11-25T00:00:00Z", "operator@host", "keep monthly", ((2, 4),))


def changed(**changes: Any) -> bytes:
    """A tombstone with other fields and the root that fits them."""
    data = {**json.loads(SOME.sealed()[1]), **changes}
    data.pop("root", None)
    return canonical({**data, "root": sha256(canonical(data))})


def test_a_tombstone_comes_back_as_it_was_sealed() -> None:
    sealed, content = SOME.sealed()
    assert parse_link(content) == sealed
    data = json.loads(content)
    root = data.pop("root")
    assert root == sealed.root == sha256(canonical(data))
    assert (sealed.count, list(sealed.numbers())) == (3, [2, 3, 4])
    assert str(sealed) == (
        "pruned, as recorded on 2026-11-25T00:00:00Z by operator@host (keep monthly) "
        "in chain/00000009.json"
    )


def test_what_a_name_holds_is_never_printed_raw() -> None:
    assert "\x1b" not in str(Tombstone(9, "", "", "a\x1b[2J", "b", ((2, 4),)))


def test_a_seal_may_be_called_like_a_tombstone() -> None:
    seal, content = Seal(
        1, NO_ROOT, "reportgen-tombstone", "2026-01-01T00:00:00Z", (), "b" * 64
    ).sealed()
    assert parse_link(content) == seal


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"more": 1},
        {"sequence": 1, "pruned": [[1, 1]]},
        {"sequence": 9.0},
        {"sequence": True},
        {"previous": "A" * 64},
        {"recorded_at": "2026-11-25"},
        {"by": ""},
        {"by": "x" * 501},
        {"rule": ""},
        {"rule": None},
        {"pruned": []},
        {"pruned": {"2": 4}},
        {"pruned": [[2]]},
        {"pruned": [[2, 4, 6]]},
        {"pruned": [["2", "4"]]},
        {"pruned": [[True, 4]]},
        {"pruned": [[0, 4]]},
        {"pruned": [[-2, -1]]},
        {"pruned": [[4, 2]]},
        {"pruned": [[2, 9]]},
        {"pruned": [[2, 3], [4, 5]]},
        {"pruned": [[2, 4], [4, 5]]},
        {"pruned": [[6, 6], [2, 2]]},
    ],
)
def test_another_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="tombstone"):
        parse_link(changed(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": 2, "pruned": [[1, 1]]},
        {"by": "x" * 500},
        {"by": "x"},
        {"pruned": [[2, 8]]},
        {"pruned": [[1, 1], [3, 3]]},
    ],
)
def test_the_limits_are_taken(changes: dict[str, Any]) -> None:
    assert isinstance(parse_link(changed(**changes)), Tombstone)


def test_changed_content_is_not_under_its_root() -> None:
    content = SOME.sealed()[1].replace(b"operator", b"0perator")
    with pytest.raises(ValueError, match="under the root"):
        parse_link(content)
    with pytest.raises(ValueError, match="canonical"):
        parse_link(SOME.sealed()[1] + b"\n")


@given(st.sets(st.integers(1, 60)))
@settings(max_examples=60, deadline=None)
def test_ranges_say_the_same_numbers_in_one_form(numbers: set[int]) -> None:
    found = ranges(numbers)
    stone = Tombstone(99, NO_ROOT, "", "", "", found)
    assert list(stone.numbers()) == sorted(numbers)
    assert stone.count == len(numbers)
    assert all(b[0] > a[1] + 1 for a, b in pairwise(found))


def with_stones(*pruned: tuple[int, int]) -> Chain:
    """Four seals, and a tombstone behind them for each range."""
    links: list[Any] = list(row(4))
    for one in pruned:
        stone = Tombstone(
            len(links) + 1, links[-1].root, "2026-11-25T00:00:00Z", "somebody", "rule", (one,)
        )
        links.append(stone.sealed()[0])
    files: dict[str, bytes | None] = {seal_name(x.sequence): x.sealed()[1] for x in links}
    files["head.json"] = canonical({"sequence": len(links), "root": links[-1].root})
    return read_chain(Memory(files))


def test_the_chain_tells_kept_from_pruned() -> None:
    chain = with_stones((1, 2), (4, 4))
    assert chain.flaws == []
    assert [seal.sequence for seal in chain.seals] == [1, 2, 3, 4]
    assert [seal.sequence for seal in chain.kept] == [3]
    assert {number: stone.sequence for number, stone in chain.pruned.items()} == {1: 5, 2: 5, 4: 6}
    assert [link.sequence for link in chain.links] == [1, 2, 3, 4, 5, 6]


def test_a_snapshot_is_pruned_once() -> None:
    (flaw,) = with_stones((1, 2), (2, 3)).flaws
    assert (flaw.name, flaw.place) == ("forged", seal_name(2))
    assert flaw.found == "one that chain/00000005.json records"


def test_a_tombstone_is_not_pruned() -> None:
    (flaw,) = with_stones((1, 1), (5, 5)).flaws
    assert (flaw.name, flaw.place, flaw.found) == ("forged", seal_name(5), "a tombstone")
    assert "chain/00000006.json" in flaw.expected
