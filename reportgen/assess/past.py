"""What the store and the register show of the past of an account: collections and reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from reportgen.audit.register import Attestation


@dataclass(frozen=True)
class Past:
    """Days in the organisation's time zone, up to ``today``, the day that is judged.

    ``collected`` are the days on which the account was collected, each once, earliest first;
    ``signed`` has the statements of each control that speak of the account, by their date.
    """

    today: date
    collected: tuple[date, ...] = ()
    signed: Mapping[str, tuple[Attestation, ...]] = field(default_factory=dict)


def days_of(moments: Iterable[datetime], until: datetime, zone: tzinfo) -> tuple[date, ...]:
    """The days of moments up to ``until``, each once, earliest first."""
    return tuple(sorted({m.astimezone(zone).date() for m in moments if m <= until}))
