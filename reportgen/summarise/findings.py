"""Findings: what fails, since when, accepted or not, and what to do about it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue, Control, wording
from reportgen.catalogue.wording import NamedResource, kind_of
from reportgen.model import Severity
from reportgen.report.findings import Closed, CorrectiveAction, FindingRow, Movement
from reportgen.report.position import BySeverity
from reportgen.report.words import AgeBand, Disposition, Moved
from reportgen.summarise.movement import Key

if TYPE_CHECKING:
    from reportgen.summarise.account import AccountHistory, Course

# The last day of each band of ages, in days.
AGES = ((30, AgeBand.TO_30), (90, AgeBand.TO_90), (180, AgeBand.TO_180))


@dataclass(frozen=True)
class FindingContext:
    """What is needed to describe a finding; ``frameworks`` are ids of those that are shown.

    ``days`` are the month ends up to the period's end, ``carried`` the accounts carried forward.
    """

    days: Sequence[date]
    catalogue: Catalogue
    register: Register
    names: Mapping[str, str]
    carried: Mapping[str, date]
    frameworks: Sequence[str] = ()

    @property
    def day(self) -> date:
        """The period's end."""
        return self.days[-1]

    def subject(
        self, account: str, resource: str, name: str = "", resource_type: str = ""
    ) -> NamedResource:
        """The resource of a finding, as people call it.

        ``name`` and ``resource_type`` are those that the last evaluation gave it, empty for none:
        then its ARN names it.
        """
        here = self.names.get(account, account)
        kind = kind_of(resource_type, resource)
        tail = resource.rpartition("/")[2]
        if resource.endswith(":root"):
            name = here
        elif not name:
            # A member account is known by its name, whatever account it is judged in.
            name = self.names.get(tail, tail) if kind == "account" else tail
        return NamedResource(name, kind, here, account, resource)


class LastSeen(NamedTuple):
    """What the last evaluation says of a resource; ``evidence`` is ids, apart by blanks."""

    reason: str
    evidence: str


UNSEEN = LastSeen("Could not be evaluated since; last known as failing.", "")


def last_seen(rows: Iterable[tuple[Key, str, str, str]]) -> dict[Key, LastSeen]:
    """Every resource with what was seen of it where it fails, and what its last row rests on.

    A row has a key, verdict, reason and the ids of its evidence, apart by blanks.
    """
    found: dict[Key, LastSeen] = {}
    for key, verdict, reason, evidence in rows:
        before = found.get(key, UNSEEN).reason
        found[key] = LastSeen(reason if verdict == "fail" else before, evidence)
    return found


def age_band(days: int) -> AgeBand:
    """The band of an age in days."""
    return next((band for limit, band in AGES if days <= limit), AgeBand.OVER_180)


def open_findings(
    histories: Iterable[AccountHistory], context: FindingContext
) -> tuple[FindingRow, ...]:
    """Every open finding, worst and oldest first.

    One that could not be evaluated at the period's end is kept from before and marked unconfirmed.
    """
    rows = [
        _finding(account, course, context) for account, course in _each(histories) if course.open
    ]
    rows.sort(key=_worst_first)
    return tuple(rows)


def _worst_first(row: FindingRow) -> tuple[int, str, int, str, str]:
    return row.severity.rank, row.control_id, -row.age_days, row.account_id, row.resource


class ToldFinding(FindingRow):
    """A finding that is told when it is asked for: a thousand accounts have half a million.

    ``finding``, ``consequence`` and ``fix`` follow from the control and the resource, and are most
    of a finding's text.
    """

    __slots__ = ("_control",)
    _control: Control

    @property
    def subject(self) -> NamedResource:
        """The resource, as the finding's sentences name it."""
        return NamedResource(self.name, self.kind, self.account, self.account_id, self.resource)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FindingRow):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _FIELDS)

    __hash__ = FindingRow.__hash__


_FIELDS = tuple(field.name for field in fields(FindingRow))


def _told(name: str, tell: Callable[[Control, NamedResource], object]) -> property:
    """A field that is told unless it was given, as in a copy with changes."""
    given: Any = getattr(FindingRow, name)

    def get(self: ToldFinding) -> object:
        try:
            return given.__get__(self)
        except AttributeError:
            return tell(self._control, self.subject)

    return property(get, given.__set__)


def _sentence(control: Control, subject: NamedResource) -> str:
    return wording.prose(control.finding.one, subject, control.parameters)


def _consequence(control: Control, subject: NamedResource) -> str:
    return wording.prose(control.finding.consequence, subject, control.parameters)


def fix_of(control: Control, subject: NamedResource) -> CorrectiveAction:
    """How to mend a failure of a control for a resource."""
    mended, parameters = control.remediation, control.parameters
    return CorrectiveAction(
        console=wording.prose(mended.console, subject, parameters),
        cli=wording.command(mended.cli_for(subject.kind), subject, parameters),
        terraform=wording.terraform(mended.terraform, subject, parameters),
    )


_TOLD = {"finding": _sentence, "consequence": _consequence, "fix": fix_of}
for _name, _tell in _TOLD.items():
    setattr(ToldFinding, _name, _told(_name, _tell))


def _finding(account: str, course: Course, context: FindingContext) -> FindingRow:
    control_id, resource = course.control_id, course.resource
    control = context.catalogue.controls[control_id]
    register, day = context.register, context.day
    subject = context.subject(account, resource, course.name, course.resource_type)
    changed = register.change(control_id, account, resource, day)
    waiver = register.waiver(control_id, account, resource, day)
    lapsed = None if waiver else register.lapsed(control_id, account, resource, day)
    response = register.response(control_id, account, resource)
    first_seen = context.days[course.first]
    age = (day - first_seen).days
    row = object.__new__(ToldFinding)
    given = {
        "_control": control,
        "control_id": control_id,
        "title": control.title,
        "family": control.family,
        "severity": changed.severity if changed else control.severity,
        "account_id": account,
        "account": subject.account,
        "resource": resource,
        "name": sys.intern(subject.name),
        "kind": subject.kind,
        "reason": course.reason,
        "movement": course.moved or Moved.REPEAT,
        "confirmed": course.confirmed and account not in context.carried,
        "first_seen": _iso(first_seen),
        "times_opened": course.times,
        "age_days": age,
        "age_band": age_band(age),
        "days_in_violation": course.days_in_violation,
        "days_unknown": course.days_unknown,
        "disposition": Disposition.ACCEPTED if waiver else Disposition.OPEN,
        "severity_change": changed.id if changed else "",
        "waiver": waiver.id if waiver else "",
        "accepted_until": _iso(waiver.expires) if waiver else "",
        "lapsed_waiver": lapsed.id if lapsed else "",
        "lapsed_on": _iso(lapsed.expires) if lapsed else "",
        "owner": response.owner if response else "",
        "due": _iso(response.due) if response else "",
        "overdue": bool(response and response.due < day and not waiver),
        "evidence": _ids(course.evidence),
    }
    for name, value in given.items():
        object.__setattr__(row, name, value)
    return row


# Few days and few lists of evidence are told of very many findings.
_iso = lru_cache(maxsize=1000)(date.isoformat)


@lru_cache(maxsize=1000)
def _ids(evidence: str) -> tuple[str, ...]:
    return tuple(evidence.split())


def severity_counts(severities: Iterable[Severity]) -> dict[str, int]:
    """How often each severity occurs, every severity named."""
    counts = Counter(severities)
    return {severity.value: counts[severity] for severity in Severity}


def by_severity(findings: Iterable[FindingRow]) -> BySeverity:
    """Counts of findings by severity."""
    return BySeverity(**severity_counts(finding.severity for finding in findings))


# What counts as a finding that was closed, in this order.
_CLOSED = (Moved.CLOSED, Moved.BRIEF)


def moved_findings(histories: Sequence[AccountHistory], context: FindingContext) -> Movement:
    """What moved within the period, with every finding closed in it, worst first."""
    counts: Counter[Moved] = Counter()
    ended: dict[Moved, list[tuple[Key, Course]]] = {word: [] for word in _CLOSED}
    for account, course in _each(histories):
        if course.moved is not None:
            counts[course.moved] += 1
        if course.moved in ended:
            ended[course.moved].append(((account, course.control_id, course.resource), course))
    rows = [
        _closed(account, course, context)
        for word in _CLOSED
        for (account, *_), course in sorted(ended[word], key=lambda each: each[0])
    ]
    rows.sort(key=lambda row: (row.severity.rank, row.control_id, row.resource))
    return Movement(
        new=counts[Moved.NEW],
        repeat=counts[Moved.REPEAT],
        reopened=counts[Moved.REOPENED],
        closed=counts[Moved.CLOSED],
        brief=counts[Moved.BRIEF],
        closed_rows=tuple(rows),
    )


def _each(histories: Iterable[AccountHistory]) -> Iterator[tuple[str, Course]]:
    for history in histories:
        for course in history.courses:
            yield history.account_id, course


def _closed(account: str, course: Course, context: FindingContext) -> Closed:
    control_id, resource = course.control_id, course.resource
    control = context.catalogue.controls[control_id]
    first_seen = context.days[course.first]
    closed = None if course.open else context.days[course.closed]
    return Closed(
        control_id=control_id,
        title=control.title,
        severity=context.register.severity(
            control_id, account, resource, context.day, control.severity
        ),
        account_id=account,
        account=context.names.get(account, account),
        resource=resource,
        first_seen=first_seen.isoformat(),
        closed_by=closed.isoformat() if closed else "",
        days_to_fix=((closed or context.day) - first_seen).days,
        days_in_violation=course.days_in_violation,
        days_unknown=course.days_unknown,
    )
