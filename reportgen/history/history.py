"""The position of every account at each month end, each judged once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reportgen.evidence.store import Snapshot
from reportgen.history.executors import Workers
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Point
from reportgen.history.points import Keyed, PeriodPoints
from reportgen.summarise.frames import Gathering, MonthEnd
from reportgen.summarise.held import DayRow, Observation, observation
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.form import JudgedFile
from reportgen.verdicts.kept import Kept


@dataclass(frozen=True)
class HistoryFound:
    """What a history came to.

    ``judged`` and ``reused`` count judgements; ``damaged`` has the accounts of which evidence is
    not what was stored, with what is wrong.
    """

    months: list[MonthEnd]
    observations: list[Observation]
    judged: int
    reused: int
    damaged: Mapping[str, str]


class History:
    """The position of every account at each month end up to the end of ``period``.

    What is kept already of the same evidence under the same rules is read and not judged again.
    """

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        rules: Rules,
        period: Period,
        kept: Kept,
        pruned: Sequence[Snapshot] = (),
    ) -> None:
        self._rules = rules
        self._period = period
        self._points = PeriodPoints(snapshots, rules, period, pruned)
        self._plan = self._points.plan
        self._once = JudgedOnce(self._points.todos, rules, kept)
        self._rows: dict[DayRow, DayRow] = {}

    def keys(self) -> Iterator[tuple[Point, str]]:
        """Every point with the key under which its verdicts are kept."""
        yield from ((one.point, one.todo.key) for one in self._points.every())

    def run(
        self, workers: Workers, progress: Callable[[str, int], None] = lambda *_: None
    ) -> HistoryFound:
        """Judge what is not kept, then read all of it.

        ``progress`` is told of each account that was judged, and how many are left.
        """
        self._once.make((one.todo for one in self._points.every()), workers, progress)
        observations: dict[str, list[Observation]] = {a: [] for a in self._points.keyed}
        months = [self._month(day, observations) for day in self._plan.days]
        self._between(observations)
        total = len({key for _, key in self.keys()})
        return HistoryFound(
            months,
            [seen for account in sorted(observations) for seen in observations[account]],
            self._once.judged,
            total - self._once.judged,
            self._once.damaged,
        )

    def _month(self, day: date, observations: dict[str, list[Observation]]) -> MonthEnd:
        last = day == self._plan.days[-1]
        month = Gathering(day, self._rules.catalogue, last=last)
        every = self._points.every()
        here = [one for one in every if one.point.at_month_end and one.point.day == day]
        for one, judged in self._read(here):
            lists = self._once.lists(one.todo) if one.point.last else None
            month.add(judged, one.point.carried, lists)
            self._observe(one.point, judged, observations)
        configured = {a.id for a in self._rules.config.settings.accounts}
        return month.finish(sorted(configured - set(self._points.keyed)) if last else ())

    def _between(self, observations: dict[str, list[Observation]]) -> None:
        """What was seen on the days between month ends."""
        between = [one for one in self._points.every() if not one.point.at_month_end]
        for one, judged in self._read(between):
            self._observe(one.point, judged, observations)

    def _read(self, wanted: Sequence[Keyed]) -> Iterator[tuple[Keyed, JudgedFile]]:
        return zip(wanted, self._once.read([one.todo for one in wanted]), strict=True)

    def _observe(
        self,
        point: Point,
        judged: JudgedFile,
        observations: dict[str, list[Observation]],
    ) -> None:
        if point.carried is None and point.day >= self._period.previous_end:
            collected = self._plan.day_of(point.snapshot)
            seen = observation(judged, point.day, collected, self._rows)
            observations[point.account].append(seen)
