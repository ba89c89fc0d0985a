"""The position over time: the trend, quarters beside each other, like for like, time to fix."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import median

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue
from reportgen.model import Severity
from reportgen.report.findings import Closed, TimeToFix
from reportgen.report.position import BySeverity, LikeForLike, MeasureChange, Quarter, TrendMonth
from reportgen.summarise import annexes, score
from reportgen.summarise.account import AccountHistory, Course
from reportgen.summarise.findings import severity_counts
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.periods import Period, quarters_of


def points(now: float | None, previous: float | None) -> float | None:
    """The change from one figure to another, in points with one decimal; None without both."""
    return round(now - previous, 1) if now is not None and previous is not None else None


def change(now: float | None, previous: float | None) -> MeasureChange:
    """A measure beside what it was."""
    return MeasureChange(now=now, previous=previous, change=points(now, previous))


def trend(
    months: Sequence[MonthEnd],
    histories: Sequence[AccountHistory],
    catalogue: Catalogue,
    register: Register,
    names: Mapping[str, str],
) -> tuple[TrendMonth, ...]:
    """The position at each month's end, earliest first."""
    controls = {entry.control for entry in (*register.waivers, *register.severities)}
    # Of these each finding is asked for by itself; of the others it is enough to count.
    entered = [
        (history.account_id, course)
        for history in histories
        for course in history.courses
        if course.control_id in controls
    ]
    return tuple(
        _month(month, _open(number, month, entered, controls, catalogue, register), names)
        for number, month in enumerate(months)
    )


def _open(
    number: int,
    month: MonthEnd,
    entered: Sequence[tuple[str, Course]],
    controls: Collection[str],
    catalogue: Catalogue,
    register: Register,
) -> dict[str, int]:
    """The open findings of a month's end by severity, but those that are accepted."""
    counts = severity_counts(())
    for control_id, count in month.open.items():
        if control_id not in controls:
            counts[catalogue.controls[control_id].severity.value] += count
    for account, course in entered:
        key = course.control_id, account, course.resource
        if course.months >> number & 1 and register.waiver(*key, month.day) is None:
            own = catalogue.controls[course.control_id].severity
            counts[register.severity(*key, month.day, own).value] += 1
    return counts


def _month(month: MonthEnd, counts: Mapping[str, int], names: Mapping[str, str]) -> TrendMonth:
    figures = score.overall(month.tests)
    return TrendMonth(
        day=month.day.isoformat(),
        label=f"{month.day:%b %Y}",
        score=figures.score,
        coverage=figures.coverage,
        rating=score.rating(figures.score, counts["critical"], counts["high"]),
        open=sum(counts.values()),
        open_by_severity=BySeverity(**counts),
        accounts=len(month.accounts),
        carried=tuple(sorted(names[a] for a in month.carried)),
        unread=annexes.unread(month.accounts),
    )


def like_for_like(months: Sequence[MonthEnd], period: Period) -> LikeForLike | None:
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
    frames = [months[earlier[0]].tests, months[-1].tests]
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
    histories: Sequence[AccountHistory],
    families: Sequence[Mapping[str, float | None]],
) -> tuple[Quarter, ...]:
    """The four quarters of a year beside each other, each as it stood at its end.

    ``families`` has the score of each control family at each month end. A quarter without a
    position at its end has None for its figures; the last may be a part.
    """
    rows = []
    days = [month.day for month in months]
    for number, (start, end) in enumerate(quarters_of(period)):
        label, first, last = f"{start:%b} to {end:%b %Y}", start.isoformat(), end.isoformat()
        # Nothing can be said of a quarter that ended before the first evidence.
        if end not in days:
            rows.append(Quarter(label=label, start=first, end=last, position=False))
            continue
        index = days.index(end)
        at = months_of_trend[index]
        moved = [history.quarters[number] or (0, 0, 0) for history in histories]
        new, closed, reopened = map(sum, zip(*moved, strict=True)) if moved else (0, 0, 0)
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
                new=new,
                closed=closed,
                reopened=reopened,
                families=families[index],
            )
        )
    return tuple(rows)


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
