"""Of the register in a report: changed severities, what lapses soon, and what is not applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from reportgen.audit.register import Register
from reportgen.model import Severity
from reportgen.report.audit import RegisterNote, Reminder, SeverityRow
from reportgen.report.findings import FindingRow
from reportgen.report.words import ReminderKind, WaiverState


def reminders(
    register: Register,
    day: date,
    within: int,
    rows: Iterable[FindingRow],
    titles: Mapping[str, str],
) -> tuple[Reminder, ...]:
    """Waivers, severities, attestations and actions that end within so many days of ``day``.

    ``titles`` are those of the controls: what a statement says that ends. The last day itself
    counts; what a later entry already carries on is left out. The first due come first.
    """
    last = day + timedelta(days=within)
    covered = Counter(row.waiver for row in rows if row.waiver)
    found = [
        *_waivers(register, day, last, covered),
        *_severities(register, day, last),
        *_attestations(register, day, last, titles),
        *_actions(register, day, last),
    ]
    return tuple(sorted(found, key=lambda r: (r.due, r.kind, r.control_id, r.entry)))


def severities(
    register: Register, day: date, rows: Iterable[FindingRow], own: Mapping[str, Severity]
) -> tuple[SeverityRow, ...]:
    """Changes of severity granted by ``day``; ``own`` has each control's own severity."""
    used = Counter(row.severity_change for row in rows)
    return tuple(
        SeverityRow(
            id=s.id,
            control_id=s.control,
            state=WaiverState.IN_FORCE if s.expires >= day else WaiverState.LAPSED,
            findings=used[s.id],
            severity=s.severity,
            own=own[s.control],
            reason=s.reason,
            requested_by=s.requested_by,
            approved_by=s.approved_by,
            granted=s.granted.isoformat(),
            expires=s.expires.isoformat(),
        )
        for s in sorted(register.severities, key=lambda s: (s.expires, s.id))
        if s.granted <= day
    )


def notes(register: Register, day: date, rows: Iterable[FindingRow]) -> tuple[RegisterNote, ...]:
    """Entries that are not applied, are dated after ``day``, or cover no finding on it."""
    used = {name for row in rows for name in (row.waiver, row.severity_change)}
    found = [RegisterNote(where=fault.where, said=fault.wrong) for fault in register.faults]

    def note(entry: str, said: str) -> None:
        found.append(RegisterNote(where=register.places.get(entry, ""), said=f"{entry}: {said}"))

    for attestation in register.attestations:
        if attestation.signed > day:
            note(attestation.id, f"is signed {attestation.signed}, after {day}; it does not count.")
    for granted in (*register.waivers, *register.severities):
        if granted.granted > day:
            note(granted.id, f"is granted {granted.granted}, after {day}; it does not count.")
        elif granted.in_force(day) and granted.id not in used:
            note(granted.id, f"covers no finding of {granted.control} on {day}.")
    return tuple(found)


def _reminder(
    kind: ReminderKind, entry: str, control: str, what: str, owner: str, due: date, day: date
) -> Reminder:
    return Reminder(
        kind=kind,
        entry=entry,
        control_id=control,
        what=what,
        owner=owner,
        due=due.isoformat(),
        days_left=(due - day).days,
    )


def _waivers(
    register: Register, day: date, last: date, covered: Counter[str]
) -> Iterator[Reminder]:
    for w in register.waivers:
        if w.granted <= day <= w.expires <= last and covered[w.id]:
            count = covered[w.id]
            what = f"{count} finding opens again" if count == 1 else f"{count} findings open again"
            yield _reminder(ReminderKind.WAIVER, w.id, w.control, what, w.owner, w.expires, day)


def _severities(register: Register, day: date, last: date) -> Iterator[Reminder]:
    for s in register.severities:
        if s.granted <= day <= s.expires <= last:
            what = f"its severity is no longer {s.severity}"
            owner = s.requested_by
            yield _reminder(ReminderKind.SEVERITY, s.id, s.control, what, owner, s.expires, day)


def _attestations(
    register: Register, day: date, last: date, titles: Mapping[str, str]
) -> Iterator[Reminder]:
    for a in register.attestations:
        if not a.signed <= day <= a.expires <= last:
            continue
        carried_on = any(
            other.control == a.control
            and other.signed <= day
            and other.expires > a.expires
            and (other.accounts == ["*"] or set(a.accounts) <= set(other.accounts))
            for other in register.attestations
        )
        if not carried_on:
            what = f"nobody states any more: {titles.get(a.control, a.control)}"
            yield _reminder(ReminderKind.ATTESTATION, a.id, a.control, what, a.by, a.expires, day)


def _actions(register: Register, day: date, last: date) -> Iterator[Reminder]:
    for response in register.responses:
        for action in response.actions:
            done = action.done is not None and action.done <= day
            if not done and day <= action.due <= last:
                owner = action.owner or response.owner
                yield _reminder(
                    ReminderKind.ACTION, "", response.control, action.what, owner, action.due, day
                )
