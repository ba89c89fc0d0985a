"""The finding pages: condition, criteria, cause, consequence and corrective action by control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from reportgen.catalogue import Control, wording
from reportgen.catalogue.wording import NamedResource
from reportgen.model import Envelope
from reportgen.report.findings import (
    CorrectiveAction,
    FindingPage,
    FindingRow,
    PageEvidence,
    PageMovement,
    PageResponse,
    Pattern,
    PlannedAction,
    RuleReference,
)
from reportgen.report.words import Disposition, Moved
from reportgen.summarise.account import AccountHistory
from reportgen.summarise.findings import FindingContext


def envelopes_of(histories: Iterable[AccountHistory]) -> dict[str, Envelope]:
    """Every envelope that the last month end's results rest on, by its id.

    A verdict can rest on what another account's snapshot shows, of an earlier month too.
    """
    return {
        envelope.id: envelope
        for history in histories
        for envelope in (*history.others, *history.envelopes)
    }


def pages(
    findings: Iterable[FindingRow],
    tests: pd.DataFrame,
    envelopes: Mapping[str, Envelope],
    context: FindingContext,
) -> tuple[FindingPage, ...]:
    """One entry for each control that fails, worst first: the finding pages of the report.

    ``tests`` is the frame of ``score.tests`` at the period's end.
    """
    grouped: dict[str, list[FindingRow]] = {}
    for finding in findings:
        grouped.setdefault(finding.control_id, []).append(finding)
    tested = tests[["pass", "fail", "not-evaluated"]].sum(axis=1)
    population = tested.groupby(tests["control_id"], observed=True).sum().to_dict()
    return tuple(
        _page(number, rows, int(population.get(control_id, len(rows))), envelopes, context)
        for number, (control_id, rows) in enumerate(grouped.items(), start=1)
    )


def _page(
    number: int,
    rows: Sequence[FindingRow],
    population: int,
    envelopes: Mapping[str, Envelope],
    context: FindingContext,
) -> FindingPage:
    control = context.catalogue.controls[rows[0].control_id]
    oldest = max(rows, key=lambda row: row.age_days)
    moved = Counter(row.movement for row in rows)
    return FindingPage(
        number=f"F{number:02}",
        control_id=control.id,
        title=control.title,
        headline=wording.sentence(
            control.finding.one,
            control.finding.many,
            [NamedResource(r.name, r.kind, r.account, r.account_id, r.resource) for r in rows],
            control.parameters,
        ),
        severity=min((row.severity for row in rows), key=lambda each: each.rank),
        statement=control.statement,
        why=control.why,
        cause=wording.prose_of_all(control.finding.cause, control.parameters),
        consequence=rows[0].consequence if len(rows) == 1 else control.consequence,
        test=control.test,
        limits=control.limits,
        criteria=_criteria(control, context),
        remediation=_remediation(control, rows),
        references=tuple(RuleReference(title=r.title, url=r.url) for r in control.references),
        population=population,
        failing=len(rows),
        open=sum(row.disposition is Disposition.OPEN for row in rows),
        accepted=sum(row.disposition is Disposition.ACCEPTED for row in rows),
        accounts=len({row.account_id for row in rows}),
        movement=PageMovement(
            new=moved[Moved.NEW], repeat=moved[Moved.REPEAT], reopened=moved[Moved.REOPENED]
        ),
        unconfirmed=sum(not row.confirmed for row in rows),
        first_seen=oldest.first_seen,
        age_days=oldest.age_days,
        overdue=sum(row.overdue for row in rows),
        lapsed=tuple(sorted({row.lapsed_waiver for row in rows if row.lapsed_waiver})),
        pattern=_pattern(rows),
        responses=_responses(rows, context),
        evidence=_evidence(rows, envelopes),
        rows=tuple(rows),
    )


def _remediation(control: Control, rows: Sequence[FindingRow]) -> CorrectiveAction:
    """How to mend it: where several fail, the steps are told of all, the commands of the first."""
    first = rows[0]
    if len(rows) == 1:
        return first.fix
    kinds = {row.kind for row in rows}
    kind = kinds.pop() if len(kinds) == 1 else "resource"
    account = first.account if len({row.account_id for row in rows}) == 1 else "the account"
    anyone = NamedResource(f"the {kind}", kind, account, "its number", "its ARN")
    console = wording.prose(control.remediation.console, anyone, control.parameters)
    return replace(first.fix, console=console[:1].upper() + console[1:])


def _criteria(control: Control, context: FindingContext) -> tuple[str, ...]:
    return tuple(
        f"{framework.short} {requirement.id}"
        for framework in map(context.catalogue.frameworks.__getitem__, context.frameworks)
        for requirement in framework.requirements
        if any(support.control == control.id for support in requirement.controls)
    )


def _pattern(rows: Sequence[FindingRow]) -> Pattern:
    """What the evidence itself shows of the cause: where the failures gather."""
    account, count = Counter(row.account for row in rows).most_common(1)[0]
    return Pattern(
        most_in=account,
        most_in_count=count,
        share_percent=round(100 * count / len(rows)),
        came_back=sum(row.times_opened > 1 for row in rows),
    )


def _responses(rows: Iterable[FindingRow], context: FindingContext) -> tuple[PageResponse, ...]:
    by_text: dict[str, PageResponse] = {}
    for row in rows:
        response = context.register.response(row.control_id, row.account_id, row.resource)
        if response:
            by_text[response.response] = PageResponse(
                text=response.response,
                owner=response.owner,
                due=response.due.isoformat(),
                overdue=response.due < context.day,
                actions=tuple(
                    PlannedAction(
                        what=a.what,
                        owner=a.owner or response.owner,
                        due=a.due.isoformat(),
                        done=a.done.isoformat() if a.done and a.done <= context.day else "",
                    )
                    for a in response.actions
                ),
            )
    return tuple(by_text.values())


def _evidence(
    rows: Iterable[FindingRow], envelopes: Mapping[str, Envelope]
) -> tuple[PageEvidence, ...]:
    """The evidence of the results behind a page, each piece once, in the order of the rows.

    An id whose envelope is not at hand stands with its other fields empty, never left out.
    """
    ids = dict.fromkeys(i for row in rows for i in row.evidence)
    return tuple(_piece(i, envelopes.get(i)) for i in ids)


def _piece(evidence_id: str, envelope: Envelope | None) -> PageEvidence:
    return PageEvidence(
        id=evidence_id,
        account_id=envelope.account_id if envelope else "",
        source=envelope.source if envelope else "",
        operation=envelope.operation if envelope else "",
        collected_at=envelope.collected_at if envelope else "",
        status=envelope.status if envelope else None,
        grade=envelope.grade if envelope else None,
        sha256=envelope.sha256 if envelope else "",
    )
