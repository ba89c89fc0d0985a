"""Which snapshot of which account is judged as of when: by the rule, at its limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reportgen.evidence.seal import NO_ROOT, Seal
from reportgen.evidence.snapshot import Snapshot
from reportgen.history.plan import Collected, HistoryPlan, Point
from reportgen.summarise.periods import period_ending

A, B = "111122223333", "444455556666"
SEPTEMBER = period_ending("monthly", date(2026, 9, 30))
QUARTER = period_ending("quarterly", date(2026, 9, 30))


def at(moment: datetime, *accounts: str) -> Snapshot:
    name = f"{moment:%Y%m%dT%H%M%S}"
    seal = Seal(1, NO_ROOT, name, moment.isoformat(), accounts or (A,), "0" * 64)
    return Snapshot(name, None, moment, accounts or (A,), seal)  # type: ignore[arg-type]


def on(month: int, day: int, *accounts: str, hour: int = 3, year: int = 2026) -> Snapshot:
    return at(datetime(year, month, day, hour, tzinfo=UTC), *accounts)


def told(points: list[Point]) -> list[tuple[str, str, bool]]:
    return [(p.day.isoformat(), p.snapshot.id[:8], p.at_month_end) for p in points]


def test_the_position_is_the_last_at_or_before_the_moment() -> None:
    first, second = on(9, 1), on(9, 2)
    held = Collected([second, first], UTC)
    second_at = second.collected_at
    assert held.position(A, second_at) is second
    assert held.position(A, second_at - timedelta(seconds=1)) is first
    assert held.position(A, first.collected_at) is first
    assert held.position(A, first.collected_at - timedelta(seconds=1)) is None


def test_accounts_stand_in_the_order_of_their_ids() -> None:
    held = Collected([on(9, 1, B), on(9, 2, A)], UTC)
    assert held.accounts == [A, B]
    assert [s.id[:8] for s in held.snapshots_of(B)] == ["20260901"]


def test_days_on_which_it_was_collected_are_told_once_and_in_its_zone() -> None:
    snapshots = [on(9, 1, hour=1), on(9, 1, hour=9), on(9, 3, hour=20)]
    held = Collected(snapshots, ZoneInfo("Australia/Sydney"))
    last = snapshots[-1].collected_at
    assert list(held.collected_days(A, last)) == [date(2026, 9, 1), date(2026, 9, 4)]
    assert list(held.collected_days(A, last - timedelta(seconds=1))) == [date(2026, 9, 1)]


def test_what_retention_removed_was_collected_and_is_no_position() -> None:
    gone = on(8, 1)
    held = Collected([on(9, 1)], UTC, [gone])
    assert held.position(A, gone.collected_at) is None
    assert list(held.collected_days(A, on(9, 1).collected_at)) == [
        date(2026, 8, 1),
        date(2026, 9, 1),
    ]
    assert len(held.moments(A)) == 2


def test_month_ends_and_the_days_of_the_period_between_them() -> None:
    snapshots = [on(6, 15), on(7, 10), on(8, 31), on(9, 5), on(9, 30)]
    plan = HistoryPlan(snapshots, UTC, QUARTER)
    assert plan.days == [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)]
    assert told(plan.points[A]) == [
        ("2026-06-30", "20260615", True),
        ("2026-07-31", "20260710", True),
        ("2026-08-31", "20260831", True),
        ("2026-09-30", "20260930", True),
        ("2026-07-10", "20260710", False),
        ("2026-09-05", "20260905", False),
    ]
    ends = [p for p in plan.points[A] if p.at_month_end]
    assert [p.last for p in plan.points[A]] == [False, False, False, True, False, False]
    assert all(
        p.as_of == datetime(p.day.year, p.day.month, p.day.day, 23, 59, 59, tzinfo=UTC)
        for p in ends
    )
    assert [p.as_of for p in plan.points[A] if not p.at_month_end] == [
        snapshots[1].collected_at,
        snapshots[3].collected_at,
    ]


def test_an_account_not_collected_in_a_month_stands_as_at_the_end_of_its_last() -> None:
    plan = HistoryPlan([on(7, 10), on(9, 30, B)], UTC, QUARTER)
    july, august, september = [p for p in plan.points[A] if p.at_month_end]
    assert (july.carried, august.carried, september.carried) == (
        None,
        date(2026, 7, 10),
        date(2026, 7, 10),
    )
    assert july.as_of == august.as_of == september.as_of
    assert september.last


def test_collected_on_the_first_of_a_month_is_not_carried() -> None:
    (last,) = HistoryPlan([on(9, 1)], UTC, SEPTEMBER).points[A][:1]
    assert last.carried is None
    plan = HistoryPlan([on(8, 31), on(9, 1, B)], UTC, SEPTEMBER)
    assert plan.points[A][-1].carried == date(2026, 8, 31)


def test_nothing_of_an_account_before_its_first_snapshot() -> None:
    plan = HistoryPlan([on(7, 10), on(9, 5, B), on(10, 2, "777788889999")], UTC, QUARTER)
    assert [p.day for p in plan.points[B]] == [date(2026, 9, 30), date(2026, 9, 5)]
    assert "777788889999" not in plan.points


@pytest.mark.parametrize(("first", "months"), [((2023, 10), 36), ((2023, 9), 36), ((2023, 11), 35)])
def test_it_looks_back_three_years(first: tuple[int, int], months: int) -> None:
    year, month = first
    plan = HistoryPlan([on(month, 15, year=year), on(9, 30)], UTC, SEPTEMBER)
    assert len(plan.days) == months
    assert plan.days[-1] == SEPTEMBER.end


@pytest.mark.parametrize(("count", "expected"), [(31, 31), (32, 6)])
def test_more_than_a_months_days_are_judged_once_a_week(count: int, expected: int) -> None:
    """From Wednesday 1 July 2026 on; 31 July is a month's end and none of the days between."""
    days = [date(2026, 7, 1) + timedelta(days=n) for n in range(count + 1)]
    between = [d for d in days if d != date(2026, 7, 31)]
    snapshots = [on(d.month, d.day) for d in days]
    found = [p.day for p in HistoryPlan(snapshots, UTC, QUARTER).points[A] if not p.at_month_end]
    if count == 31:
        assert found == between
    else:
        weeks = {d.isocalendar()[:2]: d for d in between}
        assert found == list(weeks.values())
        assert len(found) == len({d.isocalendar()[1] for d in between}) < expected + 1
    assert len(found) <= expected
