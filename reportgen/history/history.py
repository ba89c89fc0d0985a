"""Every account up to the end of a period: its moments, each judged once, and its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reportgen.evidence.store import Snapshot
from reportgen.history.executors import Workers
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Point
from reportgen.history.points import PeriodPoints
from reportgen.lists import ReviewLists
from reportgen.summarise.account import AccountHistory, Timespan
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.kept import Kept


@dataclass(frozen=True)
class HistoryFound:
    """What a history came to.

    ``accounts`` in the order of their ids; ``absent`` are configured and were never collected.
    """

    span: Timespan
    accounts: list[AccountHistory]
    absent: list[str]


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
        self._points = PeriodPoints(snapshots, rules, period, pruned)
        self._once = JudgedOnce(self._points.todos, rules, kept)

    def keys(self) -> Iterator[tuple[Point, str]]:
        """Every point with the key under which its verdicts are kept."""
        yield from ((one.point, one.todo.key) for one in self._points.every())

    @property
    def judged(self) -> int:
        """How many judgements were made so far."""
        return self._once.judged

    @property
    def reused(self) -> int:
        """How many were there already."""
        return len({key for _, key in self.keys()}) - self.judged

    @property
    def damaged(self) -> Mapping[str, str]:
        """The accounts of which evidence is not what was stored so far, with what is wrong."""
        return self._once.damaged

    def run(
        self, workers: Workers, progress: Callable[[str, int], None] = lambda *_: None
    ) -> HistoryFound:
        """Judge what is not kept, then read what the summary wants of each account.

        ``progress`` is told of each account that was judged, and how many are left.
        """
        points, once = self._points, self._once
        wanted = {account: points.history(account) for account in sorted(points.keyed)}
        once.make((one.todo for one in points.every()), workers, progress, wanted.values())
        accounts = [
            once.history(todo, [one.todo for one in points.keyed[account]])
            for account, todo in wanted.items()
        ]
        configured = {a.id for a in self._rules.config.settings.accounts}
        return HistoryFound(points.span, accounts, sorted(configured - set(points.keyed)))

    def lists(self, account: str) -> ReviewLists:
        """The lists of an account's access review at the period's end."""
        (last,) = (one.todo for one in self._points.keyed[account] if one.point.last)
        return self._once.lists(last)
