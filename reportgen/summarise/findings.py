"""Findings: what fails, since when, accepted or not, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pandas as pd

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue, Control, wording
from reportgen.catalogue.wording import NamedResource, kind_of
from reportgen.model import Severity
from reportgen.report.findings import Closed, CorrectiveAction, FindingRow, Movement
from reportgen.report.position import BySeverity
from reportgen.report.words import AgeBand, Disposition, Moved
from reportgen.summarise.frames import MonthEnd, columns
from reportgen.summarise.held import Days
from reportgen.summarise.movement import FindingLife, Key, Moves

# The last day of each band of ages, in days.
AGES = ((30, AgeBand.TO_30), (90, AgeBand.TO_90), (180, AgeBand.TO_180))


@dataclass(frozen=True)
class FindingContext:
    """What is needed to describe a finding; ``frameworks`` are ids of those that are shown."""

    day: date
    catalogue: Catalogue
    register: Register
    names: Mapping[str, str]
    carried: Mapping[str, date]
    days: Days
    frameworks: Sequence[str] = ()
    titles: Mapping[Key, Titled] = field(default_factory=dict)

    def subject(self, key: Key) -> NamedResource:
        """The resource of a finding, as people call it.

        What the last evaluation did not name has the name that its ARN gives.
        """
        account, _, resource = key
        titled = self.titles.get(key, Titled("", ""))
        here = self.names.get(account, account)
        kind = kind_of(titled.resource_type, resource)
        tail = resource.rpartition("/")[2]
        if resource.endswith(":root"):
            name = here
        else:
            # A member account is known by its name, whatever account it is judged in.
            name = titled.name or (self.names.get(tail, tail) if kind == "account" else tail)
        return NamedResource(name, kind, here, account, resource)


@dataclass(frozen=True, slots=True)
class Titled:
    """What the last evaluation says of a failing resource: its name, empty for none, and type."""

    name: str
    resource_type: str


def titles_of(last: MonthEnd) -> dict[Key, Titled]:
    """Names and types of what fails at a month end."""
    failing = last.rows[last.rows["verdict"] == "fail"]
    return {
        (account, control, resource): Titled(name, kind)
        for account, control, resource, name, kind in columns(
            failing, "account_id", "control_id", "resource", "name", "resource_type"
        )
    }


class LastSeen(NamedTuple):
    """What the last evaluation says of a resource; ``evidence`` is ids, apart by blanks."""

    reason: str
    evidence: str


_UNSEEN = LastSeen("Could not be evaluated since; last known as failing.", "")


def last_seen(frame: pd.DataFrame) -> dict[Key, LastSeen]:
    """Every resource with what was seen of it where it fails, and what its last row rests on."""
    found: dict[Key, LastSeen] = {}
    names = ("account_id", "control_id", "resource", "verdict", "reason", "evidence")
    for account, control, resource, verdict, reason, evidence in columns(frame, *names):
        key = account, control, resource
        before = found.get(key, _UNSEEN).reason
        found[key] = LastSeen(reason if verdict == "fail" else before, evidence)
    return found


def age_band(days: int) -> AgeBand:
    """The band of an age in days."""
    return next((band for limit, band in AGES if days <= limit), AgeBand.OVER_180)


def open_findings(
    frame: pd.DataFrame, states: Mapping[Key, FindingLife], moves: Moves, context: FindingContext
) -> tuple[FindingRow, ...]:
    """Every open finding, worst and oldest first.

    ``frame`` is the period's last results frame; a finding that could not be evaluated there is
    kept from before and marked unconfirmed.
    """
    seen = last_seen(frame)
    moved = moves.open()
    rows = [
        _finding(key, history, moved.get(key, Moved.REPEAT), seen.get(key, _UNSEEN), context)
        for key, history in states.items()
        if history.open
    ]
    return tuple(sorted(rows, key=_worst_first))


def _worst_first(row: FindingRow) -> tuple[int, str, int, str, str]:
    return row.severity.rank, row.control_id, -row.age_days, row.account_id, row.resource


def _finding(
    key: Key,
    history: FindingLife,
    moved: Moved,
    seen: LastSeen,
    context: FindingContext,
) -> FindingRow:
    account, control_id, resource = key
    control = context.catalogue.controls[control_id]
    register = context.register
    subject = context.subject(key)
    changed = register.change(control_id, account, resource, context.day)
    waiver = register.waiver(control_id, account, resource, context.day)
    lapsed = None if waiver else register.lapsed(control_id, account, resource, context.day)
    response = register.response(control_id, account, resource)
    age = (context.day - history.first_seen).days
    return FindingRow(
        control_id=control_id,
        title=control.title,
        family=control.family,
        severity=changed.severity if changed else control.severity,
        account_id=account,
        account=context.names.get(account, account),
        resource=resource,
        name=subject.name,
        kind=subject.kind,
        finding=wording.prose(control.finding.one, subject, control.parameters),
        consequence=wording.prose(control.finding.consequence, subject, control.parameters),
        fix=fix_of(control, subject),
        reason=seen.reason,
        movement=moved,
        confirmed=history.confirmed and account not in context.carried,
        first_seen=history.first_seen.isoformat(),
        times_opened=len(history.opened),
        age_days=age,
        age_band=age_band(age),
        **context.days.of(key),
        disposition=Disposition.ACCEPTED if waiver else Disposition.OPEN,
        severity_change=changed.id if changed else "",
        waiver=waiver.id if waiver else "",
        accepted_until=waiver.expires.isoformat() if waiver else "",
        lapsed_waiver=lapsed.id if lapsed else "",
        lapsed_on=lapsed.expires.isoformat() if lapsed else "",
        owner=response.owner if response else "",
        due=response.due.isoformat() if response else "",
        overdue=bool(response and response.due < context.day and not waiver),
        evidence=tuple(seen.evidence.split()),
    )


def fix_of(control: Control, subject: NamedResource) -> CorrectiveAction:
    mended, parameters = control.remediation, control.parameters
    return CorrectiveAction(
        console=wording.prose(mended.console, subject, parameters),
        cli=wording.command(mended.cli_for(subject.kind), subject, parameters),
        terraform=wording.terraform(mended.terraform, subject, parameters),
    )


def severity_counts(severities: Iterable[Severity]) -> dict[str, int]:
    """How often each severity occurs, every severity named."""
    counts = Counter(severities)
    return {severity.value: counts[severity] for severity in Severity}


def by_severity(findings: Iterable[FindingRow]) -> BySeverity:
    """Counts of findings by severity."""
    return BySeverity(**severity_counts(finding.severity for finding in findings))


def moved_findings(
    moves: Moves, states: Mapping[Key, FindingLife], context: FindingContext
) -> Movement:
    """What moved within the period, with every finding closed in it, worst first."""
    rows = [_closed(key, states[key], context) for key in moves.closed + moves.brief]
    rows.sort(key=lambda row: (row.severity.rank, row.control_id, row.resource))
    return Movement(
        new=len(moves.new),
        repeat=len(moves.repeat),
        reopened=len(moves.reopened),
        closed=len(moves.closed),
        brief=len(moves.brief),
        closed_rows=tuple(rows),
    )


def _closed(key: Key, history: FindingLife, context: FindingContext) -> Closed:
    account, control_id, resource = key
    control = context.catalogue.controls[control_id]
    return Closed(
        control_id=control_id,
        title=control.title,
        severity=context.register.severity(
            control_id, account, resource, context.day, control.severity
        ),
        account_id=account,
        account=context.names.get(account, account),
        resource=resource,
        first_seen=history.first_seen.isoformat(),
        closed_by=history.closed.isoformat() if history.closed else "",
        days_to_fix=((history.closed or context.day) - history.first_seen).days,
        **context.days.of(key),
    )
