"""What verdicts a store keeps: which of them still serve, which are damaged or false."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from reportgen.errors import IntegrityError
from reportgen.evidence.medium import Medium
from reportgen.evidence.seal import sha256
from reportgen.evidence.store import Store
from reportgen.history.plan import Collected
from reportgen.history.todos import Todos
from reportgen.history.worker import HistoryTodo, Setup, Todo, Worker
from reportgen.summarise.accountfile import basis_of
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.form import DamagedError, decode
from reportgen.verdicts.kept import FOLDER, HISTORY, NAME, SPARE, VERDICTS, Kept


class KeptState(StrEnum):
    """``CURRENT`` files serve a report made now; ``OLDER`` ones rest on what is no longer so.

    ``DAMAGED`` ones are not what their name says; ``FOREIGN`` ones no verdicts at all. ``FALSE``
    is what judging again does not come to.
    """

    CURRENT = "current"
    OLDER = "older"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    FALSE = "false"


@dataclass(frozen=True)
class KeptFile:
    """A file below ``judged/``; ``todo`` or ``history`` would make it again where it is current."""

    name: str
    bytes: int
    state: KeptState
    todo: Todo | None = None
    history: HistoryTodo | None = None


class Inventory:
    """The files that a store keeps, held against the present rules."""

    def __init__(self, place: Path, rules: Rules) -> None:
        store = Store.open(place)
        self._rules = rules
        self._medium: Medium = store.medium
        held = store.holdings()
        snapshots = held.snapshots
        self._snapshots = {snapshot.id: snapshot for snapshot in snapshots}
        collected = Collected(snapshots, rules.config.zone, held.pruned)
        self._todos = Todos(collected, rules)

    def files(self) -> list[KeptFile]:
        """Every file with its state, by name."""
        found: dict[str, KeptFile] = {}
        rest: list[tuple[str, int, re.Match[str]]] = []
        for name, size in sorted(self._medium.listing(FOLDER).items()):
            match = NAME.fullmatch(name)
            if match is None:
                found[name] = KeptFile(name, max(size, 0), KeptState.FOREIGN)
            elif match["kind"] == VERDICTS:
                found[name] = self._verdicts(name, size, match)
            else:
                rest.append((name, size, match))
        serving = {file.todo.key for file in found.values() if file.todo}
        for name, size, match in rest:
            made = self._history if match["kind"] == HISTORY else self._lists
            found[name] = made(name, size, match["key"], serving)
        return [found[name] for name in sorted(found)]

    def _lists(self, name: str, size: int, key: str, serving: Collection[str]) -> KeptFile:
        if self._content(name) is None:
            return KeptFile(name, size, KeptState.DAMAGED)
        return KeptFile(name, size, KeptState.CURRENT if key in serving else KeptState.OLDER)

    def _history(self, name: str, size: int, key: str, serving: Collection[str]) -> KeptFile:
        """A history serves where all the verdicts that it is made of do."""
        try:
            history = HistoryTodo.of(basis_of(self._content(name) or b""))
        except (DamagedError, LookupError, TypeError, ValueError):
            return KeptFile(name, size, KeptState.DAMAGED)
        if history.key != key or any(s.key not in serving for s in history.sightings):
            return KeptFile(name, size, KeptState.OLDER)
        return KeptFile(name, size, KeptState.CURRENT, history=history)

    def _verdicts(self, name: str, size: int, match: Mapping[str, str] | Any) -> KeptFile:
        content = self._content(name)
        try:
            judged = decode(content or b"")
        except DamagedError:
            return KeptFile(name, size, KeptState.DAMAGED)
        todo = self._todo(judged.basis)
        if todo is None or todo.key != match["key"]:
            return KeptFile(name, size, KeptState.OLDER)
        return KeptFile(name, size, KeptState.CURRENT, todo)

    def _content(self, name: str) -> bytes | None:
        """The content of a file; None where it is not what its name says."""
        match = NAME.fullmatch(name)
        try:
            content = self._medium.read(name)
        except OSError:
            return None
        return content if match and sha256(content) == match["digest"] else None

    def _todo(self, basis: Mapping[str, Any]) -> Todo | None:
        """What would make a file of this basis now; None where its snapshot is not there."""
        snapshot = self._snapshots.get(str(basis.get("snapshot")))
        account, as_of = str(basis["account"]), datetime.fromisoformat(str(basis["as_of"]))
        if snapshot is None or account not in snapshot.accounts:
            return None
        return self._todos.todo(account, snapshot, as_of)

    def check(self, spare: Path, most: int = 0) -> Iterator[KeptFile]:
        """Judge again what is current and tell of every file that is not what that comes to.

        ``spare`` is an empty folder to judge into; ``most``: how many to judge (0: all).
        """
        kept = Kept(self._medium, spare, use=False)
        worker = Worker(Setup("check", self._rules, kept, self._rules.common["engine"]))
        judged = 0
        files = self.files()
        for file in files:
            if file.todo is None or (most and judged >= most):
                if file.state is KeptState.DAMAGED:
                    yield file
                continue
            judged += 1
            if not self._same(worker, file, file.todo):
                yield KeptFile(file.name, file.bytes, KeptState.FALSE)
        names = {file.todo.key: file.name for file in files if file.todo}
        for file in files:
            if file.history is not None and not self._follows(file.name, file.history, names):
                yield KeptFile(file.name, file.bytes, KeptState.FALSE)

    def _follows(self, name: str, history: HistoryTodo, names: Mapping[str, str]) -> bool:
        """Whether a history is what its verdicts come to; whether those are true is asked apart."""
        contents = (self._content(names[sighting.key]) for sighting in history.sightings)
        made = history.made([decode(content or b"") for content in contents], self._rules)
        match = NAME.fullmatch(name)
        return match is not None and match["digest"] == sha256(made)

    def _same(self, worker: Worker, file: KeptFile, todo: Todo) -> bool:
        try:
            done = worker.work(self._todos.task(todo.account, todo))
        except IntegrityError:
            return False
        return f"{SPARE}{file.name}" in done.names

    def prune(self) -> list[KeptFile]:
        """Remove what serves no report made now; returns what was removed. Raises OSError."""
        gone = [f for f in self.files() if f.state in (KeptState.OLDER, KeptState.DAMAGED)]
        for file in gone:
            self._medium.remove(file.name)
        return gone
