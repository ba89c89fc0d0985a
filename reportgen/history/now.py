"""The position of every account at one moment, out of verdicts that are kept or made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reportgen.evidence.store import Snapshot
from reportgen.history.executors import Workers
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Collected
from reportgen.history.todos import Todos
from reportgen.history.worker import Todo
from reportgen.model import AccountAssessment
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.kept import Kept


@dataclass(frozen=True)
class PositionsFound:
    """Every account at a moment, by id; the rest as in ``HistoryFound``."""

    accounts: list[AccountAssessment]
    judged: int
    reused: int
    damaged: Mapping[str, str]


class Positions:
    """Every account of a store as its last snapshot at or before a moment shows it."""

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        rules: Rules,
        as_of: datetime,
        kept: Kept,
        pruned: Sequence[Snapshot] = (),
    ) -> None:
        self._rules = rules
        self._as_of = as_of
        self._kept = kept
        self._collected = Collected(snapshots, rules.config.zone, pruned)

    def run(
        self,
        workers: Workers,
        progress: Callable[[str, int], None] = lambda *_: None,
        *,
        only: Collection[str] | None = None,
        lists: bool = False,
    ) -> PositionsFound:
        """Judge what is not kept, then read all of it.

        ``only``: of these controls alone; where not everything is kept they alone are judged, and
        not kept. ``lists``: those of the access review are kept too.
        """
        rules, kept = self._rules, self._kept
        kept.look()
        todos, wanted = self._todos(rules, lists)
        if only is not None and not all(kept.has(todo.key) for todo in wanted):
            chosen = {key: c for key, c in rules.catalogue.controls.items() if key in only}
            rules = replace(rules, catalogue=replace(rules.catalogue, controls=chosen))
            kept = Kept(kept.medium, kept.spare, use=False)
            todos, wanted = self._todos(rules)
        once = JudgedOnce(todos, rules, kept)
        once.make(wanted, workers, progress)
        accounts = [_of(only, judged.assessment()) for judged in once.read(wanted)]
        return PositionsFound(accounts, once.judged, len(wanted) - once.judged, once.damaged)

    def _todos(self, rules: Rules, lists: bool = False) -> tuple[Todos, list[Todo]]:
        todos = Todos(self._collected, rules)
        at = {a: self._collected.position(a, self._as_of) for a in self._collected.accounts}
        return todos, [
            todos.todo(account, snapshot, self._as_of, lists=lists, position=True)
            for account, snapshot in at.items()
            if snapshot is not None
        ]


def _of(only: Collection[str] | None, found: AccountAssessment) -> AccountAssessment:
    if only is None:
        return found
    return replace(
        found,
        results=tuple(r for r in found.results if r.control_id in only),
        variants=tuple(r for r in found.variants if r.control_id in only),
    )
