"""Moments as AWS and the CLI write them, and the days of a time zone."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.clock import (
    day_end,
    day_start,
    parse_argument,
    parse_moment,
    to_text,
    whole_days,
    zone_named,
)
from reportgen.errors import UsageError

SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-30T09:00:00Z", (2026, 9, 30, 9, 0, 0, 0)),
        ("2026-09-30T09:00:00+00:00", (2026, 9, 30, 9, 0, 0, 0)),
        ("2026-09-30T09:00:00+10:00", (2026, 9, 29, 23, 0, 0, 0)),
        ("2026-09-30T09:00:00-0330", (2026, 9, 30, 12, 30, 0, 0)),
        ("2026-09-30 09:00:00", (2026, 9, 30, 9, 0, 0, 0)),
        ("2026-09-30T09:00", (2026, 9, 30, 9, 0, 0, 0)),
        ("2026-09-30T09:00:00.5Z", (2026, 9, 30, 9, 0, 0, 500_000)),
        ("2026-09-30T09:00:00,123456789z", (2026, 9, 30, 9, 0, 0, 123_456)),
        ("  2026-09-30T09:00:00Z ", (2026, 9, 30, 9, 0, 0, 0)),
        ("2024-02-29T23:59:59Z", (2024, 2, 29, 23, 59, 59, 0)),
    ],
)
def test_moment_is_read(text: str, expected: tuple[int, ...]) -> None:
    assert parse_moment(text) == datetime(*expected, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-09-30",
        "N/A",
        "2026-02-29T00:00:00Z",
        "2026-09-30T24:00:00Z",
        "2026-09-30T09:60:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "2026-09-30T09:00:00 Australia/Sydney",
        "1759222800",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(text)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_any_offset_gives_the_same_moment(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(to_text(moment)) == moment.astimezone(UTC).replace(microsecond=0)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_moment(text).tzinfo is UTC


def test_days_of_a_zone_with_daylight_saving() -> None:
    # Sydney went to summer time on 4 October 2026: that day has 23 hours.
    start, end = day_start(date(2026, 10, 4), SYDNEY), day_end(date(2026, 10, 4), SYDNEY)
    assert to_text(start) == "2026-10-03T14:00:00Z"
    assert to_text(end) == "2026-10-04T12:59:59Z"
    assert end - start == timedelta(hours=23) - timedelta(seconds=1)


def test_a_bare_date_is_its_first_or_last_second() -> None:
    assert to_text(parse_argument("2026-09-30", SYDNEY, end_of_day=False)) == "2026-09-29T14:00:00Z"
    assert to_text(parse_argument("2026-09-30", SYDNEY, end_of_day=True)) == "2026-09-30T13:59:59Z"
    given_moment = parse_argument("2026-09-30T09:00:00+10:00", SYDNEY, end_of_day=True)
    assert to_text(given_moment) == "2026-09-29T23:00:00Z"


@pytest.mark.parametrize(
    ("text", "zone", "end"),
    [("0001-01-01", "Australia/Sydney", False), ("9999-12-31", "America/New_York", True)],
)
def test_the_ends_of_the_calendar_are_refused_in_words(text: str, zone: str, end: bool) -> None:
    with pytest.raises(UsageError, match="outside the calendar"):
        parse_argument(text, ZoneInfo(zone), end_of_day=end)


@pytest.mark.parametrize("text", ["30/09/2026", "2026-9-30", "yesterday", "", "2026-09-31"])
def test_what_is_no_date_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        parse_argument(text, UTC, end_of_day=True)


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [
        (timedelta(days=90) - timedelta(microseconds=1), 89),
        (timedelta(days=90), 90),
        (timedelta(days=90, microseconds=1), 90),
        (timedelta(days=91) - timedelta(microseconds=1), 90),
        (timedelta(days=91), 91),
        (timedelta(0), 0),
        (timedelta(seconds=-1), 0),
        (timedelta(days=-400), 0),
    ],
)
def test_whole_days_are_complete_days(elapsed: timedelta, expected: int) -> None:
    later = datetime(2026, 9, 30, 9, tzinfo=UTC)
    assert whole_days(later, later - elapsed) == expected


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "a\0b"])
def test_unknown_zones_are_refused_in_words(name: str) -> None:
    with pytest.raises(UsageError, match="is not a time zone"):
        zone_named(name)
