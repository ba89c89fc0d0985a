"""Tries each source once and says what a gap would cost; nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reportgen.evidence.store import Item
from reportgen.model import Status
from reportgen.sources.source import Source

# "... is not authorized to perform: iam:ListRoles on resource: ..."
_ACTION = re.compile(r"not authorized to perform:?\s+([\w-]+:\w+)")


@dataclass(frozen=True)
class Examined:
    """One source as the caller can read it.

    ``lacking`` are the IAM actions that AWS refused, or all that the source needs where it did not
    say which. ``controls`` rest on the source; ``share`` is their part of the score's weight, in
    percent, that is lost while it cannot be read.
    """

    key: str
    status: Status
    detail: str
    lacking: tuple[str, ...]
    controls: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Weighed:
    """A control as far as a gap concerns it: its sources, and its weight in the score (0: none)."""

    id: str
    sources: frozenset[str]
    weight: int


def examine(
    items: Iterable[Item], sources: Mapping[str, Source], controls: Sequence[Weighed]
) -> list[Examined]:
    """What each item's read came to, in the order of the items."""
    whole = sum(control.weight for control in controls)
    return [_examined(item, sources, controls, whole) for item in items]


def _examined(
    item: Item, sources: Mapping[str, Source], controls: Sequence[Weighed], whole: int
) -> Examined:
    envelope = item.envelope
    lost = [c for c in controls if envelope.source in c.sources]
    answered = envelope.status in (Status.COLLECTED, Status.NOT_ENABLED)
    weight = 0 if answered else sum(control.weight for control in lost)
    return Examined(
        envelope.key,
        envelope.status,
        envelope.detail,
        _lacking(envelope.detail, sources[envelope.source])
        if envelope.status is Status.DENIED
        else (),
        () if answered else tuple(control.id for control in lost),
        round(100 * weight / whole, 1) if whole else 0.0,
    )


def _lacking(detail: str, source: Source) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(_ACTION.findall(detail)))
    return named or source.needs
