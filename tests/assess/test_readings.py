"""An answer is decoded again only where its content is another than in the assessment before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reportgen.assess.readings import ReadingKey, Readings

SAME: ReadingKey = ("roles", "ab" * 32, 10)


@pytest.fixture
def made() -> list[str]:
    return []


def reading(made: list[str], what: str) -> Callable[[], str]:
    def read() -> str:
        made.append(what)
        return what

    return read


def test_the_same_content_is_read_once(made: list[str]) -> None:
    readings = Readings()
    for what in ("first", "second", "third"):
        readings.turn()
        assert readings.of(SAME, reading(made, what)) == "first"
        assert readings.of(SAME, reading(made, what)) == "first"
    assert made == ["first"]


@pytest.mark.parametrize(
    "other",
    [("users", "ab" * 32, 10), ("roles", "cd" * 32, 10), ("roles", "ab" * 32, 11)],
    ids=["another source", "other content", "another size"],
)
def test_anything_else_is_read(made: list[str], other: ReadingKey) -> None:
    readings = Readings()
    assert readings.of(SAME, reading(made, "first")) == "first"
    readings.turn()
    assert readings.of(other, reading(made, "second")) == "second"


def test_what_was_not_asked_for_last_time_is_held_no_more(made: list[str]) -> None:
    readings = Readings()
    readings.of(SAME, reading(made, "first"))
    readings.turn()
    readings.turn()
    assert readings.of(SAME, reading(made, "second")) == "second"
