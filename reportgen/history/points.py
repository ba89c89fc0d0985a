"""The points of a period, each with the key under which its verdicts are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from reportgen.evidence.store import Snapshot
from reportgen.history.plan import HistoryPlan, Point
from reportgen.history.todos import Todos
from reportgen.history.worker import HistoryTodo, Todo
from reportgen.summarise.account import Timespan
from reportgen.summarise.accountfile import FORM
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules


@dataclass(frozen=True)
class Keyed:
    """A point with what is to be judged of it."""

    point: Point
    todo: Todo


class PeriodPoints:
    """Every point of every account up to the end of a period."""

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        rules: Rules,
        period: Period,
        pruned: Sequence[Snapshot] = (),
    ) -> None:
        self._period = period
        self.plan = HistoryPlan(snapshots, rules.config.zone, period, pruned)
        self.todos = Todos(self.plan, rules)
        self.keyed: dict[str, list[Keyed]] = {
            account: [Keyed(point, self._todo(point)) for point in points]
            for account, points in self.plan.points.items()
        }

    def _todo(self, point: Point) -> Todo:
        return self.todos.todo(
            point.account, point.snapshot, point.as_of, lists=point.last, position=point.last
        )

    @cached_property
    def span(self) -> Timespan:
        """The period with its month ends."""
        return Timespan(self._period, tuple(self.plan.days))

    def history(self, account: str) -> HistoryTodo:
        """The history of an account, made of all its points."""
        period = self._period
        return HistoryTodo.of(
            {
                "form": FORM,
                "account": account,
                "period": [period.kind, period.start.isoformat(), period.end.isoformat()],
                "days": [day.isoformat() for day in self.plan.days],
                "verdicts": [self._sighting(one) for one in self.keyed[account]],
            }
        )

    def _sighting(self, one: Keyed) -> tuple[str, str, bool, str | None, str | None]:
        point = one.point
        observed = point.carried is None and point.day >= self._period.previous_end
        collected = self.plan.day_of(point.snapshot) if observed else None
        days = _iso(point.carried), _iso(collected)
        return one.todo.key, point.day.isoformat(), point.at_month_end, *days

    def every(self) -> list[Keyed]:
        """All of them, account by account."""
        return [one for keyed in self.keyed.values() for one in keyed]

    def within(self) -> dict[str, list[Keyed]]:
        """Those of each account from the last before the period to its end, by day."""
        first = self._period.previous_end
        found = {
            account: sorted((k for k in keyed if k.point.day >= first), key=lambda k: k.point.day)
            for account, keyed in self.keyed.items()
        }
        return {account: keyed for account, keyed in found.items() if keyed}

    def rests_on(self, point: Point) -> set[Snapshot]:
        """Every snapshot that a judgement of ``point`` reads, those of the organisation too."""
        return {point.snapshot, *self.todos.above(point.as_of)}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
