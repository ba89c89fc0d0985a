"""What a rule of retention keeps: the last of each span, for each account by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from reportgen.evidence.retention import Keep, Retention, parse_keep, to_prune
from reportgen.evidence.seal import NO_ROOT, Seal
from reportgen.evidence.store import Snapshot
from tests.evidence.daily import ACCOUNT, OTHER, days, moment
from tests.evidence.memory import Memory

TODAY = date(2026, 11, 25)


def snapshots(moments: Sequence[datetime], *accounts: str) -> list[Snapshot]:
    found = []
    for number, at in enumerate(moments, start=1):
        seal = Seal(number, NO_ROOT, f"{at:%m%dT%H}-{accounts[0][:1]}", "", accounts, "")
        found.append(Snapshot(seal.id, Memory(), at, accounts, seal))
    return found


def stay(
    given: list[Snapshot],
    keep: str,
    *,
    before: date | None = None,
    today: date = TODAY,
    zone: ZoneInfo | None = None,
    shows: frozenset[str] = frozenset(),
) -> list[str]:
    """The days (MM-DD) of the snapshots that a rule keeps."""
    rule = Retention(parse_keep([keep]) if keep else (), before)
    ordered = sorted(given, key=lambda s: (s.collected_at, s.id))
    gone = to_prune(ordered, rule, zone or UTC, today, lambda s: s.accounts[0] in shows)
    return [f"{s.collected_at:%m-%d}" for s in ordered if s not in gone]


YEAR = snapshots([moment(day) for day in days(date(2025, 11, 1), 335)], ACCOUNT)


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        (["monthly"], (Keep("monthly"),)),
        (["daily:35,weekly:53", "yearly"], (Keep("daily", 35), Keep("weekly", 53), Keep("yearly"))),
        ([" quarterly:1 "], (Keep("quarterly", 1),)),
    ],
)
def test_rules_are_read(text: list[str], keep: tuple[Keep, ...]) -> None:
    assert parse_keep(text) == keep


@pytest.mark.parametrize(
    "text", ["", "hourly", "monthly:0", "monthly:", "monthly:-1", "monthly,,daily", "monthly:1.5"]
)
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no rule"):
        parse_keep([text])


def test_a_span_is_named_once() -> None:
    with pytest.raises(ValueError, match="daily twice"):
        parse_keep(["daily:3,daily:4"])


def test_a_rule_says_itself() -> None:
    rule = Retention((Keep("daily", 35), Keep("monthly")), date(2026, 1, 1))
    assert str(rule) == "keep daily:35,monthly, before 2026-01-01"
    assert str(Retention((Keep("monthly"),))) == "keep monthly"
    assert str(Retention((), date(2026, 1, 1))) == "before 2026-01-01"


def test_monthly_keeps_the_last_of_each_month() -> None:
    assert stay(YEAR, "monthly") == [
        "11-30", "12-31", "01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31",
        "09-30", "10-01",
    ]  # fmt: skip


def test_a_count_keeps_the_newest_spans() -> None:
    assert stay(YEAR, "monthly:3") == ["08-31", "09-30", "10-01"]
    assert stay(YEAR, "monthly:1") == ["10-01"]
    assert stay(YEAR, "daily:2") == ["09-30", "10-01"]
    assert stay(YEAR, "daily:2,quarterly:2,yearly") == ["12-31", "09-30", "10-01"]


def test_a_week_counts_in_each_month_and_a_month_end_for_itself() -> None:
    # 2026-09-28 is a Monday; the week goes on to Sunday 4 October.
    given = snapshots([moment(day) for day in days(date(2026, 9, 19), 20)], ACCOUNT)
    assert stay(given, "weekly") == ["09-20", "09-27", "09-29", "09-30", "10-04", "10-08"]


def test_of_one_day_the_last_counts_and_days_are_those_of_the_zone() -> None:
    given = snapshots(
        [
            moment(date(2026, 1, 31), 1),
            moment(date(2026, 1, 31), 12),
            moment(date(2026, 1, 31), 23),
        ],
        ACCOUNT,
    )
    given += snapshots([moment(date(2026, 3, 1))], ACCOUNT)
    ordered = [s.id for s in given]
    rule = Retention((Keep("monthly"),))
    gone = [s.id for s in to_prune(given, rule, UTC, TODAY, lambda s: False)]
    assert gone == ordered[:2]
    # In Sydney 12:00 is the 31st at 23:00, and 23:00 is the first of February.
    zone = ZoneInfo("Australia/Sydney")
    gone = [s.id for s in to_prune(given, rule, zone, TODAY, lambda s: False)]
    assert gone == ordered[:1]


def test_the_newest_of_each_account_and_the_present_month_stay() -> None:
    old = snapshots([moment(date(2020, 1, 1)), moment(date(2020, 1, 2))], OTHER)
    now = snapshots([moment(day) for day in days(date(2026, 10, 30), 26)], ACCOUNT)
    kept = stay([*old, *now], "monthly:1")
    assert kept == ["01-02", *(f"11-{n:02}" for n in range(1, 25))]


@pytest.mark.parametrize(("before", "first"), [("2026-05-15", "05-15"), ("2026-05-16", "05-16")])
def test_before_leaves_that_day_and_later(before: str, first: str) -> None:
    kept = stay(YEAR, "", before=date.fromisoformat(before))
    assert kept[0] == first
    assert len(kept) == (date(2026, 10, 1) - date.fromisoformat(before)).days + 1
    both = stay(YEAR, "quarterly", before=date.fromisoformat(before))
    # The quarter's last snapshot is that of June, which stays anyway.
    assert both[:3] == ["12-31", "03-31", first]


def test_a_snapshot_of_two_accounts_stays_for_either() -> None:
    both = snapshots([moment(date(2026, 1, 10))], ACCOUNT, OTHER)
    later = snapshots([moment(date(2026, 1, 20)), moment(date(2026, 2, 1))], ACCOUNT)
    later += snapshots([moment(date(2026, 2, 2))], OTHER)
    assert stay([*both, *later], "monthly") == ["01-10", "01-20", "02-01", "02-02"]


def test_the_organisation_stays_as_it_stood_for_what_is_kept() -> None:
    own = snapshots([moment(day, 3) for day in days(date(2026, 3, 1), 14)], ACCOUNT)
    above = snapshots([moment(day, 5) for day in days(date(2026, 3, 1), 14)], OTHER)
    # On Sundays 1, 8 the account is kept; the organisation of then was read the day before.
    kept = stay([*own, *above], "weekly", shows=frozenset({OTHER}))
    assert kept == ["03-01", "03-01", "03-07", "03-08", "03-08", "03-13", "03-14", "03-14"]
    kept = stay([*own, *above], "weekly")
    assert kept == ["03-01", "03-01", "03-08", "03-08", "03-14", "03-14"]


def test_nothing_of_nothing() -> None:
    assert to_prune([], Retention((Keep("monthly"),)), UTC, TODAY, lambda s: True) == []


def test_what_is_kept_is_kept_again() -> None:
    rule = Retention(parse_keep(["daily:35,weekly:20,monthly"]))
    gone = {s.id for s in to_prune(YEAR, rule, UTC, TODAY, lambda s: False)}
    left = [s for s in YEAR if s.id not in gone]
    assert len(left) < len(YEAR) / 3
    assert to_prune(left, rule, UTC, TODAY, lambda s: False) == []
    assert max(b.collected_at - a.collected_at for a, b in pairwise(left)) <= (timedelta(days=31))
