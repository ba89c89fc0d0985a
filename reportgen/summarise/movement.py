"""What became of each finding, month by month.

A finding is a control failing for a resource in an account. Walking through the month ends:

- failed: open;
- passed, not applicable, or the resource gone while the control was evaluated: closed, and that
  evaluation is the proof;
- not evaluated: as it was. Losing sight of a finding does not close it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from reportgen.report.words import Moved

Key = tuple[str, str, str]


@dataclass
class FindingLife:
    """One finding's life so far: the opening dates of its runs, and its last closing."""

    opened: list[date]
    closed: date | None = None
    open: bool = True
    confirmed: bool = True

    @property
    def first_seen(self) -> date:
        """Start of the run that is open, or of the last one."""
        return self.opened[-1]


def follow(frames: list[tuple[date, pd.DataFrame]]) -> list[dict[Key, FindingLife]]:
    """Walk through month ends, earliest first; returns the state of every finding after each.

    Each frame has the columns account_id, control_id, resource, verdict and whole (False for a
    row that stands for a list that may not be complete).
    """
    states: list[dict[Key, FindingLife]] = []
    known: dict[Key, FindingLife] = {}
    for day, frame in frames:
        known = {
            key: FindingLife(list(h.opened), h.closed, h.open, h.confirmed)
            for key, h in known.items()
        }
        verdicts: dict[Key, str] = {}
        evaluated: dict[tuple[str, str], bool] = {}
        columns = ["account_id", "control_id", "resource", "verdict", "whole"]
        for account, control, resource, verdict, whole in frame[columns].itertuples(index=False):
            verdicts[(account, control, resource)] = verdict
            pair = (account, control)
            evaluated[pair] = evaluated.get(pair, True) and bool(whole)
        for key, verdict in verdicts.items():
            if verdict == "fail":
                _open(known, key, day)
        for key, history in known.items():
            if history.open and verdicts.get(key) != "fail":
                _settle(history, verdicts.get(key), evaluated.get(key[:2], False), day)
        states.append(known)
    return states


def _open(known: dict[Key, FindingLife], key: Key, day: date) -> None:
    history = known.get(key)
    if history is None:
        known[key] = FindingLife([day])
    elif not history.open:
        history.opened.append(day)
        history.open = True
    known[key].confirmed = True


def _settle(history: FindingLife, verdict: str | None, evaluated: bool, day: date) -> None:
    gone = verdict is None and evaluated
    if verdict in ("pass", "not-applicable") or gone:
        history.open = False
        history.closed = day
    else:
        history.confirmed = False


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
