"""Findings: the register, the finding pages, and what moved. Ages are whole days."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.model import Grade, Severity, Status
from reportgen.report.words import AgeBand, Disposition, Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectiveAction:
    """How to mend a failure, for each way of working; empty where a way does not lead there.

    Names are filled in; in ``cli`` (a command or remark a line) they are quoted for a POSIX shell.
    """

    console: str
    cli: str
    terraform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One control that fails for one resource in one account.

    ``first_seen``, ``accepted_until``, ``lapsed_on`` and ``due`` are ISO dates, empty for none.
    ``days_in_violation`` and ``days_unknown`` count days of the period; ``confirmed`` is whether
    the last evaluation showed the failure. ``finding`` says in a sentence what is wrong, with the
    ``name`` and ``kind`` of the resource as people say them; ``consequence`` why it matters there,
    ``fix`` how to mend it there. ``evidence`` has the ids of what
    the last evaluation of it rests on. ``severity_change`` is the register's entry by which the
    severity is not the control's own.
    """

    control_id: str
    title: str
    family: str
    severity: Severity
    account_id: str
    account: str
    resource: str
    name: str
    kind: str
    finding: str
    consequence: str
    fix: CorrectiveAction
    reason: str
    movement: Moved
    confirmed: bool
    first_seen: str
    times_opened: int
    age_days: int
    age_band: AgeBand
    days_in_violation: int
    days_unknown: int
    disposition: Disposition
    severity_change: str
    waiver: str
    accepted_until: str
    lapsed_waiver: str
    lapsed_on: str
    owner: str
    due: str
    overdue: bool
    evidence: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells one finding from another: control, account, resource."""
        return self.control_id, self.account_id, self.resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A finding closed with proof on ``closed_by`` (ISO date), ``days_to_fix`` after first seen."""

    control_id: str
    title: str
    severity: Severity
    account_id: str
    account: str
    resource: str
    first_seen: str
    closed_by: str
    days_to_fix: int
    days_in_violation: int
    days_unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What became of the findings within the period, as counts, and every one that was closed."""

    new: int
    repeat: int
    reopened: int
    closed: int
    brief: int
    closed_rows: tuple[Closed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToFix:
    """Days from first seen to closed, of the findings of one severity that were closed."""

    severity: Severity
    closed: int
    median_days: float | None
    longest_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMovement:
    """What became of the findings of one control."""

    new: int
    repeat: int
    reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Where the failures of a control gather: the account with most, and its share in percent."""

    most_in: str
    most_in_count: int
    share_percent: int
    came_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """A step of an action plan; ``due`` and ``done`` are ISO dates, ``done`` empty until then."""

    what: str
    owner: str
    due: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """Management's response to a finding."""

    text: str
    owner: str
    due: str
    overdue: bool
    actions: tuple[PlannedAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvidence:
    """A piece of evidence that a finding's result rests on; ``collected_at`` is a moment.

    One whose envelope is not at hand has an id alone.
    """

    id: str
    account_id: str
    source: str
    operation: str
    collected_at: str
    status: Status | None
    grade: Grade | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReference:
    """Where a rule comes from; ``url`` is https or empty."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """All findings of one control: condition, criteria, cause, consequence, corrective action.

    ``headline`` says in a sentence what is wrong, of the one resource or of all together.
    Where several fail, ``consequence`` and the console's steps are told of all, and the commands of
    ``remediation`` are those of the first row. ``population`` counts the resources tested,
    ``failing`` those in ``rows``; ``first_seen`` and ``age_days`` are those of the oldest;
    ``lapsed`` has the ids of waivers.
    """

    number: str
    control_id: str
    title: str
    headline: str
    severity: Severity
    statement: str
    why: str
    cause: str
    consequence: str
    test: str
    limits: str
    criteria: tuple[str, ...]
    remediation: CorrectiveAction
    references: tuple[RuleReference, ...]
    population: int
    failing: int
    open: int
    accepted: int
    accounts: int
    movement: PageMovement
    unconfirmed: int
    first_seen: str
    age_days: int
    overdue: int
    lapsed: tuple[str, ...]
    pattern: Pattern
    responses: tuple[PageResponse, ...]
    evidence: tuple[PageEvidence, ...]
    rows: tuple[FindingRow, ...]
