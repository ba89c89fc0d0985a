"""The past up to a moment: days in a zone, each once, nothing that came later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reportgen.assess.past import days_of

NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)


def test_each_day_is_there_once_and_in_order() -> None:
    moments = [NOON, NOON - timedelta(hours=3), NOON - timedelta(days=2)]
    assert days_of(moments, NOON, UTC) == (date(2026, 9, 28), date(2026, 9, 30))


def test_what_came_later_is_no_past() -> None:
    later = NOON + timedelta(microseconds=1)
    assert days_of([NOON, later + timedelta(days=1)], NOON, UTC) == (date(2026, 9, 30),)
    assert days_of([later], NOON, UTC) == ()


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 9, 30, 15, tzinfo=UTC)
    assert days_of([late], late, ZoneInfo("Australia/Sydney")) == (date(2026, 10, 1),)
