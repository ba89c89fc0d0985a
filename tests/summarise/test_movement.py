"""What became of a finding: against lives worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from reportgen.report.words import Moved
from reportgen.summarise.movement import History, follow, movement
from tests.summarise.rows import frame

JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, m, d) for m, d in ((6, 30), (7, 31), (8, 31), (9, 30)))


def states(*verdicts: dict[str, str]) -> list[dict[tuple[str, str, str], object]]:
    frames = []
    for day, months in zip((JUNE, JULY, AUGUST, SEPTEMBER), verdicts, strict=True):
        rows = [("A", "C", name, verdict, 1) for name, verdict in months.items()]
        frames.append((day, frame([*rows, ("A", "C", "other", "pass", 1)])))
    return follow(frames)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("pass fail fail fail", "new"),
        ("fail fail fail fail", "repeat"),
        ("fail pass pass fail", "reopened"),
        ("fail fail pass pass", "closed"),
        ("fail fail gone gone", "closed"),
        ("pass fail pass pass", "brief"),
        ("fail not-evaluated not-evaluated not-evaluated", "repeat"),
        ("fail not-evaluated fail fail", "repeat"),
        ("pass pass pass pass", None),
    ],
)
def test_movement(history: str, expected: str | None) -> None:
    months = [{} if word == "gone" else {"r": word} for word in history.split()]
    at = states(*months)
    moves = movement(at[0], at[-1], date(2026, 7, 1))  # type: ignore[arg-type]
    names = [word for word in Moved if ("A", "C", "r") in moves.of(word)]
    assert names == ([expected] if expected else [])


def test_an_incomplete_list_closes_nothing() -> None:
    first = frame([("A", "C", "r", "fail", 1)])
    second = frame([("A", "C", "account", "not-evaluated", 1)]).assign(whole=False)
    after = follow([(JUNE, first), (JULY, second)])[-1][("A", "C", "r")]
    assert (after.open, after.confirmed, after.closed) == (True, False, None)


@pytest.mark.parametrize(
    ("opened", "word"),
    [(date(2026, 6, 30), "repeat"), (date(2026, 7, 1), "reopened"), (date(2026, 7, 2), "reopened")],
)
def test_opened_again_on_the_first_day(opened: date, word: str) -> None:
    """Open before and now: a repeat, unless the run that is open began within the period."""
    key = ("A", "C", "r")
    before = {key: History([date(2026, 1, 31)])}
    after = {key: History([date(2026, 1, 31), opened])}
    moves = movement(before, after, date(2026, 7, 1))
    assert [w for w in Moved if key in moves.of(w)] == [word]


@pytest.mark.parametrize(
    ("opened", "words"),
    [(date(2026, 6, 30), []), (date(2026, 7, 1), ["brief"]), (date(2026, 7, 2), ["brief"])],
)
def test_closed_within_the_period_only_when_opened_in_it(opened: date, words: list[str]) -> None:
    key = ("A", "C", "r")
    moves = movement({}, {key: History([opened], closed=opened, open=False)}, date(2026, 7, 1))
    assert [w for w in Moved if key in moves.of(w)] == words
