"""What a summary wants of one account: what became of its findings, and its counts month by month.

All of it follows from the account's own verdicts, so that it can be worked out account by account,
wherever those are judged, and kept: a summary of a thousand accounts then puts a thousand of these
together and reads no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np

from reportgen.catalogue import Catalogue
from reportgen.model import AccountInfo, Envelope, Status
from reportgen.report.words import Moved
from reportgen.summarise.findings import UNSEEN, last_seen
from reportgen.summarise.held import ControlDays, Observation, days_of, observation
from reportgen.summarise.movement import FindingLife, Key, MonthRow, Moves, follow, movement
from reportgen.summarise.periods import Period, quarters_of
from reportgen.verdicts.columns import Counts, Parameters
from reportgen.verdicts.form import JudgedFile
from reportgen.verdicts.text import plain

# The control that counts users by each source that lists them.
TOTALS = "MON-05"
# Places in the last axis of ``AccountHistory.table``: verdicts as ``Counts`` has them, then the
# open findings. A control that was not judged has -1 in the first.
PLACES = 6
OPEN = 5
_ROWS = ("control_id", "resource", "verdict", "incomplete", "superseded")
_LAST = ("reason", "evidence", "name", "resource_type")


@dataclass(frozen=True)
class Sighting:
    """A file of verdicts, and what it shows.

    ``day`` is the day that it is shown for, a month's end or not; ``carried`` the day of its
    evidence where that lies before the month; ``observed`` the day of its evidence where it counts
    for days in violation.
    """

    judged: JudgedFile
    day: date
    month_end: bool
    carried: date | None
    observed: date | None


@dataclass(frozen=True)
class Timespan:
    """The period, and the month ends up to its end for which there may be verdicts."""

    period: Period
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """An account at a month's end; ``unread`` has the sources that could not be read."""

    info: AccountInfo
    carried: date | None
    unread: tuple[tuple[str, Status], ...]


class Course(NamedTuple):
    """What became of one finding, up to the period's end.

    ``months`` has a bit for each month end at which it was open, the first being bit 0. ``first``
    and ``closed`` are numbers of month ends: the start of its last run, and its end, -1 for none.
    ``times`` counts the runs. ``reason``, ``evidence``, ``name`` and ``resource_type`` are what the
    last evaluation says of it, where it is open.
    """

    control_id: str
    resource: str
    months: int
    first: int
    times: int
    closed: int
    confirmed: bool
    moved: Moved | None
    days_in_violation: int
    days_unknown: int
    reason: str = ""
    evidence: str = ""
    name: str = ""
    resource_type: str = ""

    @property
    def open(self) -> bool:
        """Whether it is open at the period's end."""
        return self.closed < 0


class Gap(NamedTuple):
    """What could not be evaluated at the period's end for one reason, in so many results."""

    reason: str
    controls: tuple[str, ...]
    results: int


@dataclass(frozen=True)
class AccountHistory:
    """One account up to the period's end.

    ``months`` has an entry for each month end of the time span, None before there was evidence;
    ``table`` numbers (int32) by month end, control (``controls``, sorted) and ``PLACES``.
    ``variants`` are counts under thresholds of a framework's own, at the period's end, as are
    ``gaps``, ``total`` (verdict and reason of the control that counts users), ``envelopes`` and
    ``others`` (of other accounts, on which its verdicts rest). ``quarters`` counts the new, closed
    and reopened findings of each quarter of a year that has a position at its end.
    """

    account_id: str
    months: tuple[AccountMonth | None, ...]
    controls: tuple[str, ...]
    table: np.ndarray[Any, np.dtype[np.int32]]
    variants: tuple[tuple[str, Parameters, Counts], ...]
    courses: tuple[Course, ...]
    days: ControlDays
    gaps: tuple[Gap, ...]
    total: tuple[str, str] | None
    quarters: tuple[tuple[int, int, int] | None, ...]
    collected_at: datetime | None
    envelopes: tuple[Envelope, ...] = field(default=())
    others: tuple[Envelope, ...] = field(default=())

    @property
    def last(self) -> AccountMonth:
        """The account at the period's end."""
        month = self.months[-1]
        assert month is not None  # noqa: S101 - what was collected once is carried forward
        return month


def account_history(
    account_id: str,
    sightings: Iterable[Sighting],
    span: Timespan,
    catalogue: Catalogue,
    maximum_age_days: int,
) -> AccountHistory:
    """Work out an account's history from its verdicts.

    ``sightings`` are those of every month end of ``span``, of which the last one is the period's
    end, and those within the period between them.
    """
    controls = tuple(sorted(catalogue.controls))
    gathered = _Gathered(account_id, span, controls)
    for sighting in sightings:
        gathered.add(sighting)
    states = follow([(day, gathered.rows.get(day, ())) for day in span.days])
    days = days_of(
        span.period, gathered.observations, [account_id], catalogue.controls, maximum_age_days
    )
    before = _before(span, states, span.period.start)
    moves = movement(before, states[-1], span.period.start)
    for number, state in enumerate(states):
        for (_, control, _), life in state.items():
            if life.open:
                gathered.table[number, gathered.place[control], OPEN] += 1
    judged, last = gathered.judged[span.days[-1]], gathered.last
    own = [e for e in judged.envelopes if e.account_id == account_id]
    return AccountHistory(
        account_id,
        tuple(gathered.months),
        controls,
        gathered.table,
        tuple(judged.variants),
        tuple(_courses(span, states, moves, days.of, last)),
        days.by_control(),
        tuple(_gaps(last, controls)),
        next(((row[1], row[2]) for row in last if row[0][1] == TOTALS), None),
        tuple(_quarter(span, states, start, end) for start, end in quarters_of(span.period)),
        judged.collected_at,
        tuple(own),
        tuple(e for e in judged.envelopes if e.account_id != account_id),
    )


# Of a result at the period's end: its key, verdict, reason, evidence, name and type.
_LastRow = tuple[Key, str, str, str, str, str]


class _Gathered:
    """What the files of verdicts of one account hold."""

    def __init__(self, account_id: str, span: Timespan, controls: Sequence[str]) -> None:
        self._account = account_id
        self._span = span
        self._known: dict[Any, Any] = {}
        self._number = {day: number for number, day in enumerate(span.days)}
        self.place = {control: number for number, control in enumerate(controls)}
        self.months: list[AccountMonth | None] = [None] * len(span.days)
        self.table = np.zeros((len(span.days), len(controls), PLACES), np.int32)
        self.table[:, :, 0] = -1
        self.rows: dict[date, list[MonthRow]] = {}
        self.judged: dict[date, JudgedFile] = {}
        self.last: list[_LastRow] = []
        self.observations: list[Observation] = []

    def add(self, sighting: Sighting) -> None:
        judged, day = sighting.judged, sighting.day
        if sighting.month_end:
            number = self._number[day]
            self.judged[day] = judged
            self.months[number] = AccountMonth(judged.info, sighting.carried, judged.unread)
            for control, counts in judged.counts.items():
                self.table[number, self.place[control], :OPEN] = counts
            self._rows(judged, day)
        if sighting.observed is not None:
            seen = observation(judged, day, sighting.observed, self._known)
            self.observations.append(seen)

    def _rows(self, judged: JudgedFile, day: date) -> None:
        last = day == self._span.days[-1]
        names = (*_ROWS, *_LAST) if last else _ROWS
        columns = [_values(column) for column in judged.at_hand(names).columns]
        account = self._account
        self.rows[day] = [
            MonthRow(account, control, resource, verdict, not incomplete, superseded)
            for control, resource, verdict, incomplete, superseded in zip(*columns[:5], strict=True)
        ]
        if last:
            told = zip(self.rows[day], *columns[5:], strict=True)
            self.last = [(row[:3], row.verdict, *said) for row, *said in told]


def _values(column: Any) -> list[Any]:
    """The values of a column, each different word read once."""
    whole = column.combine_chunks()
    words = getattr(whole, "dictionary", None)
    if words is None:
        found: list[Any] = whole.to_pylist()
        return found
    read = [plain(word) for word in words.to_pylist()]
    return [read[place] for place in whole.indices.to_pylist()]


State = Mapping[Key, FindingLife]


def _before(span: Timespan, states: Sequence[State], start: date) -> State:
    """The findings as they stood at the last month's end before ``start``; none before any."""
    state: State = {}
    for day, then in zip(span.days, states, strict=True):
        if day < start:
            state = then
    return state


def _quarter(
    span: Timespan, states: Sequence[State], start: date, end: date
) -> tuple[int, int, int] | None:
    if end not in span.days:
        return None
    moves = movement(_before(span, states, start), states[span.days.index(end)], start)
    return len(moves.new), len(moves.closed), len(moves.reopened)


def _courses(
    span: Timespan,
    states: Sequence[State],
    moves: Moves,
    days: Any,
    last: Sequence[_LastRow],
) -> Iterable[Course]:
    number = {day: place for place, day in enumerate(span.days)}
    months: dict[Key, int] = dict.fromkeys(states[-1], 0)
    for place, state in enumerate(states):
        bit = 1 << place
        for key, life in state.items():
            if life.open:
                months[key] |= bit
    moved = {key: word for word in Moved for key in moves.of(word)}
    seen = last_seen((key, verdict, reason, ids) for key, verdict, reason, ids, _, _ in last)
    # Of several rows on the same resource the last one that fails names it.
    titled = {row[0]: row[4:] for row in last if row[1] == "fail"}
    for key, life in states[-1].items():
        said = (*seen.get(key, UNSEEN), *titled.get(key, ("", ""))) if life.open else ()
        yield Course(
            key[1],
            key[2],
            months[key],
            number[life.first_seen],
            len(life.opened),
            -1 if life.open or life.closed is None else number[life.closed],
            life.confirmed,
            moved.get(key),
            *days(key).values(),
            *said,
        )


def _gaps(last: Sequence[_LastRow], controls: Sequence[str]) -> Iterable[Gap]:
    found: dict[str, tuple[set[str], list[int]]] = {}
    for key, verdict, reason, *_ in last:
        if verdict == "not-evaluated":
            seen, count = found.setdefault(reason, (set(), [0]))
            seen.add(key[1])
            count[0] += 1
    for reason, (seen, (results,)) in sorted(found.items()):
        yield Gap(reason, tuple(c for c in controls if c in seen), results)
