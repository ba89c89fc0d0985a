"""Days in violation: against cases worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.model import Result, Severity, Verdict
from reportgen.summarise import held
from reportgen.summarise.held import Observation, days_of
from reportgen.summarise.periods import Period

SEPTEMBER = Period("monthly", date(2026, 9, 1), date(2026, 9, 30))
KEY = ("A", "KEY-03", "r")


def seen(day: date, verdict: Verdict, *, kind: str = "AWS::IAM::User") -> Observation:
    result = Result("KEY-03", "A", "r", kind, verdict, Severity.MEDIUM, "said")
    return Observation("A", day, day, [result])


def days(*observations: Observation, age: int = 45) -> held.Days:
    return days_of(SEPTEMBER, observations, ["A"], ["KEY-03"], age)


@pytest.mark.parametrize(
    ("observations", "violated", "unknown"),
    [
        # Fails on the 11th, passes on the 21st: the 11th to the 20th, ten days.
        (
            [
                seen(date(2026, 8, 31), Verdict.PASS),
                seen(date(2026, 9, 11), Verdict.FAIL),
                seen(date(2026, 9, 21), Verdict.PASS),
            ],
            10,
            0,
        ),
        # What was seen before the period covers its first days.
        ([seen(date(2026, 8, 31), Verdict.FAIL), seen(date(2026, 9, 6), Verdict.PASS)], 5, 0),
        # First evidence on the 16th: fifteen days are not known.
        ([seen(date(2026, 9, 16), Verdict.FAIL)], 15, 15),
        # Evidence of 1 August holds for 45 days, to 15 September.
        ([seen(date(2026, 8, 1), Verdict.FAIL)], 15, 15),
        # Losing sight on the 11th neither ends nor prolongs it.
        (
            [seen(date(2026, 8, 31), Verdict.FAIL), seen(date(2026, 9, 11), Verdict.NOT_EVALUATED)],
            10,
            20,
        ),
    ],
)
def test_days_by_hand(observations: list[Observation], violated: int, unknown: int) -> None:
    found = days(*observations).of(KEY)
    assert found == {"days_in_violation": violated, "days_unknown": unknown}


@pytest.mark.parametrize(
    ("observations", "word"),
    [
        ([seen(date(2026, 8, 31), Verdict.PASS)], "held all the time"),
        ([seen(date(2026, 9, 2), Verdict.PASS)], "held whenever seen"),
        ([seen(date(2026, 9, 2), Verdict.FAIL), seen(date(2026, 9, 3), Verdict.PASS)],
         "did not hold all the time"),
        ([], "not shown"),
        ([seen(date(2026, 8, 31), Verdict.NOT_EVALUATED)], "not shown"),
    ],
)  # fmt: skip
def test_whether_a_control_held(observations: list[Observation], word: str) -> None:
    if observations == [] or observations[0].day < SEPTEMBER.start:
        # An evaluation within the month, of another control, so that there is one at all.
        other = Result("MFA-01", "A", "u", "AWS::IAM::User", Verdict.PASS, Severity.HIGH, "")
        last = observations[-1].results if observations else ()
        observations = [
            *observations,
            Observation("A", date(2026, 9, 30), date(2026, 9, 30), [*last, other]),
        ]
    holding = held.report(days(*observations), load_catalogue())
    assert next(r for r in holding.controls if r.control_id == "KEY-03").held == word


def test_a_control_fails_on_the_days_on_which_it_fails_anywhere() -> None:
    first = Result("KEY-03", "A", "r1", "t", Verdict.FAIL, Severity.MEDIUM, "")
    other = Result("KEY-03", "B", "r2", "t", Verdict.FAIL, Severity.MEDIUM, "")
    fine = Result("KEY-03", "A", "r1", "t", Verdict.PASS, Severity.MEDIUM, "")
    found = days_of(
        SEPTEMBER,
        [
            Observation("A", date(2026, 9, 1), date(2026, 9, 1), [first]),
            Observation("A", date(2026, 9, 11), date(2026, 9, 11), [fine]),
            Observation("B", date(2026, 9, 6), date(2026, 9, 6), [other]),
        ],
        ["A", "B"],
        ["KEY-03"],
        45,
    )
    # A on 1 to 10, B on 6 to 30: every day. B is not known on 1 to 5.
    assert found.broken["KEY-03"].bit_count() == 30
    assert found.of(("B", "KEY-03", "r2")) == {"days_in_violation": 25, "days_unknown": 5}
