"""Packs in a row, step by step, without any pack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reportgen.pack.checked import Checked
from reportgen.pack.manifest import Manifest
from reportgen.pack.row import hold_row

FIRST = Manifest(
    root="1" * 64, number=1, previous="", organisation="o", kind="quarterly", start="2026-04-01",
    end="2026-06-30", store_first="f" * 64, store_root="a" * 64, store_sequence=6, signed=False,
    stamped=False, files={}, data={},
)  # fmt: skip
SECOND = replace(
    FIRST, root="2" * 64, number=2, previous="1" * 64, start="2026-07-01", end="2026-09-30",
    store_root="b" * 64, store_sequence=9,
)  # fmt: skip
SEALS = {6: "a" * 64, 9: "b" * 64}


def held(*manifests: Manifest, seals: dict[int, str] | None = None) -> list[Checked]:
    found = [
        Checked(f"p{n}", manifest, seals=dict(SEALS if seals is None else seals))
        for n, manifest in enumerate(manifests, start=1)
    ]
    hold_row(found)
    return found


def flaws(found: list[Checked]) -> list[tuple[str, str]]:
    return [(flaw.name, flaw.place) for one in found for flaw in one.flaws]


def test_a_whole_row() -> None:
    found = held(SECOND, FIRST)
    assert flaws(found) == []
    assert [one.notes for one in found] == [[], []]


def test_a_row_that_begins_later_says_so() -> None:
    found = held(SECOND)
    assert flaws(found) == []
    assert found[0].notes == [
        f"It is number 2 of its chain; the one before has the root {'1' * 64}."
    ]
    assert held(FIRST)[0].notes == []


def test_one_that_could_not_be_read() -> None:
    found = [Checked("x"), Checked("p1", FIRST, seals=SEALS)]
    hold_row(found)
    assert flaws(found) == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [(3, "pack 2 before it"), (4, "pack 2 to 3 before it"), (5, "pack 2 to 4 before it")],
)
def test_gaps(number: int, expected: str) -> None:
    later = replace(SECOND, number=number, previous="9" * 64)
    (flaw,) = held(FIRST, later)[1].flaws
    assert (flaw.name, flaw.expected, flaw.place) == ("gap", expected, "p2: manifest.json")


def test_the_same_pack_twice() -> None:
    found = held(FIRST, FIRST)
    assert flaws(found) == []
    assert found[1].notes == ["It is the same pack as p1."]


def test_two_of_one_number() -> None:
    found = held(FIRST, replace(FIRST, root="3" * 64))
    assert flaws(found) == [("extra", "p2: manifest.json")]
    assert found[1].flaws[0].found == "that of p1 too"


def test_one_that_was_replaced() -> None:
    found = held(replace(FIRST, root="3" * 64), SECOND)
    assert flaws(found) == [("invalid", "p1: manifest.json")]
    assert found[1].flaws[0].found == "3" * 64


def test_one_that_names_another_of_the_row() -> None:
    third = replace(
        SECOND, root="3" * 64, number=3, previous="1" * 64, start="2026-10-01", end="2026-12-31"
    )
    found = held(FIRST, SECOND, third)
    assert flaws(found) == [("reordered", "p3: manifest.json")]
    assert found[2].flaws[0].found == "the root of p1"


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("2026-07-01", "2026-07-01", ""),
        ("2026-06-01", "2026-07-01", ""),
        ("2026-07-02", "2026-09-30", "gap"),
        ("2026-04-01", "2026-06-30", "reordered"),
        ("2026-04-01", "2026-06-29", "reordered"),
    ],
)
def test_periods(start: str, end: str, name: str) -> None:
    found = flaws(held(FIRST, replace(SECOND, start=start, end=end)))
    assert found == ([(name, "p2: manifest.json")] if name else [])


def test_the_store_went_on() -> None:
    place = "p2: store/chain/00000006.json"
    assert flaws(held(FIRST, SECOND, seals={6: "c" * 64})) == [("invalid", place)]
    assert flaws(held(FIRST, SECOND, seals={9: "b" * 64})) == [("invalid", place)]
    # Of a pack whose chain could not be read it was told already.
    assert flaws(held(FIRST, SECOND, seals={})) == []
    assert flaws(held(replace(FIRST, store_sequence=0), SECOND, seals={6: "c" * 64})) == []


def test_rows_of_other_stores_and_kinds_are_apart() -> None:
    other = replace(SECOND, store_first="e" * 64, previous="7" * 64)
    monthly = replace(SECOND, kind="monthly", number=5)
    assert flaws(held(FIRST, other, monthly)) == []
