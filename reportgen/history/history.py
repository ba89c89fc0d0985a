"""The position of every account at each month end, each judged once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from reportgen.errors import StoreError
from reportgen.evidence.store import Snapshot
from reportgen.history.damage import unreadable
from reportgen.history.executors import Workers, run
from reportgen.history.plan import HistoryPlan, Point
from reportgen.history.surroundings import Above, AccountsAbove
from reportgen.history.worker import AccountDone, Setup, Task, Todo, Worker
from reportgen.summarise.frames import Gathering, MonthEnd
from reportgen.summarise.held import Observation, Observing
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules, key_of
from reportgen.verdicts.form import JudgedFile, Lists, decode
from reportgen.verdicts.kept import LISTS, Kept


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


@dataclass(frozen=True)
class _Keyed:
    """A point with the key of its verdicts."""

    point: Point
    todo: Todo


@dataclass
class _Tally:
    judged: int = 0
    damaged: dict[str, tuple[str, str]] = field(default_factory=dict)


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
        self._kept = kept
        self._plan = HistoryPlan(snapshots, rules.config.zone, period, pruned)
        self._age = rules.config.settings.evidence.maximum_age_days
        above = Above(self._plan, self._age)
        self._keyed: dict[str, list[_Keyed]] = {
            account: [self._key(point, above.at(point.as_of)) for point in points]
            for account, points in self._plan.points.items()
        }
        self._tally = _Tally()

    def _key(self, point: Point, around: AccountsAbove) -> _Keyed:
        basis = self._rules.basis(
            point.account,
            point.snapshot.seal,
            point.as_of,
            around.digest,
            self._plan.collected_days(point.account, point.as_of),
        )
        todo = Todo(
            point.account,
            point.snapshot,
            point.as_of,
            key_of(basis),
            basis,
            around,
            point.last,
        )
        return _Keyed(point, todo)

    def keys(self) -> Iterator[tuple[Point, str]]:
        """Every point with the key under which its verdicts are kept."""
        for keyed in self._keyed.values():
            yield from ((one.point, one.todo.key) for one in keyed)

    def run(
        self, workers: Workers, progress: Callable[[str, int], None] = lambda *_: None
    ) -> HistoryFound:
        """Judge what is not kept, then read all of it.

        ``progress`` is told of each account that was judged, and how many are left.
        """
        self.judge(workers, progress)
        observing = Observing()
        observations: dict[str, list[Observation]] = {account: [] for account in self._keyed}
        months = [self._month(day, observing, observations) for day in self._plan.days]
        self._between(observing, observations)
        total = len({one.todo.key for keyed in self._keyed.values() for one in keyed})
        return HistoryFound(
            months,
            [seen for account in sorted(observations) for seen in observations[account]],
            self._tally.judged,
            total - self._tally.judged,
            dict(sorted(self._tally.damaged.values())),
        )

    def judge(
        self,
        workers: Workers,
        progress: Callable[[str, int], None] = lambda *_: None,
        wanted: Callable[[Point], bool] = lambda _: True,
    ) -> None:
        """Judge what is not kept of the points that are ``wanted``."""
        self._kept.look()
        tasks = list(self._tasks(wanted))
        left = len(tasks)

        def done(finished: AccountDone) -> None:
            nonlocal left
            left -= 1
            self._take(finished)
            progress(finished.account, left)

        if tasks:
            run(tasks, self._setup(), workers, done)

    def _tasks(self, chosen: Callable[[Point], bool]) -> Iterator[Task]:
        for account, keyed in self._keyed.items():
            wanted: dict[str, Todo] = {}
            for one in filter(lambda one: chosen(one.point), keyed):
                key = one.todo.key
                lacks_lists = one.todo.lists and not self._kept.has(key, LISTS)
                missing = lacks_lists or not self._kept.has(key)
                if missing and (key not in wanted or one.todo.lists):
                    wanted[key] = one.todo
            if wanted:
                yield self._task(account, *wanted.values())

    def _task(self, account: str, *todo: Todo) -> Task:
        return Task(account, self._plan.moments(account), todo)

    def _setup(self) -> Setup:
        said = f"{self._kept.medium}|{self._rules.common}|{self._rules.known}"
        return Setup(hashlib.sha256(said.encode()).hexdigest(), self._rules, self._kept)

    def _take(self, finished: AccountDone) -> None:
        self._kept.note(finished.names)
        self._tally.judged += finished.judged
        for key, said in finished.damaged.items():
            self._tally.damaged[key] = finished.account, said

    # -- reading back -------------------------------------------------------------------------

    def _month(
        self, day: date, observing: Observing, observations: dict[str, list[Observation]]
    ) -> MonthEnd:
        last = day == self._plan.days[-1]
        month = Gathering(day, self._rules.catalogue, last=last)
        here = [
            one
            for keyed in self._keyed.values()
            for one in keyed
            if one.point.at_month_end and one.point.day == day
        ]
        for one, judged in self._read(here):
            lists = self._lists(one.todo) if one.point.last else None
            month.add(judged, one.point.carried, lists)
            self._observe(one.point, judged, observing, observations)
        configured = {a.id for a in self._rules.config.settings.accounts}
        return month.finish(sorted(configured - set(self._keyed)) if last else ())

    def _between(self, observing: Observing, observations: dict[str, list[Observation]]) -> None:
        """What was seen on the days between month ends."""
        between = [
            one for keyed in self._keyed.values() for one in keyed if not one.point.at_month_end
        ]
        for one, judged in self._read(between):
            self._observe(one.point, judged, observing, observations)

    def _observe(
        self,
        point: Point,
        judged: JudgedFile,
        observing: Observing,
        observations: dict[str, list[Observation]],
    ) -> None:
        if point.carried is None and point.day >= self._period.previous_end:
            collected = self._plan.day_of(point.snapshot)
            seen = observing.observation(judged, point.day, collected)
            observations[point.account].append(seen)

    def _read(self, wanted: Sequence[_Keyed]) -> Iterator[tuple[_Keyed, JudgedFile]]:
        """The verdicts of each; what is missing or damaged is judged here and now."""
        keys = [one.todo.key for one in wanted]
        for one, judged in zip(wanted, self._kept.judged(keys), strict=True):
            yield one, judged or self._again(one.todo)

    def _again(self, todo: Todo) -> JudgedFile:
        if todo.key not in self._tally.damaged:
            self._take(self._here.work(self._task(todo.account, todo)))
        if todo.key in self._tally.damaged:
            said = self._tally.damaged[todo.key][1]
            return decode(unreadable(todo, said, self._rules.catalogue, self._rules.config))
        judged = next(self._kept.judged([todo.key]))
        if judged is None:
            raise StoreError(
                f"The verdicts of account {todo.account} cannot be read back from "
                f"{self._kept.medium}.",
                "Something removes or changes files there; report without it: --fresh.",
            )
        return judged

    @cached_property
    def _here(self) -> Worker:
        return Worker(self._setup())

    def _lists(self, todo: Todo) -> Lists:
        if todo.key in self._tally.damaged:
            return {}
        lists = self._kept.lists(todo.key)
        if lists is None:
            self._take(self._here.work(self._task(todo.account, todo)))
            lists = self._kept.lists(todo.key)
        return lists or {}
