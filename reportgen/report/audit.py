"""What an auditor asks for: days in violation, register, applicability, limits and evidence.

Dates are ISO dates, empty for none; moments are UTC with ``Z``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from reportgen.model import Grade, Severity, Status, Verdict
from reportgen.report.counts import VerdictCounts
from reportgen.report.words import (
    AttestationState,
    Disposition,
    DueState,
    EventKind,
    HeldState,
    ProposalKind,
    ReminderKind,
    State,
    WaiverState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldControl:
    """How long one control held: days of the period, resources in violation, the longest one."""

    control_id: str
    title: str
    severity: Severity
    held: HeldState
    days_in_violation: int
    days_unknown: int
    findings: int
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many controls held over the period, and how often accounts were evaluated in it."""

    period_days: int
    evaluations: int
    held: int
    held_when_seen: int
    broken: int
    not_shown: int
    controls: tuple[HeldControl, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicability:
    """Whether a control applies, its state, and the requirements that it supports."""

    control_id: str
    title: str
    applies: bool
    state: State
    held: HeldState
    supports: tuple[str, ...]
    tested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetException:
    """A resource for which the control of a sheet fails."""

    account: str
    account_id: str
    resource: str
    disposition: Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSheet(VerdictCounts):
    """A tested control: statement, test, result, days in violation, exceptions and sources."""

    control_id: str
    title: str
    statement: str
    test: str
    limits: str
    sources: tuple[str, ...]
    state: State
    not_applicable: int
    held: HeldState
    days_in_violation: int
    days_unknown: int
    findings: int
    exceptions: tuple[SheetException, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """A waiver, and how many failing rows it covers or covered."""

    id: str
    control_id: str
    state: WaiverState
    findings: int
    reason: str
    compensating_control: str
    owner: str
    approved_by: str
    granted: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRow:
    """A change of severity in force or lapsed, with the failing rows that it speaks of."""

    id: str
    control_id: str
    state: WaiverState
    findings: int
    severity: Severity
    own: Severity
    reason: str
    requested_by: str
    approved_by: str
    granted: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What ends ``days_left`` days after the period's end: ``entry`` is its id on the register."""

    kind: ReminderKind
    entry: str
    control_id: str
    what: str
    owner: str
    due: str
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterNote:
    """An entry of the register that is not applied, or covers nothing: file and line, and why."""

    where: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    """What is attached to a statement: its name, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRow:
    """A signed statement; ``accounts`` are ids, ``grade`` is that of the best attachment."""

    id: str
    control_id: str
    accounts: tuple[str, ...]
    statement: str
    by: str
    signed: str
    expires: str
    state: AttestationState
    grade: Grade
    attachments: tuple[AttachmentRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAction:
    """A step of a response's action plan."""

    what: str
    owner: str
    due: str
    done: str
    state: DueState


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow:
    """Management's response; ``days_left`` to its date, negative once it has passed."""

    control_id: str
    response: str
    owner: str
    due: str
    findings: int
    state: DueState
    days_left: int
    actions: tuple[ResponseAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that would make policies smaller; ``document`` is the policy to put in place."""

    account: str
    account_id: str
    kind: ProposalKind
    resource: str
    what: str
    proposal: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """Results of one account that share a reason why nothing could be said."""

    account: str
    account_id: str
    reason: str
    controls: tuple[str, ...]
    resources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """An account was collected for the first time by the month's end ``day``."""

    day: str
    account: str
    kind: Literal[EventKind.JOINED] = EventKind.JOINED


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedForward:
    """An account was not collected in the month; its position of ``since`` stands."""

    day: str
    account: str
    since: str
    kind: Literal[EventKind.CARRIED] = EventKind.CARRIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A source could not be read: ``what`` is "account: source (status)"."""

    day: str
    what: str
    kind: Literal[EventKind.UNREAD] = EventKind.UNREAD


Event = Joined | CarriedForward | Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """A line of the evidence manifest; ``generated_time`` and ``aws_date`` are AWS's own."""

    id: str
    account: str
    account_id: str
    source: str
    operation: str
    status: Status
    detail: str
    origin: str
    grade: Grade
    caller_arn: str
    collected_at: str
    generated_time: str
    aws_date: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """Whether the sources that count users agree in an account, and what they count."""

    account: str
    account_id: str
    verdict: Verdict
    reason: Annotated[str, Field(alias="said")]
