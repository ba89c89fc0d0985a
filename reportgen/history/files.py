"""The verdicts of every point as files at hand, for whoever reads rows and no summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reportgen.evidence.store import Snapshot
from reportgen.history.executors import Workers
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Point
from reportgen.history.points import PeriodPoints
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.kept import Kept


class VerdictFiles:
    """A history that is read file by file."""

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        rules: Rules,
        period: Period,
        kept: Kept,
        pruned: Sequence[Snapshot] = (),
    ) -> None:
        self._points = PeriodPoints(snapshots, rules, period, pruned)
        self._once = JudgedOnce(self._points.todos, rules, kept)

    def keys(self) -> Iterator[tuple[Point, str]]:
        """Every point with the key under which its verdicts are kept."""
        yield from ((one.point, one.todo.key) for one in self._points.every())

    def judge(
        self,
        workers: Workers,
        progress: Callable[[str, int], None] = lambda *_: None,
        wanted: Callable[[Point], bool] = lambda _: True,
    ) -> None:
        """Judge what is not kept of the points that are ``wanted``."""
        every = self._points.every()
        self._once.make((one.todo for one in every if wanted(one.point)), workers, progress)

    def files(self, wanted: Callable[[Point], bool]) -> Iterator[tuple[Point, Path]]:
        """Each wanted point with its file of verdicts, whole, in a folder of this machine.

        What ``judge`` neither found nor made is made here; of evidence that is damaged the file
        says that nothing could be evaluated.
        """
        for one in self._points.every():
            if wanted(one.point):
                yield one.point, self._once.path(one.todo)
