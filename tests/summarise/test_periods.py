"""Months, quarters and years at their first and last days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import UsageError
from reportgen.summarise.periods import (
    Period,
    last_ending,
    month_end,
    month_ends,
    months_back,
    period_ending,
    quarters_of,
)

KINDS = {"monthly": 1, "quarterly": 3, "annual": 12}


@pytest.mark.parametrize(
    ("kind", "ending", "start", "label", "code"),
    [
        ("monthly", "2026-09-30", "2026-09-01", "September 2026", "2026-09"),
        ("monthly", "2026-09-01", "2026-09-01", "September 2026", "2026-09"),
        ("quarterly", "2026-09-30", "2026-07-01", "July to September 2026", "Q1-FY2026-27"),
        ("quarterly", "2026-07-01", "2026-07-01", "July 2026", "Q1-FY2026-27"),
        ("quarterly", "2026-06-30", "2026-04-01", "April to June 2026", "Q4-FY2025-26"),
        ("quarterly", "2026-12-31", "2026-10-01", "October to December 2026", "Q2-FY2026-27"),
        ("quarterly", "2027-01-01", "2027-01-01", "January 2027", "Q3-FY2026-27"),
        ("annual", "2026-06-30", "2025-07-01", "July 2025 to June 2026", "FY2025-26"),
        ("annual", "2026-12-31", "2026-01-01", "January to December 2026", "CY2026"),
        ("annual", "2000-02-29", None, "", ""),
        ("annual", "2024-02-29", "2023-03-01", "March 2023 to February 2024", None),
    ],
)
def test_periods(kind: str, ending: str, start: str | None, label: str, code: str | None) -> None:
    day = date.fromisoformat(ending)
    if start is None:
        with pytest.raises(UsageError, match="before there was any IAM"):
            period_ending(kind, day)
        return
    period = period_ending(kind, day)
    assert (period.start.isoformat(), period.end, period.label) == (start, day, label)
    assert period.code == (code or "12-months-to-Feb-2024")


def test_the_first_year_that_is_taken() -> None:
    assert period_ending("annual", date(2010, 1, 1)).previous_end == date(2009, 1, 31)
    with pytest.raises(UsageError):
        period_ending("monthly", date(2009, 12, 31))
    with pytest.raises(UsageError, match="not a period"):
        period_ending("weekly", date(2026, 9, 30))


@pytest.mark.parametrize(
    ("kind", "today", "expected"),
    [
        ("monthly", "2026-09-29", "2026-08-31"),
        ("monthly", "2026-09-30", "2026-09-30"),
        ("monthly", "2026-10-01", "2026-09-30"),
        ("quarterly", "2026-09-29", "2026-06-30"),
        ("quarterly", "2026-09-30", "2026-09-30"),
        ("quarterly", "2026-12-30", "2026-09-30"),
        ("annual", "2026-06-29", "2025-06-30"),
        ("annual", "2026-06-30", "2026-06-30"),
        ("annual", "2026-07-01", "2026-06-30"),
        ("monthly", "2024-02-28", "2024-01-31"),
        ("monthly", "2024-02-29", "2024-02-29"),
    ],
)
def test_the_last_period_that_is_over(kind: str, today: str, expected: str) -> None:
    assert last_ending(kind, date.fromisoformat(today)) == date.fromisoformat(expected)


def test_an_unknown_kind_has_no_last_period() -> None:
    with pytest.raises(UsageError, match="not a period"):
        last_ending("weekly", date(2026, 9, 30))


@given(st.sampled_from(sorted(KINDS)), st.dates(date(2011, 1, 1), date(2200, 1, 1)))
def test_a_period_holds_its_months_and_no_more(kind: str, ending: date) -> None:
    period = period_ending(kind, ending)
    ends = month_ends(period.start, ending)
    assert period.start.day == 1
    assert period.start <= period.end
    assert period.previous_end + timedelta(days=1) == period.start
    assert ends[-1] == ending
    assert ends[:-1] == [month_end(day) for day in ends[:-1]]
    assert len(ends) <= KINDS[kind]
    assert period.whole == (ending == month_end(ending))
    if kind == "annual":
        assert len(ends) == 12
        assert months_back(ending, 11) == period.start


def test_years() -> None:
    assert period_ending("annual", date(2026, 6, 30)).financial == "FY2025-26"
    assert period_ending("annual", date(2026, 12, 31)).financial == "CY2026"
    assert period_ending("annual", date(2026, 9, 30)).start == date(2025, 10, 1)


def test_quarter() -> None:
    period = period_ending("quarterly", date(2026, 9, 30))
    assert (period.start, period.previous_end) == (date(2026, 7, 1), date(2026, 6, 30))
    assert (period.label, period.financial) == ("July to September 2026", "Q1 FY2026-27")
    assert period.whole
    assert not period_ending("quarterly", date(2026, 9, 15)).whole
    assert period_ending("quarterly", date(2026, 6, 30)).financial == "Q4 FY2025-26"


def test_month_ends_over_a_leap_day() -> None:
    assert month_ends(date(2024, 1, 15), date(2024, 3, 5)) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 5),
    ]


@pytest.mark.parametrize(
    ("start", "end", "quarters"),
    [
        (
            date(2026, 1, 1), date(2026, 12, 31),
            [("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")],
        ),
        # The last quarter ends with the period, if on its first day.
        (date(2026, 1, 1), date(2026, 4, 1), [("01-01", "03-31"), ("04-01", "04-01")]),
        (date(2026, 1, 1), date(2026, 3, 31), [("01-01", "03-31")]),
        (date(2026, 11, 1), date(2027, 2, 28), [("11-01", "01-31"), ("02-01", "02-28")]),
    ],
)  # fmt: skip
def test_quarters_of_a_year(start: date, end: date, quarters: list[tuple[str, str]]) -> None:
    found = quarters_of(Period("annual", start, end))
    assert [(f"{a:%m-%d}", f"{b:%m-%d}") for a, b in found] == quarters
    assert quarters_of(Period("quarterly", start, end)) == []


@pytest.mark.parametrize(
    ("kind", "start"),
    [("monthly", date(2026, 9, 1)), ("quarterly", date(2026, 7, 1)), ("annual", date(2025, 10, 1))],
)
def test_a_period_is_so_many_months_up_to_its_end(kind: str, start: date) -> None:
    found = period_ending(kind, date(2026, 9, 30))
    assert (found.start, found.end) == (start, date(2026, 9, 30))
