"""The annexes of a summary: register, access review, limits and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from reportgen.audit.register import Attestation, Register
from reportgen.audit.register import Response as RegisterResponse
from reportgen.catalogue import Catalogue
from reportgen.model import Verdict
from reportgen.report.audit import (
    AttachmentRow,
    AttestationRow,
    CarriedForward,
    ControlTotal,
    Event,
    EvidenceLine,
    Joined,
    NotEvaluated,
    ResponseAction,
    ResponseRow,
    Unread,
    WaiverRow,
)
from reportgen.report.findings import FindingRow
from reportgen.report.words import AttestationState, DueState, WaiverState
from reportgen.summarise.account import AccountHistory, AccountMonth, Gap
from reportgen.summarise.frames import NEVER, MonthEnd
from reportgen.summarise.periods import Period


def iso(day: date | None) -> str:
    """A day as text; empty for none."""
    return day.isoformat() if day else ""


def unread(accounts: Iterable[AccountMonth]) -> tuple[str, ...]:
    """Sources that could not be read, as "account: source (status)"."""
    return tuple(
        sorted(
            f"{account.info.name}: {source} ({status})"
            for account in accounts
            for source, status in account.unread
        )
    )


def waivers(register: Register, day: date, rows: Iterable[FindingRow]) -> tuple[WaiverRow, ...]:
    """Waivers granted by ``day``, in force or lapsed, with the open findings that each covers."""
    covered: Counter[str] = Counter()
    for row in rows:
        # A finding has at most one of them: in force, or lapsed.
        covered[row.waiver or row.lapsed_waiver] += 1
    return tuple(
        WaiverRow(
            id=waiver.id,
            control_id=waiver.control,
            state=WaiverState.IN_FORCE if waiver.expires >= day else WaiverState.LAPSED,
            findings=covered[waiver.id],
            reason=waiver.reason,
            compensating_control=waiver.compensating_control,
            owner=waiver.owner,
            approved_by=waiver.approved_by,
            granted=waiver.granted.isoformat(),
            expires=waiver.expires.isoformat(),
        )
        for waiver in sorted(register.waivers, key=lambda w: (w.expires, w.id))
        if waiver.granted <= day
    )


def attestations(register: Register, day: date) -> tuple[AttestationRow, ...]:
    """Attestations signed by ``day``: current, expired, or replaced by a later one.

    A later one replaces what it repeats: the same control for the same accounts, or for all.
    """
    signed = [a for a in register.attestations if a.signed <= day]

    def state(entry: Attestation) -> AttestationState:
        for other in signed:
            later = (other.signed, other.expires, other.id) > (
                entry.signed,
                entry.expires,
                entry.id,
            )
            same = other.accounts == ["*"] or set(entry.accounts) <= set(other.accounts)
            if later and other.control == entry.control and same:
                return AttestationState.REPLACED
        return AttestationState.CURRENT if entry.expires >= day else AttestationState.EXPIRED

    return tuple(
        AttestationRow(
            id=a.id,
            control_id=a.control,
            accounts=tuple(a.accounts),
            statement=a.statement,
            by=a.by,
            signed=a.signed.isoformat(),
            expires=a.expires.isoformat(),
            state=state(a),
            grade=a.grade,
            attachments=tuple(AttachmentRow(name=x.name, sha256=x.sha256) for x in a.attachments),
        )
        for a in sorted(signed, key=lambda a: (a.control, a.id))
    )


def responses(register: Register, day: date, rows: Sequence[FindingRow]) -> tuple[ResponseRow, ...]:
    """Management's responses with their action plans, the first due first.

    ``findings`` counts the open findings that a response speaks of; ``state`` is "done" where none
    is left, else "overdue" or "on time".
    """
    answered = [register.response(row.control_id, row.account_id, row.resource) for row in rows]
    return tuple(
        _response(response, sum(answer is response for answer in answered), day)
        for response in sorted(register.responses, key=lambda r: (r.due, r.control))
    )


def _response(response: RegisterResponse, findings: int, day: date) -> ResponseRow:
    return ResponseRow(
        control_id=response.control,
        response=response.response,
        owner=response.owner,
        due=response.due.isoformat(),
        findings=findings,
        state=_due_state(response.due, not findings, day),
        days_left=(response.due - day).days,
        actions=tuple(
            ResponseAction(
                what=a.what,
                owner=a.owner or response.owner,
                due=a.due.isoformat(),
                done=iso(a.done),
                state=_due_state(a.due, a.done is not None and a.done <= day, day),
            )
            for a in response.actions
        ),
    )


def _due_state(due: date, done: bool, day: date) -> DueState:
    if done:
        return DueState.DONE
    return DueState.OVERDUE if due < day else DueState.ON_TIME


def not_evaluated(
    histories: Iterable[AccountHistory],
    absent: Iterable[str],
    catalogue: Catalogue,
    names: Mapping[str, str],
) -> tuple[NotEvaluated, ...]:
    """What was not looked at, and why: not-evaluated results by account and reason.

    Of accounts in ``absent`` nothing was ever collected.
    """
    every = Gap(NEVER, tuple(catalogue.controls), len(catalogue.controls))
    found = [(h.account_id, gap) for h in histories for gap in h.gaps]
    found += [(account, every) for account in absent]
    rows = [
        NotEvaluated(
            account=names.get(account, account),
            account_id=account,
            reason=gap.reason,
            controls=tuple(c for c in catalogue.controls if c in gap.controls),
            resources=gap.results,
        )
        for account, gap in found
    ]
    return tuple(sorted(rows, key=lambda row: (-len(row.controls), row.account_id, row.reason)))


def events(
    months: Sequence[MonthEnd], names: Mapping[str, str], period: Period
) -> tuple[Event, ...]:
    """Accounts that joined or were not scanned, and reads that failed, within the period."""
    rows: list[Event] = []
    seen: set[str] = set()
    for index, month in enumerate(months):
        here = {a.info.account_id for a in month.accounts}
        if month.day >= period.start:
            # At the first month end on record every account would be new.
            rows += _events(month, sorted(here - seen) if index else [], names)
        seen |= here
    return tuple(rows)


def _events(month: MonthEnd, joined: Iterable[str], names: Mapping[str, str]) -> list[Event]:
    day = month.day.isoformat()
    return [
        *(Joined(day=day, account=names[account]) for account in joined),
        *(
            CarriedForward(day=day, account=names[account], since=since.isoformat())
            for account, since in sorted(month.carried.items())
        ),
        *(Unread(day=day, what=what) for what in unread(month.accounts)),
    ]


def evidence(
    histories: Iterable[AccountHistory], names: Mapping[str, str]
) -> tuple[EvidenceLine, ...]:
    """The evidence manifest: every envelope that the position rests on."""
    return tuple(
        EvidenceLine(
            id=e.id,
            account=names[e.account_id],
            account_id=e.account_id,
            source=e.source,
            operation=e.operation,
            status=e.status,
            detail=e.detail,
            origin=e.origin,
            grade=e.grade,
            caller_arn=e.caller_arn,
            collected_at=e.collected_at,
            generated_time=e.generated_time,
            aws_date=e.requests[-1].date if e.requests else "",
            bytes=e.bytes,
            sha256=e.sha256,
        )
        for history in histories
        for e in sorted(history.envelopes, key=lambda e: e.source)
    )


def control_totals(
    histories: Iterable[AccountHistory], names: Mapping[str, str]
) -> tuple[ControlTotal, ...]:
    """Completeness: users by each of the three sources that count them (MON-05)."""
    return tuple(
        ControlTotal(
            account=names[history.account_id],
            account_id=history.account_id,
            verdict=Verdict(history.total[0]),
            reason=history.total[1],
        )
        for history in histories
        if history.total is not None
    )
