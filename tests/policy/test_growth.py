"""Hostile sizes: time near linear, output bounded, and that it says so."""

from __future__ import annotations

import pytest

from bench.growth import CASES, OF_TAGS, Case, Growth, measured, table
from reportgen.policy import influence
from reportgen.policy.lint import MOST
from reportgen.policy.rights import UNTRIED


def test_twice_the_size_takes_about_twice_the_time() -> None:
    found = measured(0.25, CASES)
    assert [g.what for g in found] == [
        "lint: 75,000 actions of one service",
        "lint: 169 patterns *ab*",
        "lint: 5,000 unknown services",
        "analyse: a chain of 500 roles",
        "analyse: 500 that may change others",
        "analyse: 500 that may act as all others",
    ]
    # Quadratic would be 4; what takes hundredths of a second says nothing.
    assert all(g.ratio < 3.5 for g in found if g.whole > 0.2), table(found)
    assert sum(g.whole for g in found) < 10, table(found)
    *lint, chain, changers, equals = found
    # Of each of the two codes that such a list has, a hundred and one that tells how many more.
    assert all(MOST < g.rows <= 2 * (MOST + 1) for g in lint), table(found)
    assert chain.rows == changers.rows == equals.rows == 500
    assert chain.characters < 1_500 * chain.rows
    # Nothing that was not tried stands in for a way.
    assert changers.characters + equals.characters < 2 * 300 * 500


@pytest.mark.parametrize("case", OF_TAGS, ids=[what for what, *_ in OF_TAGS])
def test_what_is_tried_of_tags_has_an_end_and_it_is_said(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, make, run = case
    for what in ("grips", "pairs", "states", "tagged"):
        monkeypatch.setitem(influence.MOST, what, (20, 0))
    rows = run(make(12))
    paths = [path for row in rows for path in row["paths"]]
    assert UNTRIED in {hurdle for path in paths for hurdle in path["hurdles"]}
    # Nobody of them is sure of anything: none is an administrator.
    assert all(path["hurdles"] for path in paths)


def test_the_sizes_are_those_that_were_a_danger() -> None:
    assert [size for _, size, _, _ in CASES] == [300_000, 676, 20_000, 2_000, 2_000, 2_000]
    for _, size, make, _ in CASES[:3]:
        assert len(set(make(size))) == size


def test_the_table_has_a_line_for_each_case() -> None:
    lines = table([Growth("a", 0.5, 1.25, 1_000, 2_000), Growth("b", 0.0, 0.002, 1, 2)])
    assert lines.splitlines()[1].split() == ["a", "0.50", "s", "1.25", "s", "2.5", "1,000", "2,000"]
    assert lines.splitlines()[2].split()[5] == "2.0"
