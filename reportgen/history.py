"""Judges every account at every month end, and on the days between on which it was collected.

Accounts are judged side by side, each by one process, through ``concurrent.futures``.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from reportgen.assess.organisation import Organisation, find_organisation
from reportgen.assess.run import Assessor
from reportgen.clock import day_end
from reportgen.config import Config
from reportgen.evidence.store import Snapshot
from reportgen.model import AccountAssessment
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.held import Observation
from reportgen.summarise.periods import Period, month_end, month_ends, months_back

if TYPE_CHECKING:
    from reportgen.audit.register import Register
    from reportgen.catalogue import Catalogue

# How far back movement and ageing look, in months.
HISTORY_MONTHS = 36
# An account collected more often than this within a period is judged once a week there.
MOST_DAYS = 31


@dataclass(frozen=True)
class Point:
    """One judgement to make of an account: of ``snapshot`` as of ``as_of``, shown for ``day``."""

    day: date
    snapshot: Snapshot
    as_of: datetime
    at_month_end: bool
    carried: date | None = None


class History:
    """The position of every account at each month end up to the end of ``period``.

    An account not scanned in a month is carried forward: it stands as it was judged at the end of
    the month of its last snapshot.
    """

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        catalogue: Catalogue,
        config: Config,
        register: Register,
        period: Period,
    ) -> None:
        self._snapshots = sorted(snapshots, key=lambda s: (s.collected_at, s.id))
        self._config = config
        self._period = period
        self._zone = config.zone
        self._assessor = Assessor(catalogue, config, register)
        self._age = config.settings.evidence.maximum_age_days
        self._by_account: dict[str, list[Snapshot]] = {}
        for snapshot in self._snapshots:
            for account in snapshot.accounts:
                self._by_account.setdefault(account, []).append(snapshot)
        # Only these can show the organisation.
        self._above = [
            account
            for account, own in self._by_account.items()
            if any("organization" in snapshot.of_account(account) for snapshot in own)
        ]
        first = self._day(self._snapshots[0])
        earliest = months_back(period.end, HISTORY_MONTHS - 1)
        self.days = month_ends(max(first, earliest), period.end)
        self._points: dict[str, list[Point]] = {}
        for account in sorted(self._by_account):
            at_ends = (
                (day, self._position(account, day_end(day, self._zone))) for day in self.days
            )
            points = [self._at_month_end(day, snapshot) for day, snapshot in at_ends if snapshot]
            if points:
                self._points[account] = [*points, *self._between(account)]

    def _position(self, account: str, as_of: datetime) -> Snapshot | None:
        """The account's last snapshot at or before ``as_of``."""
        own = self._by_account[account]
        index = bisect_right(own, as_of, key=lambda snapshot: snapshot.collected_at)
        return own[index - 1] if index else None

    def _organisation(self, as_of: datetime) -> Organisation | None:
        here = {account: self._position(account, as_of) for account in self._above}
        return find_organisation({a: s for a, s in here.items() if s}, as_of, self._age)

    def _day(self, snapshot: Snapshot) -> date:
        return snapshot.collected_at.astimezone(self._zone).date()

    def _at_month_end(self, day: date, snapshot: Snapshot) -> Point:
        collected = self._day(snapshot)
        if month_end(collected) < date(day.year, day.month, 1):
            as_of = day_end(month_end(collected), self._zone)
            return Point(day, snapshot, as_of, True, collected)
        return Point(day, snapshot, day_end(day, self._zone), True)

    def _between(self, account: str) -> Iterator[Point]:
        """The days within the period on which the account was collected, but month ends."""
        last: dict[date, Snapshot] = {}
        for snapshot in self._by_account[account]:
            day = self._day(snapshot)
            if self._period.start <= day <= self._period.end and day not in self.days:
                last[day] = snapshot
        if len(last) > MOST_DAYS:
            last = {day: last[day] for day in {d.isocalendar()[:2]: d for d in last}.values()}
        for day, snapshot in last.items():
            yield Point(day, snapshot, snapshot.collected_at, False)

    def within(self) -> dict[str, list[Point]]:
        """The points of each account from the last before the period to its end, by day."""
        first = self._period.previous_end
        found = {
            account: sorted((p for p in points if p.day >= first), key=lambda p: p.day)
            for account, points in self._points.items()
        }
        return {account: points for account, points in found.items() if points}

    def rests_on(self, point: Point) -> set[Snapshot]:
        """Every snapshot that a judgement of ``point`` reads, those of the organisation too."""
        above = (self._position(account, point.as_of) for account in self._above)
        return {point.snapshot, *(snapshot for snapshot in above if snapshot)}

    def judge_point(self, account: str, point: Point) -> AccountAssessment:
        """Judge one account at one point; the lists of people come with the period's end."""
        return self._assessor.assess(
            account,
            point.snapshot,
            point.as_of,
            organisation=self._organisation(point.as_of),
            populations=self._is_last(point),
            collected=(s.collected_at for s in self._by_account[account]),
        )

    def _is_last(self, point: Point) -> bool:
        return point.at_month_end and point.day == self._period.end

    def judge(self, account: str) -> list[AccountAssessment]:
        """Judge every point of one account; the same snapshot at the same moment only once."""
        known: dict[tuple[str, datetime, bool], AccountAssessment] = {}
        found = []
        for point in self._points[account]:
            key = (point.snapshot.id, point.as_of, self._is_last(point))
            if key not in known:
                known[key] = self.judge_point(account, point)
            found.append(known[key])
        return found

    def _all(self) -> dict[str, list[AccountAssessment]]:
        accounts = list(self._points)
        workers = min(len(accounts), os.cpu_count() or 1)
        # A fork shares what was loaded; without it, starting takes longer than it saves. It is not
        # safe beside other threads.
        if workers < 2 or sys.platform != "linux" or threading.active_count() > 1:
            return {account: self.judge(account) for account in accounts}
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, context, _inherit, (self,)) as pool:
            return dict(zip(accounts, pool.map(_judge, accounts), strict=True))

    def run(self) -> tuple[list[MonthEnd], list[Observation]]:
        """Return the month ends, earliest first, and every evaluation from the last before on."""
        judged = self._all()
        configured = {a.id for a in self._config.settings.accounts}
        accounts: dict[date, list[AccountAssessment]] = {day: [] for day in self.days}
        carried: dict[date, dict[str, date]] = {day: {} for day in self.days}
        observations = []
        for account, points in sorted(self._points.items()):
            for point, found in zip(points, judged[account], strict=True):
                if point.at_month_end:
                    accounts[point.day].append(found)
                    if point.carried:
                        carried[point.day][account] = point.carried
                if point.carried is None and point.day >= self._period.previous_end:
                    observations.append(
                        Observation(account, point.day, self._day(point.snapshot), found.results)
                    )
        absent = tuple(sorted(configured - set(self._points)))
        months = [
            MonthEnd(
                day, tuple(accounts[day]), carried[day], absent if day == self.days[-1] else ()
            )
            for day in self.days
        ]
        return months, observations


_history: History | None = None


def _inherit(history: History) -> None:
    global _history
    _history = history


def _judge(account: str) -> list[AccountAssessment]:
    assert _history is not None  # noqa: S101 - set by the pool's initialiser
    return _history.judge(account)
