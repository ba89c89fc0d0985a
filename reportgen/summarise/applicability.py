"""The statement of applicability, and a sheet for each control that was tested."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reportgen.catalogue import Catalogue
from reportgen.report.audit import Applicability, ControlSheet, Held, SheetException
from reportgen.report.findings import FindingRow
from reportgen.report.frameworks import Scorecard
from reportgen.report.position import ControlResult
from reportgen.report.words import HeldState, State


def applicability(
    controls: Sequence[ControlResult], frameworks: Iterable[Scorecard], held: Held
) -> tuple[Applicability, ...]:
    """The statement of applicability: each control, whether it applies and why, and its state.

    A control applies where the evidence has something that it speaks of; it is left out only where
    every result said not applicable.
    """
    supported: dict[str, list[str]] = {}
    for framework in frameworks:
        for requirement in framework.requirements:
            for control_id in requirement.controls:
                criterion = f"{framework.short} {requirement.id}"
                supported.setdefault(control_id, []).append(criterion)
    lasting = {row.control_id: row.held for row in held.controls}
    return tuple(
        Applicability(
            control_id=control.control_id,
            title=control.title,
            applies=bool(control.passed + control.fail + control.not_evaluated),
            state=_state(control),
            held=lasting.get(control.control_id, HeldState.ATTESTED),
            supports=tuple(dict.fromkeys(supported.get(control.control_id, []))),
            tested_by=control.observability,
        )
        for control in controls
    )


def _state(control: ControlResult) -> State:
    judged = control.passed + control.fail
    if not judged:
        return State.NOT_TESTED if control.not_evaluated else State.NOT_APPLICABLE
    if control.fail:
        return State.NOT_EFFECTIVE if control.fail * 2 > judged else State.PARTLY
    return State.PARTLY if control.not_evaluated else State.EFFECTIVE


def sheets(
    catalogue: Catalogue,
    applicable: Iterable[Applicability],
    controls: Iterable[ControlResult],
    held: Held,
    register: Iterable[FindingRow],
) -> tuple[ControlSheet, ...]:
    """A sheet for each tested control: statement, test, result, days, exceptions, sources."""
    counts = {row.control_id: row for row in controls}
    lasting = {row.control_id: row for row in held.controls}
    exceptions: dict[str, list[SheetException]] = {}
    for row in register:
        exceptions.setdefault(row.control_id, []).append(
            SheetException(
                account=row.account,
                account_id=row.account_id,
                resource=row.resource,
                disposition=row.disposition,
            )
        )
    sheets = []
    for entry in applicable:
        control = catalogue.controls[entry.control_id]
        if not control.scored:
            continue
        count, days = counts[control.id], lasting[control.id]
        sheets.append(
            ControlSheet(
                control_id=control.id,
                title=control.title,
                statement=control.statement,
                test=control.test,
                limits=control.limits,
                sources=tuple(control.sources),
                state=entry.state,
                passed=count.passed,
                fail=count.fail,
                not_evaluated=count.not_evaluated,
                not_applicable=count.not_applicable,
                held=days.held,
                days_in_violation=days.days_in_violation,
                days_unknown=days.days_unknown,
                findings=days.findings,
                exceptions=tuple(exceptions.get(control.id, ())),
            )
        )
    return tuple(sheets)
