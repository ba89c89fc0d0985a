"""Which snapshots a rule of retention keeps: ``monthly``, or ``daily:35,weekly:53,monthly``.

Each account counts for itself. Of each day, week, month, quarter or year the last snapshot of an
account is kept; ``:N`` keeps those of the newest N that have one. Days are those of the
organisation's time zone. A week that lies in two months counts in both, and a month's last day for
itself: that is what reports of a quarter or a year read of a daily store (``history/plan.py``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from reportgen.evidence.store import Snapshot

_RULE = re.compile(r"(daily|weekly|monthly|quarterly|yearly)(?::([1-9][0-9]{0,4}))?")


def _week(day: date) -> Hashable:
    last = (day + timedelta(days=1)).month != day.month
    return (day,) if last else (*day.isocalendar()[:2], day.month)


_SPANS: dict[str, Callable[[date], Hashable]] = {
    "daily": lambda day: day,
    "weekly": _week,
    "monthly": lambda day: (day.year, day.month),
    "quarterly": lambda day: (day.year, (day.month - 1) // 3),
    "yearly": lambda day: day.year,
}


@dataclass(frozen=True)
class Keep:
    """One part of a rule: the last of each ``span``, of the newest ``count`` (0: of all)."""

    span: str
    count: int = 0

    def __str__(self) -> str:
        return f"{self.span}:{self.count}" if self.count else self.span


@dataclass(frozen=True)
class Retention:
    """What is to be kept. With ``before``, all that was collected on that day or later stays.

    Without ``keep``, nothing before that day stays but the newest of each account.
    """

    keep: tuple[Keep, ...] = ()
    before: date | None = None

    def __str__(self) -> str:
        said = [f"keep {','.join(map(str, self.keep))}"] if self.keep else []
        return ", ".join([*said, *([f"before {self.before}"] if self.before else [])])


def parse_keep(texts: Iterable[str]) -> tuple[Keep, ...]:
    """Read ``monthly`` or ``daily:35,monthly:84``. Raises ValueError that says what is wrong."""
    found: dict[str, Keep] = {}
    for part in ",".join(texts).split(","):
        match = _RULE.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()!r} is no rule")
        if match[1] in found:
            raise ValueError(f"{match[1]} twice")
        found[match[1]] = Keep(match[1], int(match[2] or 0))
    return tuple(found.values())


def to_prune(
    snapshots: Sequence[Snapshot],
    rule: Retention,
    zone: tzinfo,
    today: date,
    shows_organisation: Callable[[Snapshot], bool],
) -> list[Snapshot]:
    """The snapshots that a rule does not keep, in the given order, which is that of time.

    Always kept: the newest of each account, all of the month of ``today``, of which no report was
    made yet, and the organisation as it stood when a snapshot that is kept was collected.
    """
    days = {s.id: s.collected_at.astimezone(zone).date() for s in snapshots}
    accounts: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        for account in snapshot.accounts:
            accounts.setdefault(account, []).append(snapshot)
    kept = {own[-1].id for own in accounts.values()}
    first = today.replace(day=1)
    limit = min(rule.before or first, first)
    kept |= {s.id for s in snapshots if days[s.id] >= limit}
    for own in accounts.values():
        for keep in rule.keep:
            kept |= _last_of_each(own, days, keep)
    kept |= _above(snapshots, accounts, kept, shows_organisation)
    return [s for s in snapshots if s.id not in kept]


def _last_of_each(own: Sequence[Snapshot], days: dict[str, date], keep: Keep) -> set[str]:
    span = _SPANS[keep.span]
    last = {span(days[s.id]): s.id for s in own}
    # In the order of time, as the account's snapshots are.
    found = list(last.values())
    return set(found[-keep.count :] if keep.count else found)


def _above(
    snapshots: Sequence[Snapshot],
    accounts: dict[str, list[Snapshot]],
    kept: set[str],
    shows: Callable[[Snapshot], bool],
) -> set[str]:
    """Where the organisation is read when a snapshot that is kept is judged as of its moment."""
    moments = [s.collected_at for s in snapshots if s.id in kept]
    found = set()
    for own in accounts.values():
        times = [s.collected_at for s in own]
        at = {bisect_right(times, moment) - 1 for moment in moments}
        # Before an account's first snapshot, -1 is its newest, which stays anyway.
        candidates = (own[n] for n in sorted(at) if own[n].id not in kept)
        found |= {s.id for s in candidates if shows(s)}
    return found
