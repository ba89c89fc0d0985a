"""Months, quarters and years in the organisation's time zone.

The Australian financial year runs from July to June and is named by the year in which it ends.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from reportgen.errors import UsageError

_LENGTH = {"monthly": 1, "quarterly": 3, "annual": 12}


@dataclass(frozen=True)
class Period:
    """From ``start`` to ``end``, both included. ``kind`` is monthly, quarterly or annual."""

    kind: str
    start: date
    end: date

    @property
    def label(self) -> str:
        """Such as "July to September 2026"."""
        if (self.start.year, self.start.month) == (self.end.year, self.end.month):
            return f"{self.end:%B %Y}"
        if self.start.year == self.end.year:
            return f"{self.start:%B} to {self.end:%B %Y}"
        return f"{self.start:%B %Y} to {self.end:%B %Y}"

    @property
    def financial(self) -> str:
        """The place in the financial year, such as "Q1 FY2026-27"."""
        first = self.end.year if self.end.month >= 7 else self.end.year - 1
        year = f"FY{first}-{(first + 1) % 100:02}"
        quarter = ((self.end.month - 7) % 12) // 3 + 1
        if self.kind == "annual":
            # Twelve months are the financial year only when they end in June.
            months = f"12 months to {self.end:%b %Y}"
            return {6: year, 12: f"CY{self.end.year}"}.get(self.end.month, months)
        return {"monthly": year, "quarterly": f"Q{quarter} {year}"}[self.kind]

    @property
    def code(self) -> str:
        """A short name for ids: 2026-09, Q1-FY2026-27, or the year's own."""
        if self.kind == "monthly":
            return f"{self.end:%Y-%m}"
        return self.financial.replace(" ", "-")

    @property
    def whole(self) -> bool:
        """Whether the period ends on the last day that it could."""
        return self.end == month_end(self.end)

    @property
    def previous_end(self) -> date:
        """The last day before this period."""
        return self.start - timedelta(days=1)


def period_ending(kind: str, ending: date) -> Period:
    """The period of ``kind`` that ``ending`` lies in, up to that day.

    A quarter is a calendar quarter (they are the same in the financial year); a year is the
    twelve months to the end of ``ending``'s month. Raises UsageError for an unknown kind, and
    for a year before there was IAM (2010), whose year before could leave the calendar.
    """
    if kind not in _LENGTH:
        raise UsageError(f"{kind!r} is not a period.", f"Choose one of {', '.join(_LENGTH)}.")
    if ending.year < 2010:
        raise UsageError(
            f"{ending} is before there was any IAM.", "Write a date such as 2026-09-30."
        )
    first = date(ending.year, ending.month, 1)
    if kind == "quarterly":
        first = date(ending.year, (ending.month - 1) // 3 * 3 + 1, 1)
    elif kind == "annual":
        first = _months_before(first, 11)
    return Period(kind, first, ending)


def last_ending(kind: str, today: date) -> date:
    """The end of the last period of ``kind`` that is over: ``today``, where one ends today.

    A year is the financial year. Raises UsageError for an unknown kind.
    """
    day = month_end(today)
    while True:
        ends = {"monthly": True, "quarterly": day.month % 3 == 0, "annual": day.month == 6}
        if kind not in ends:
            raise UsageError(f"{kind!r} is not a period.", f"Choose one of {', '.join(_LENGTH)}.")
        if day <= today and ends[kind]:
            return day
        day = date(day.year, day.month, 1) - timedelta(days=1)


def month_end(day: date) -> date:
    """The last day of the month."""
    return date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])


def month_ends(first: date, last: date) -> list[date]:
    """The month ends from the month of ``first`` on, and ``last`` itself at the end."""
    days = []
    day = month_end(first)
    while day < last:
        days.append(day)
        day = month_end(day + timedelta(days=1))
    return [*days, last]


def _months_before(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def months_back(day: date, months: int) -> date:
    """The first day of the month ``months`` before ``day``'s."""
    return _months_before(date(day.year, day.month, 1), months)


def quarters_of(period: Period) -> list[tuple[date, date]]:
    """First and last day of each quarter of a year, the last one up to its end; else none."""
    found: list[tuple[date, date]] = []
    start = period.start
    while period.kind == "annual" and start <= period.end:
        end = min(month_end(months_back(start, -2)), period.end)
        found.append((start, end))
        start = end + timedelta(days=1)
    return found
