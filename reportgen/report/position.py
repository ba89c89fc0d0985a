"""The position at the period's end: scores, accounts, families and controls.

Scores, coverage and shares are percent, 0 to 100 with one decimal; None where nothing applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.model import Severity
from reportgen.report.counts import VerdictCounts
from reportgen.report.words import AgeBand, PeriodKind, Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the report is about, and what it was made from.

    ``start``, ``end`` and ``previous_end`` are ISO dates, the first and last included; ``days`` is
    how many days the period has. ``first_collected`` and ``last_collected`` are moments (UTC, with
    ``Z``); None where nothing was collected. ``fingerprint`` is the SHA-256 over the catalogue's
    digest and every piece of evidence. ``store_first`` and ``store_root`` are the roots (SHA-256)
    of the first and the newest seal of the evidence store, ``store_sequence`` the newest's number.
    """

    id: str
    kind: PeriodKind
    label: str
    financial: str
    start: str
    end: str
    previous_end: str
    part_period: bool
    days: int
    timezone: str
    organisation: str
    marking: str
    version: str
    prepared_by: str
    prepared_for: str
    recipients: tuple[str, ...]
    assertion_by: str
    assertion_title: str
    tool: str
    catalogue_version: str
    catalogue_sha256: str
    controls_total: int
    controls_scored: int
    maximum_age_days: int
    first_collected: str | None
    last_collected: str | None
    fingerprint: str
    store_first: str = ""
    store_root: str = ""
    store_sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureChange:
    """A measure now and at the last period's end, in percent; ``change`` in points."""

    now: float | None
    previous: float | None
    change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BySeverity:
    """Counts of findings."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0

    def of(self, severity: Severity) -> int:
        """The count of one severity."""
        return int(getattr(self, severity.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing(BySeverity):
    """Open findings of one age band, by severity and in total."""

    band: AgeBand
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCounts:
    """How many findings are open, accepted, overdue, or not confirmed by the last evaluation."""

    open: int
    open_previous: int | None
    open_by_severity: BySeverity
    open_by_severity_previous: BySeverity | None
    accepted: int
    accepted_by_severity: BySeverity
    overdue: int
    unconfirmed: int
    ageing: tuple[Ageing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPosition:
    """One account at the period's end.

    ``collected_at`` is a moment, ``carried_from`` the ISO date of the evidence that stands for an
    account not collected (empty for none); ``unread`` what could not be read, as "account: source
    (status)".
    """

    account_id: str
    name: str
    environment: str
    owner: str
    score: float | None
    score_previous: float | None
    coverage: float | None
    open: int
    open_by_severity: BySeverity
    collected_at: str | None
    carried_from: str
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What an owner of accounts has to do; ``oldest_days`` is the oldest open finding's age."""

    owner: str
    accounts: int
    open: int
    open_by_severity: BySeverity
    overdue: int
    oldest_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCell:
    """The score of a control family in one account."""

    account_id: str
    account: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A row of the heat map: a control family overall and in each account."""

    family: str
    score: float | None
    coverage: float | None
    accounts: tuple[FamilyCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult(VerdictCounts):
    """How many resources one control judged, by verdict."""

    control_id: str
    title: str
    family: str
    severity: Severity
    cadence: str
    observability: str
    scored: bool
    score: float | None
    not_applicable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendMonth:
    """The position at one month's end.

    ``carried`` names the accounts not collected, ``unread`` what could not be read.
    """

    day: str
    label: str
    score: float | None
    coverage: float | None
    rating: Rating
    open: int
    open_by_severity: BySeverity
    accounts: int
    carried: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeForLike:
    """The score of the accounts there both then and now; ``joined`` and ``left`` are ids."""

    accounts: int
    joined: tuple[str, ...]
    left: tuple[str, ...]
    previous: float | None
    now: float | None
    change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter of a year as it stood at its end; None for all figures without a ``position``.

    ``start`` and ``end`` are ISO dates. ``families`` has the score of each control family.
    """

    label: str
    start: str
    end: str
    position: bool
    score: float | None = None
    coverage: float | None = None
    rating: Rating | None = None
    open: int | None = None
    open_by_severity: BySeverity | None = None
    accounts: int | None = None
    new: int | None = None
    closed: int | None = None
    reopened: int | None = None
    families: Mapping[str, float | None] | None = None
