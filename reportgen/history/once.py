"""Verdicts of many accounts and moments, each judged once, whoever asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from reportgen.errors import StoreError
from reportgen.history.damage import unreadable
from reportgen.history.executors import Workers, run
from reportgen.history.todos import Todos
from reportgen.history.worker import AccountDone, HistoryTodo, Setup, Todo, Worker
from reportgen.summarise.account import AccountHistory
from reportgen.summarise.accountfile import decode_history
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.form import DamagedError, JudgedFile, Lists, decode
from reportgen.verdicts.kept import HISTORY, LISTS, Kept


class JudgedOnce:
    """Judges what is not kept of what is asked for, and reads all of it.

    ``judged`` counts judgements. Evidence that is not what was stored spoils that account alone.
    """

    def __init__(self, todos: Todos, rules: Rules, kept: Kept) -> None:
        self._todos = todos
        self._rules = rules
        self._kept = kept
        self._damaged: dict[str, tuple[str, str]] = {}
        self.judged = 0

    @property
    def damaged(self) -> Mapping[str, str]:
        """The accounts of which evidence is not what was stored, with what is wrong."""
        return dict(sorted(self._damaged.values()))

    def make(
        self,
        wanted: Iterable[Todo],
        workers: Workers,
        progress: Callable[[str, int], None] = lambda *_: None,
        histories: Iterable[HistoryTodo] = (),
    ) -> None:
        """Judge what is not kept, and hash the evidence of each position.

        ``progress`` is told of each account that was judged, and how many are left. What is not
        kept of ``histories`` is made too.
        """
        self._kept.look()
        accounts: dict[str, dict[str, Todo]] = {}
        for todo in wanted:
            found = self._lacking(todo)
            if found is not None:
                own = accounts.setdefault(todo.account, {})
                own[todo.key] = _joined(own.get(todo.key), found)
        lacking = {h.account: h for h in histories if not self._kept.has(h.key, HISTORY)}
        tasks = [
            # The moments of one snapshot one after the other: what was read of it is at hand.
            self._todos.task(
                account,
                *sorted(accounts.get(account, {}).values(), key=lambda t: (t.snapshot.id, t.as_of)),
                history=lacking.get(account),
            )
            for account in dict.fromkeys((*accounts, *lacking))
        ]
        judging = {task.account for task in tasks if any(todo.verdicts for todo in task.todo)}
        left = len(judging)

        def done(finished: AccountDone) -> None:
            nonlocal left
            self._take(finished)
            if finished.account in judging:
                left -= 1
                progress(finished.account, left)

        if tasks:
            run(tasks, self._setup(), workers, done)

    def _lacking(self, todo: Todo) -> Todo | None:
        """What is still to be done of it; None for nothing."""
        found = replace(
            todo,
            verdicts=not self._kept.has(todo.key),
            lists=todo.lists and not self._kept.has(todo.key, LISTS),
        )
        return found if found.verdicts or found.lists or found.position else None

    def _setup(self) -> Setup:
        said = f"{self._kept.medium}|{self._rules.common}|{self._rules.known}"
        name = hashlib.sha256(said.encode()).hexdigest()
        return Setup(name, self._rules, self._kept, self._rules.common["engine"])

    def _take(self, finished: AccountDone) -> None:
        self._kept.note(finished.names)
        self.judged += finished.judged
        for key, said in finished.damaged.items():
            self._damaged[key] = finished.account, said

    # -- reading back -------------------------------------------------------------------------

    def read(self, wanted: Sequence[Todo]) -> Iterator[JudgedFile]:
        """The verdicts of each; what is missing or damaged is judged here and now."""
        for todo, judged in zip(wanted, self._kept.judged([t.key for t in wanted]), strict=True):
            whole = None if todo.key in self._damaged else judged
            yield self._again(todo) if whole is None else whole

    def history(self, wanted: HistoryTodo, todos: Sequence[Todo]) -> AccountHistory:
        """The history of an account; what is missing or damaged is made here and now.

        ``todos`` are the judgements that it is made of. Where evidence is damaged it says so, and
        is not kept.
        """
        content = None if self._spoiled(todos) else self._kept.content(wanted.key, HISTORY)
        if content is not None:
            try:
                return decode_history(content, wanted.key)
            except DamagedError:
                pass
        content = wanted.made(list(self.read(todos)), self._rules)
        if not self._spoiled(todos):
            self._kept.note([self._kept.write(wanted.key, HISTORY, content)])
        return decode_history(content)

    def _spoiled(self, todos: Iterable[Todo]) -> bool:
        return any(todo.key in self._damaged for todo in todos)

    def _again(self, todo: Todo) -> JudgedFile:
        self._make(todo)
        if todo.key in self._damaged:
            return decode(self._unreadable(todo))
        judged = next(self._kept.judged([todo.key]))
        if judged is None:
            raise self._gone(todo)
        return judged

    def _make(self, todo: Todo) -> None:
        if todo.key not in self._damaged:
            self._take(self._here.work(self._todos.task(todo.account, todo)))

    def _unreadable(self, todo: Todo) -> bytes:
        said = self._damaged[todo.key][1]
        return unreadable(todo, said, self._rules.catalogue, self._rules.config)

    def _gone(self, todo: Todo) -> StoreError:
        return StoreError(
            f"The verdicts of account {todo.account} cannot be read back from {self._kept.medium}.",
            "Something removes or changes files there; do without them: --fresh.",
        )

    def path(self, todo: Todo) -> Path:
        """The file of verdicts, whole, in a folder of this machine.

        What is missing is made here; of evidence that is damaged the file says that nothing could
        be evaluated.
        """
        found = None if todo.key in self._damaged else self._kept.path(todo.key)
        if found is None:
            self._make(todo)
            if todo.key in self._damaged:
                self._kept.lend(todo.key, self._unreadable(todo))
            found = self._kept.path(todo.key)
        if found is None:
            raise self._gone(todo)
        return found

    @cached_property
    def _here(self) -> Worker:
        return Worker(self._setup())

    def lists(self, todo: Todo) -> Lists:
        """The lists of an access review that belong to one of ``wanted``; damage has none."""
        if todo.key in self._damaged:
            return {}
        lists = self._kept.lists(todo.key)
        if lists is None:
            missing = replace(todo, verdicts=False, lists=True)
            self._take(self._here.work(self._todos.task(todo.account, missing)))
            lists = self._kept.lists(todo.key)
        return lists or {}


def _joined(one: Todo | None, other: Todo) -> Todo:
    """Two wishes for the same verdicts as one."""
    if one is None:
        return other
    return replace(one, lists=one.lists or other.lists, position=one.position or other.position)
