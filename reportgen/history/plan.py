"""Which snapshot of which account is judged as of when, for a period and what came before it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

from reportgen.clock import day_end
from reportgen.evidence.store import Snapshot
from reportgen.summarise.periods import Period, month_end, month_ends, months_back

# How far back movement and ageing look, in months.
HISTORY_MONTHS = 36
# An account collected more often than this within a period is judged once a week there.
MOST_DAYS = 31


@dataclass(frozen=True)
class Point:
    """One judgement to make of an account: of ``snapshot`` as of ``as_of``, shown for ``day``.

    ``carried`` is the day of the evidence where that lies before the month. ``last``: it is the
    position at the period's end, of which the lists of the access review are wanted too.
    """

    account: str
    day: date
    snapshot: Snapshot
    as_of: datetime
    at_month_end: bool
    carried: date | None = None
    last: bool = False


class Collected:
    """By which snapshots each account was collected, and when.

    ``pruned``: snapshots of which only the moment is left. They count as collected days.
    """

    def __init__(
        self, snapshots: Sequence[Snapshot], zone: tzinfo, pruned: Sequence[Snapshot] = ()
    ) -> None:
        self._zone = zone
        self._by_account = _by_account(snapshots)
        # When an account was collected is known of what retention removed too.
        self._collected = _by_account([*snapshots, *pruned]) if pruned else self._by_account

    @property
    def accounts(self) -> list[str]:
        """Every account that was ever collected, in the order of their ids."""
        return sorted(self._by_account)

    def position(self, account: str, as_of: datetime) -> Snapshot | None:
        """The account's last snapshot at or before ``as_of``."""
        own = self._by_account[account]
        index = bisect_right(own, as_of, key=lambda snapshot: snapshot.collected_at)
        return own[index - 1] if index else None

    def snapshots_of(self, account: str) -> Sequence[Snapshot]:
        """The account's snapshots, earliest first."""
        return self._by_account[account]

    def moments(self, account: str) -> tuple[datetime, ...]:
        """When the account was collected, earliest first."""
        return tuple(snapshot.collected_at for snapshot in self._collected[account])

    def collected_days(self, account: str, as_of: datetime) -> Iterable[date]:
        """The days on which the account was collected up to ``as_of``, each once."""
        index = bisect_right(self.moments(account), as_of)
        return dict.fromkeys(self._days_of(account)[:index])

    @lru_cache(maxsize=8)  # noqa: B019 - it lives as long as its report
    def _days_of(self, account: str) -> list[date]:
        return [self.day_of(snapshot) for snapshot in self._collected[account]]

    def day_of(self, snapshot: Snapshot) -> date:
        """The day on which it was collected, in the organisation's time zone."""
        return snapshot.collected_at.astimezone(self._zone).date()


class HistoryPlan(Collected):
    """The points of every account up to the end of ``period``.

    An account not scanned in a month is carried forward: it stands as it was judged at the end of
    the month of its last snapshot.
    """

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        zone: tzinfo,
        period: Period,
        pruned: Sequence[Snapshot] = (),
    ) -> None:
        super().__init__(snapshots, zone, pruned)
        self._period = period
        first = min(self.day_of(own[0]) for own in self._by_account.values())
        earliest = months_back(period.end, HISTORY_MONTHS - 1)
        self.days = month_ends(max(first, earliest), period.end)
        self._ends = set(self.days)
        self.points: dict[str, list[Point]] = {}
        for account in self.accounts:
            at_ends = ((day, self.position(account, day_end(day, zone))) for day in self.days)
            points = [self._at_end(account, day, found) for day, found in at_ends if found]
            if points:
                self.points[account] = [*points, *self._between(account)]

    def _at_end(self, account: str, day: date, snapshot: Snapshot) -> Point:
        collected = self.day_of(snapshot)
        last = day == self._period.end
        if month_end(collected) < date(day.year, day.month, 1):
            as_of = day_end(month_end(collected), self._zone)
            return Point(account, day, snapshot, as_of, True, collected, last)
        return Point(account, day, snapshot, day_end(day, self._zone), True, None, last)

    def _between(self, account: str) -> Iterator[Point]:
        """The days within the period on which the account was collected, but month ends."""
        last: dict[date, Snapshot] = {}
        for snapshot in self._by_account[account]:
            day = self.day_of(snapshot)
            if self._period.start <= day <= self._period.end and day not in self._ends:
                last[day] = snapshot
        collected = {
            day
            for snapshot in self._collected[account]
            if self._period.start <= (day := self.day_of(snapshot)) <= self._period.end
        }
        if len(collected - self._ends) > MOST_DAYS:
            last = {day: last[day] for day in {d.isocalendar()[:2]: d for d in last}.values()}
        for day, snapshot in last.items():
            yield Point(account, day, snapshot, snapshot.collected_at, False)


def _by_account(snapshots: Iterable[Snapshot]) -> dict[str, list[Snapshot]]:
    """Those of each account, earliest first."""
    found: dict[str, list[Snapshot]] = {}
    for snapshot in sorted(snapshots, key=lambda s: (s.collected_at, s.id)):
        for account in snapshot.accounts:
            found.setdefault(account, []).append(snapshot)
    return found
