"""What became of each finding, month by month.

A finding is a control failing for a resource in an account. Walking through the month ends:

- failed: open;
- passed, not applicable, or the resource gone while the control was evaluated: closed, and that
  evaluation is the proof;
- not evaluated: as it was. Losing sight of a finding does not close it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from reportgen.report.words import Moved

Key = tuple[str, str, str]


class MonthRow(NamedTuple):
    """A result at a month's end.

    ``whole`` is False for a row that stands for a list that may not be complete; ``superseded``
    where another row after it speaks of the same.
    """

    account_id: str
    control_id: str
    resource: str
    verdict: str
    whole: bool = True
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class FindingLife:
    """One finding's life so far: the opening dates of its runs, and its last closing."""

    opened: Sequence[date]
    closed: date | None = None
    open: bool = True
    confirmed: bool = True

    @property
    def first_seen(self) -> date:
        """Start of the run that is open, or of the last one."""
        return self.opened[-1]


def follow(months: Iterable[tuple[date, Sequence[MonthRow]]]) -> list[dict[Key, FindingLife]]:
    """Walk through month ends, earliest first; returns the state of every finding after each.

    Of a control's rows that pass it needs but one, to show that it was evaluated, unless the list
    was not whole. States share the histories that did not change.
    """
    states: list[dict[Key, FindingLife]] = []
    known: dict[Key, FindingLife] = {}
    for day, rows in months:
        known = dict(known)
        verdicts = {row[:3]: row.verdict for row in rows if not row.superseded}
        evaluated = {row[:2] for row in rows} - {row[:2] for row in rows if not row.whole}
        for key, verdict in verdicts.items():
            if verdict == "fail":
                known[key] = _open(known.get(key), day)
        for key, history in known.items():
            if history.open and verdicts.get(key) != "fail":
                known[key] = _settle(history, verdicts.get(key), key[:2] in evaluated, day)
        states.append(known)
    return states


def _open(history: FindingLife | None, day: date) -> FindingLife:
    if history is None:
        return FindingLife((day,))
    if not history.open:
        return replace(history, opened=(*history.opened, day), open=True, confirmed=True)
    return history if history.confirmed else replace(history, confirmed=True)


def _settle(history: FindingLife, verdict: str | None, evaluated: bool, day: date) -> FindingLife:
    gone = verdict is None and evaluated
    if verdict in ("pass", "not-applicable") or gone:
        return replace(history, open=False, closed=day)
    return replace(history, confirmed=False) if history.confirmed else history


@dataclass(frozen=True)
class Moves:
    """The findings of a period by what became of them, each list sorted by key."""

    new: list[Key] = field(default_factory=list)
    repeat: list[Key] = field(default_factory=list)
    reopened: list[Key] = field(default_factory=list)
    closed: list[Key] = field(default_factory=list)
    brief: list[Key] = field(default_factory=list)

    def of(self, moved: Moved) -> list[Key]:
        """The findings of one word."""
        keys: list[Key] = getattr(self, moved.value)
        return keys

    def open(self) -> dict[Key, Moved]:
        """What became of each finding that is open."""
        words = (Moved.NEW, Moved.REPEAT, Moved.REOPENED)
        return {key: word for word in words for key in self.of(word)}


def movement(
    before: Mapping[Key, FindingLife], after: Mapping[Key, FindingLife], start: date
) -> Moves:
    """Compare two states: new, repeat, reopened, closed, brief (opened and closed in between).

    ``start`` is the first day of the period.
    """
    moves = Moves()
    for key, history in sorted(after.items()):
        word = _moved(before.get(key), history, start)
        if word is not None:
            moves.of(word).append(key)
    return moves


def _moved(was: FindingLife | None, history: FindingLife, start: date) -> Moved | None:
    was_open = was is not None and was.open
    opened_within = history.opened[-1] >= start
    if history.open and was_open:
        # Closed and opened again within the period is not a mere repeat.
        return Moved.REOPENED if opened_within else Moved.REPEAT
    if history.open:
        return Moved.REOPENED if len(history.opened) > 1 else Moved.NEW
    if was_open:
        return Moved.CLOSED
    return Moved.BRIEF if opened_within else None
