"""Time: the only module that reads the clock, and the one way in which dates are parsed."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import sleep
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reportgen.errors import UsageError

# AWS writes Z and +00:00, with and without fractions; str(datetime), as boto3 dumps have it,
# puts a blank in place of the T.
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def now() -> datetime:
    """Return the present moment in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@lru_cache(maxsize=16384)
def parse_moment(text: str) -> datetime:
    """Parse a date with time as AWS and boto3 write it; no zone means UTC.

    Raises ValueError when ``text`` is anything else, a date without a time included.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a date with a time: {text!r}")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    offset = timedelta(0)
    if zone and zone.upper() != "Z":
        digits = zone[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        if zone[0] == "-":
            offset = -offset
    moment = datetime(
        int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, UTC
    )
    try:
        return moment - offset
    except OverflowError as error:
        raise ValueError(f"not a date with a time: {text!r}") from error


def parse_http_date(text: str) -> datetime | None:
    """Parse the Date header of an HTTP answer (RFC 9110, 5.6.7); None where it is none."""
    with suppress(ValueError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def parse_argument(text: str, zone: tzinfo, *, end_of_day: bool) -> datetime:
    """Parse a moment given on the command line; a bare date means that day's start or end.

    Raises UsageError with the accepted forms.
    """
    try:
        return parse_moment(text)
    except ValueError:
        pass
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date.", "Write 2026-09-30 or 2026-09-30T09:00:00+10:00."
        ) from None
    try:
        return day_end(day, zone) if end_of_day else day_start(day, zone)
    except OverflowError:
        # The first and last day of the calendar leave it when they are written in UTC.
        raise UsageError(
            f"{text!r} is outside the calendar.", "Write a date such as 2026-09-30."
        ) from None


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of ``day`` in ``zone``, as UTC."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def day_end(day: date, zone: tzinfo) -> datetime:
    """Return the last whole second of ``day`` in ``zone``, as UTC."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def zone_named(name: str) -> tzinfo:
    """Return the IANA time zone ``name``; raises UsageError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"{name!r} is not a time zone.", "Use an IANA name such as Australia/Sydney."
        ) from None


def to_text(moment: datetime) -> str:
    """Write ``moment`` in UTC as 2026-09-30T13:59:59Z (fractions of a second are dropped)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def whole_days(later: datetime, earlier: datetime) -> int:
    """Return the number of complete days from ``earlier`` to ``later``, never below zero."""
    return max((later - earlier).days, 0)


def pause(seconds: float) -> None:
    """Wait."""
    sleep(seconds)
