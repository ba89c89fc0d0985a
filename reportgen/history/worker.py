"""Judges accounts and keeps the verdicts as files: what one process of many does."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from reportgen.assess.organisation import Organisation
from reportgen.assess.run import Assessor
from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.store import Snapshot
from reportgen.history.surroundings import AccountsAbove
from reportgen.summarise.account import Sighting, Timespan, account_history
from reportgen.summarise.accountfile import HistoryBasis, encode_history
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules, key_of
from reportgen.verdicts.engine import engine
from reportgen.verdicts.form import JudgedFile, decode, encode, encode_lists
from reportgen.verdicts.kept import HISTORY, LISTS, VERDICTS, Kept

T = TypeVar("T")


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# Organisations, and snapshots of many accounts, that are held in memory.
_ORGANISATIONS = 16
_SNAPSHOTS = 16


@dataclass(frozen=True)
class Todo:
    """One judgement to make and to keep under ``key``.

    ``lists``: those of the review are wanted too. ``position``: it is what is told as the present
    state, so that every byte of its evidence is hashed, whether it is judged or was. ``verdicts``:
    they are to be made, as none are kept.
    """

    account: str
    snapshot: Snapshot
    as_of: datetime
    key: str
    basis: Mapping[str, Any]
    surroundings: AccountsAbove
    lists: bool = False
    position: bool = False
    verdicts: bool = True


@dataclass(frozen=True)
class SightingTodo:
    """A file of verdicts by its key, and what it shows (see ``Sighting``)."""

    key: str
    day: date
    month_end: bool
    carried: date | None
    observed: date | None


@dataclass(frozen=True)
class HistoryTodo:
    """The history of an account over a time span, to be kept under ``key``.

    ``basis`` is all that it depends on: the verdicts by their keys, and what each is taken for.
    """

    account: str
    key: str
    basis: HistoryBasis
    span: Timespan
    sightings: tuple[SightingTodo, ...]

    @classmethod
    def of(cls, basis: HistoryBasis) -> HistoryTodo:
        """The one of a basis. Raises LookupError, TypeError or ValueError for what is none."""
        kind, start, end = basis["period"]
        days = tuple(map(date.fromisoformat, basis["days"]))
        span = Timespan(Period(kind, date.fromisoformat(start), date.fromisoformat(end)), days)
        sightings = tuple(
            SightingTodo(key, date.fromisoformat(day), month_end, _day(carried), _day(observed))
            for key, day, month_end, carried, observed in basis["verdicts"]
        )
        return cls(basis["account"], key_of({**basis}), basis, span, sightings)

    def made(self, judged: Iterable[JudgedFile], rules: Rules) -> bytes:
        """The file of it, out of the verdicts in the order of ``sightings``."""
        found = (
            Sighting(file, of.day, of.month_end, of.carried, of.observed)
            for of, file in zip(self.sightings, judged, strict=True)
        )
        age = rules.config.settings.evidence.maximum_age_days
        history = account_history(self.account, found, self.span, rules.catalogue, age)
        return encode_history(history, self.basis)


@dataclass(frozen=True)
class Task:
    """All that is to be judged of one account, a worker's piece of work.

    ``collected``: every moment at which the account was collected. ``history``: it is wanted too,
    out of these verdicts and those that are kept.
    """

    account: str
    collected: tuple[datetime, ...]
    todo: tuple[Todo, ...]
    history: HistoryTodo | None = None


@dataclass(frozen=True)
class AccountDone:
    """What came of a task: how many were judged, the files written, and damage by key."""

    account: str
    judged: int
    names: tuple[str, ...]
    damaged: Mapping[str, str]


@dataclass(frozen=True)
class Setup:
    """What every worker is given once. ``id`` tells one from another.

    ``engine`` must be the worker's own: verdicts are kept as those of that one.
    """

    id: str
    rules: Rules
    kept: Kept
    engine: str


class Worker:
    """Judges one account at a time; between them it keeps what all accounts have in common."""

    def __init__(self, setup: Setup) -> None:
        rules = self._rules = setup.rules
        self._kept = setup.kept
        self._age = rules.config.settings.evidence.maximum_age_days
        self._assessor = Assessor(rules.catalogue, rules.config, rules.register)
        self._organisations: OrderedDict[str, Organisation | None] = OrderedDict()
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()
        self._latest: Snapshot | None = None
        self._made: dict[str, bytes] = {}

    def work(self, task: Task) -> AccountDone:
        """Judge an account; evidence that is not what was stored spoils that judgement alone."""
        judged = 0
        names: list[str] = []
        damaged: dict[str, str] = {}
        self._made = {}
        # In the order of time, so that what does not change from one to the next is there already.
        for todo in sorted(task.todo, key=lambda todo: todo.as_of):
            try:
                names += self._do(todo, task.collected)
            except IntegrityError as error:
                damaged[todo.key] = error.message
            else:
                judged += todo.verdicts
        if task.history is not None and not damaged:
            names += self._history(task.history)
        return AccountDone(task.account, judged, tuple(names), damaged)

    def _do(self, todo: Todo, collected: tuple[datetime, ...]) -> Iterator[str]:
        """Check, judge and list what is wanted; gives the names of the files written."""
        if todo.position:
            self._snapshot(todo.snapshot).check(todo.account)
        if not (todo.verdicts or todo.lists):
            return
        assessor = self._assessor if todo.verdicts else self._lister
        found = assessor.assess(
            todo.account,
            self._snapshot(todo.snapshot),
            todo.as_of,
            organisation=self._organisation(todo.surroundings),
            populations=todo.lists,
            collected=collected,
        )
        if todo.verdicts:
            above = todo.surroundings.envelope
            others = [above] if above is not None and above.account_id != todo.account else []
            content = self._made[todo.key] = encode(found, todo.basis, others)
            yield self._kept.write(todo.key, VERDICTS, content)
        if todo.lists:
            yield self._kept.write(todo.key, LISTS, encode_lists(found.populations))

    def _history(self, wanted: HistoryTodo) -> Iterator[str]:
        """Make it, unless verdicts are damaged: those are judged again by whoever reads them."""
        found: list[JudgedFile] = []
        for sighting in wanted.sightings:
            made = self._made.get(sighting.key)
            judged = next(self._kept.judged([sighting.key])) if made is None else decode(made)
            if judged is None:
                return
            found.append(judged)
        yield self._kept.write(wanted.key, HISTORY, wanted.made(found, self._rules))

    @cached_property
    def _lister(self) -> Assessor:
        """Makes lists where the verdicts are kept already: it knows no controls."""
        rules = self._rules
        return Assessor(replace(rules.catalogue, controls={}), rules.config, rules.register)

    def _snapshot(self, snapshot: Snapshot) -> Snapshot:
        """A copy, as what is read of it stays with it; one of many accounts is read once."""
        if len(snapshot.accounts) == 1:
            # Judged at several moments one after the other, and then no more.
            if self._latest is None or self._latest.id != snapshot.id:
                self._latest = replace(snapshot)
            return self._latest
        kept = self._snapshots
        return _remembered(kept, snapshot.id, lambda: replace(snapshot), _SNAPSHOTS)

    def _organisation(self, surroundings: AccountsAbove) -> Organisation | None:
        return _remembered(
            self._organisations,
            surroundings.digest,
            lambda: surroundings.read(self._age),
            _ORGANISATIONS,
        )


def _remembered(held: OrderedDict[str, T], key: str, make: Callable[[], T], most: int) -> T:
    if key not in held:
        held[key] = make()
    held.move_to_end(key)
    while len(held) > most:
        held.popitem(last=False)
    return held[key]


_worker: tuple[str, Worker] | None = None


def start(setup: Setup) -> None:
    """Make ready a process of the pool."""
    global _worker
    _worker = setup.id, Worker(setup)
    # What is loaded stays; and the many rows of an account come and go without a circle among
    # them. What circles there are stay below a hundred MB until they are looked for.
    gc.freeze()
    gc.set_threshold(400_000, 50, 50)


def work(task: Task) -> AccountDone:
    """Do a task in a process that ``start`` made ready."""
    assert _worker is not None  # noqa: S101 - the pool's initialiser has run
    return _worker[1].work(task)


def work_with(setup: Setup, task: Task) -> AccountDone:
    """Do a task wherever it is sent, made ready there for as many as follow.

    Raises UsageError where another version of reportgen is.
    """
    if setup.engine != engine():
        raise UsageError(
            "A worker that joined the cluster has another version of reportgen.",
            "Each worker needs the reportgen of this machine.",
        )
    if _worker is None or _worker[0] != setup.id:
        start(setup)
    return work(task)
