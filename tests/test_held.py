"""Days in violation, quarters, owners and time to fix: against cases worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.model import Result, Severity, Verdict
from reportgen.summarise import compare, held, review
from reportgen.summarise.held import Observation, days_of
from reportgen.summarise.periods import Period, last_ending, period_ending

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
    found = held.report(days(*observations), load_catalogue())
    assert next(r for r in found["controls"] if r["control_id"] == "KEY-03")["held"] == word


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


def test_owners_by_what_is_worst() -> None:
    row = {"overdue": False, "age_days": 10, "disposition": "open"}
    accounts = [
        {"account_id": "1", "owner": "Payments"},
        {"account_id": "2", "owner": ""},
        {"account_id": "3", "owner": "Portal"},
    ]
    rows = [
        {**row, "account_id": "1", "severity": "low"},
        {**row, "account_id": "1", "severity": "low"},
        {**row, "account_id": "2", "severity": "critical", "age_days": 40, "overdue": True},
        {**row, "account_id": "3", "severity": "high", "disposition": "accepted"},
    ]
    found = compare.owners(rows, accounts)
    assert [(o["owner"], o["open"], o["overdue"]) for o in found] == [
        ("not stated", 1, 1),
        ("Payments", 2, 0),
        ("Portal", 0, 0),
    ]
    assert found[0]["oldest_days"] == 40


def test_time_to_fix() -> None:
    closed = [{"severity": "high", "days_to_fix": d} for d in (10, 30, 80)]
    high = compare.time_to_fix(closed)[1]
    assert high == {"severity": "high", "closed": 3, "median_days": 30.0, "longest_days": 80}
    assert compare.time_to_fix([])[0]["median_days"] is None


def test_role_usage_bands() -> None:
    role = {"account_id": "1", "usage_known": True, "age_days": 500}
    roles = [
        {**role, "name": "busy", "idle_days": 30},
        {**role, "name": "quiet", "idle_days": 31},
        {**role, "name": "idle", "idle_days": 200},
        {**role, "name": "never", "idle_days": None},
        {**role, "name": "young", "idle_days": None, "age_days": 5},
        {**role, "name": "dark", "idle_days": None, "usage_known": False},
    ]
    found = review.role_usage(roles)
    counts = {b["band"]: b["roles"] for b in found["bands"]}
    assert counts == {
        "0 to 30 days": 1,
        "31 to 90 days": 1,
        "91 to 180 days": 0,
        "181 to 400 days": 1,
        "no use in 400 days": 2,
        "not known": 1,
    }
    assert [r["name"] for r in found["idle"]] == ["never", "idle"]


@pytest.mark.parametrize(
    ("kind", "today", "expected"),
    [
        ("monthly", date(2026, 9, 30), date(2026, 9, 30)),
        ("monthly", date(2026, 10, 1), date(2026, 9, 30)),
        ("quarterly", date(2026, 11, 23), date(2026, 9, 30)),
        ("quarterly", date(2027, 1, 1), date(2026, 12, 31)),
        ("annual", date(2026, 6, 29), date(2025, 6, 30)),
        ("annual", date(2026, 6, 30), date(2026, 6, 30)),
        ("monthly", date(2024, 3, 15), date(2024, 2, 29)),
    ],
)
def test_the_last_period_that_is_over(kind: str, today: date, expected: date) -> None:
    assert last_ending(kind, today) == expected


def test_years() -> None:
    assert period_ending("annual", date(2026, 6, 30)).financial == "FY2025-26"
    assert period_ending("annual", date(2026, 12, 31)).financial == "CY2026"
    assert period_ending("annual", date(2026, 9, 30)).start == date(2025, 10, 1)
