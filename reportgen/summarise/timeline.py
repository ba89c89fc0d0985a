"""The position over time: the trend, quarters beside each other, like for like, time to fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

import pandas as pd

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue
from reportgen.model import Severity
from reportgen.report.findings import Closed, TimeToFix
from reportgen.report.position import BySeverity, LikeForLike, MeasureChange, Quarter, TrendMonth
from reportgen.summarise import annexes, score
from reportgen.summarise.findings import severity_counts
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.movement import FindingLife, Key, movement
from reportgen.summarise.periods import Period, month_end

_DAY = timedelta(days=1)


def points(now: float | None, previous: float | None) -> float | None:
    """The change from one figure to another, in points with one decimal; None without both."""
    return round(now - previous, 1) if now is not None and previous is not None else None


def change(now: float | None, previous: float | None) -> MeasureChange:
    """A measure beside what it was."""
    return MeasureChange(now=now, previous=previous, change=points(now, previous))


def trend(
    months: Sequence[MonthEnd],
    tests: Sequence[pd.DataFrame],
    states: Sequence[Mapping[Key, FindingLife]],
    catalogue: Catalogue,
    register: Register,
    names: Mapping[str, str],
) -> tuple[TrendMonth, ...]:
    """The position at each month's end, earliest first."""
    return tuple(
        _month(month, frame, state, catalogue, register, names)
        for month, frame, state in zip(months, tests, states, strict=True)
    )


def _month(
    month: MonthEnd,
    tests: pd.DataFrame,
    state: Mapping[Key, FindingLife],
    catalogue: Catalogue,
    register: Register,
    names: Mapping[str, str],
) -> TrendMonth:
    severities = [
        register.severity(key[1], key[0], key[2], month.day, catalogue.controls[key[1]].severity)
        for key, history in state.items()
        if history.open and register.waiver(key[1], key[0], key[2], month.day) is None
    ]
    counts = severity_counts(severities)
    figures = score.overall(tests)
    return TrendMonth(
        day=month.day.isoformat(),
        label=f"{month.day:%b %Y}",
        score=figures.score,
        coverage=figures.coverage,
        rating=score.rating(figures.score, counts["critical"], counts["high"]),
        open=len(severities),
        open_by_severity=BySeverity(**counts),
        accounts=len(month.accounts),
        carried=tuple(sorted(names[a] for a in month.carried)),
        unread=annexes.unread(month.accounts),
    )


def like_for_like(
    months: Sequence[MonthEnd], tests: Sequence[pd.DataFrame], period: Period
) -> LikeForLike | None:
    """The score of the accounts that were there both at the last period's end and at this one's.

    None where there was no position then, or where the accounts are the same, so that the plain
    comparison says it already. ``accounts`` counts those compared; ``joined`` and ``left`` are ids.
    """
    earlier = [i for i, month in enumerate(months) if month.day == period.previous_end]
    if not earlier:
        return None
    before = {a.info.account_id for a in months[earlier[0]].accounts}
    after = {a.info.account_id for a in months[-1].accounts} | set(months[-1].absent)
    both = before & after
    if before == after or not both:
        return None
    frames = [tests[earlier[0]], tests[-1]]
    then, now = (score.overall(f[f["account_id"].isin(both)]).score for f in frames)
    return LikeForLike(
        accounts=len(both),
        joined=tuple(sorted(after - before)),
        left=tuple(sorted(before - after)),
        previous=then,
        now=now,
        change=points(now, then),
    )


def quarters(
    period: Period,
    months_of_trend: Sequence[TrendMonth],
    months: Sequence[MonthEnd],
    states: Sequence[Mapping[Key, FindingLife]],
    families: Sequence[Mapping[str, float | None]],
) -> tuple[Quarter, ...]:
    """The four quarters of a year beside each other, each as it stood at its end.

    ``families`` has the score of each control family at each month end. A quarter without a
    position at its end has None for its figures; the last may be a part.
    """
    rows = []
    start = period.start
    days = [month.day for month in months]
    while start <= period.end:
        end = min(month_end(month_end(month_end(start) + _DAY) + _DAY), period.end)
        label, first, last = f"{start:%b} to {end:%b %Y}", start.isoformat(), end.isoformat()
        # Nothing can be said of a quarter that ended before the first evidence.
        if end not in days:
            rows.append(Quarter(label=label, start=first, end=last, position=False))
        else:
            index = days.index(end)
            at = months_of_trend[index]
            moved = movement(state_before(months, states, start), states[index], start)
            rows.append(
                Quarter(
                    label=label,
                    start=first,
                    end=last,
                    position=True,
                    score=at.score,
                    coverage=at.coverage,
                    rating=at.rating,
                    open=at.open,
                    open_by_severity=at.open_by_severity,
                    accounts=at.accounts,
                    new=len(moved.new),
                    closed=len(moved.closed),
                    reopened=len(moved.reopened),
                    families=families[index],
                )
            )
        start = end + _DAY
    return tuple(rows)


def state_before(
    months: Sequence[MonthEnd], states: Sequence[Mapping[Key, FindingLife]], start: date
) -> Mapping[Key, FindingLife]:
    """The findings as they stood at the last month's end before ``start``; none before any."""
    state: Mapping[Key, FindingLife] = {}
    for month, then in zip(months, states, strict=True):
        if month.day < start:
            state = then
    return state


def time_to_fix(closed: Sequence[Closed]) -> tuple[TimeToFix, ...]:
    """Days from first seen to closed with proof, by severity: count, median and longest."""
    return tuple(
        _time_to_fix(severity, [row.days_to_fix for row in closed if row.severity is severity])
        for severity in Severity
    )


def _time_to_fix(severity: Severity, days: Sequence[int]) -> TimeToFix:
    return TimeToFix(
        severity=severity,
        closed=len(days),
        median_days=float(median(days)) if days else None,
        longest_days=max(days, default=None),
    )
