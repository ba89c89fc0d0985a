"""What became of a finding: against lives worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from reportgen.report.words import Moved
from reportgen.summarise.movement import FindingLife, MonthRow, follow, movement

JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, m, d) for m, d in ((6, 30), (7, 31), (8, 31), (9, 30)))


def states(*verdicts: dict[str, str]) -> list[dict[tuple[str, str, str], object]]:
    frames = []
    for day, months in zip((JUNE, JULY, AUGUST, SEPTEMBER), verdicts, strict=True):
        rows = [MonthRow("A", "C", name, verdict) for name, verdict in months.items()]
        frames.append((day, [*rows, MonthRow("A", "C", "other", "pass")]))
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
    first = [MonthRow("A", "C", "r", "fail")]
    second = [MonthRow("A", "C", "account", "not-evaluated", whole=False)]
    after = follow([(JUNE, first), (JULY, second)])[-1][("A", "C", "r")]
    assert (after.open, after.confirmed, after.closed) == (True, False, None)


@pytest.mark.parametrize(
    ("opened", "word"),
    [(date(2026, 6, 30), "repeat"), (date(2026, 7, 1), "reopened"), (date(2026, 7, 2), "reopened")],
)
def test_opened_again_on_the_first_day(opened: date, word: str) -> None:
    """Open before and now: a repeat, unless the run that is open began within the period."""
    key = ("A", "C", "r")
    before = {key: FindingLife([date(2026, 1, 31)])}
    after = {key: FindingLife([date(2026, 1, 31), opened])}
    moves = movement(before, after, date(2026, 7, 1))
    assert [w for w in Moved if key in moves.of(w)] == [word]


@pytest.mark.parametrize(
    ("opened", "words"),
    [(date(2026, 6, 30), []), (date(2026, 7, 1), ["brief"]), (date(2026, 7, 2), ["brief"])],
)
def test_closed_within_the_period_only_when_opened_in_it(opened: date, words: list[str]) -> None:
    key = ("A", "C", "r")
    moves = movement({}, {key: FindingLife([opened], closed=opened, open=False)}, date(2026, 7, 1))
    assert [w for w in Moved if key in moves.of(w)] == words


def life(*verdicts: str, whole: tuple[bool, ...] = ()) -> FindingLife:
    """The life of one finding over month ends; ``gone`` leaves it out."""
    frames = []
    for number, (day, word) in enumerate(
        zip((JUNE, JULY, AUGUST, SEPTEMBER), verdicts, strict=False)
    ):
        said = {"other": "pass"} if word == "gone" else {"r": word, "other": "pass"}
        every = whole[number] if whole else True
        rows = [MonthRow("A", "C", name, verdict, every) for name, verdict in said.items()]
        frames.append((day, rows))
    return follow(frames)[-1][("A", "C", "r")]


def test_it_is_first_seen_when_its_last_run_opened() -> None:
    assert life("fail", "fail").first_seen == JUNE
    assert life("fail", "pass", "fail").first_seen == AUGUST
    assert life("fail", "pass", "fail").opened == (JUNE, AUGUST)
    assert life("fail", "pass").closed == JULY


def test_it_is_confirmed_until_it_cannot_be_seen_and_again_after() -> None:
    assert life("fail").confirmed
    assert not life("fail", "not-evaluated").confirmed
    assert life("fail", "not-evaluated", "fail").confirmed
    assert life("fail", "not-evaluated").open


def test_a_closed_one_that_is_not_seen_stays_as_it_was() -> None:
    closed = life("fail", "pass", "not-evaluated")
    assert (closed.open, closed.closed, closed.confirmed) == (False, JULY, True)


def test_a_control_without_any_row_closes_nothing() -> None:
    """No row of the control at all: it was not judged, which is no proof that it passed."""
    other = [MonthRow("A", "D", "r", "pass")]
    after = follow([(JUNE, [MonthRow("A", "C", "r", "fail")]), (JULY, other)])[-1]
    assert after[("A", "C", "r")].open
    assert not after[("A", "C", "r")].confirmed


@pytest.mark.parametrize(
    ("history", "word"), [("pass fail", "new"), ("fail pass fail", "reopened")]
)
def test_only_what_was_open_before_is_opened_again(history: str, word: str) -> None:
    """Closed at the last period's end and open now: reopened where it had a run before."""
    words = history.split()
    key = ("A", "C", "r")
    after = {key: life(*words)}
    before = {key: life(*words[:-1])} if "fail" in words[:-1] else {}
    moves = movement(before, after, date(2026, 7, 1))
    assert [w for w in Moved if key in moves.of(w)] == [word]


def test_a_row_that_another_follows_does_not_count() -> None:
    """The later one speaks of it, whatever the earlier one says."""
    rows = [
        MonthRow("A", "C", "r", "fail", superseded=True),
        MonthRow("A", "C", "r", "pass"),
    ]
    assert follow([(JUNE, rows)]) == [{}]
