"""What is to be judged, with the key under which its verdicts are kept."""

from __future__ import annotations

from datetime import datetime

from reportgen.evidence.store import Snapshot
from reportgen.history.plan import Collected
from reportgen.history.surroundings import Above
from reportgen.history.worker import HistoryTodo, Task, Todo
from reportgen.verdicts.basis import Rules, key_of


class Todos:
    """Makes what is to be judged of the accounts of a store, under some rules."""

    def __init__(self, collected: Collected, rules: Rules) -> None:
        self._collected = collected
        self._rules = rules
        self._above = Above(collected, rules.config.settings.evidence.maximum_age_days)

    def todo(
        self,
        account: str,
        snapshot: Snapshot,
        as_of: datetime,
        *,
        lists: bool = False,
        position: bool = False,
    ) -> Todo:
        """An account to be judged by a snapshot as of a moment."""
        around = self._above.at(as_of)
        basis = self._rules.basis(
            account,
            snapshot.seal,
            as_of,
            around.digest,
            self._collected.collected_days(account, as_of),
        )
        return Todo(
            account, snapshot, as_of, key_of(basis), basis, around, lists=lists, position=position
        )

    def task(self, account: str, *todo: Todo, history: HistoryTodo | None = None) -> Task:
        """All that is to be judged of one account as one piece of work."""
        return Task(account, self._collected.moments(account), todo, history)

    def above(self, as_of: datetime) -> tuple[Snapshot, ...]:
        """The snapshots from which the organisation as of a moment is read."""
        return tuple(snapshot for _, snapshot in self._above.at(as_of).positions)
