"""The register on paper: rows that say the same of several resources stand in one line.

A line names every resource. On a screen, where rows are filtered, and in the workbook each keeps
its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from reportgen.model import Status
from reportgen.render.templates import short_arn
from reportgen.report.audit import EvidenceLine, NotEvaluated
from reportgen.report.findings import FindingRow

# Accounts that a row names which stands for several.
_NAMED = 12


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """Rows that differ in their resources alone; ``row`` is the first of them."""

    row: FindingRow
    resources: tuple[str, ...]
    account: str


def lines(rows: Sequence[FindingRow], *, together: bool) -> list[RegisterLine]:
    """The rows as lines, in their order; ``together``: those that say the same as one."""
    if not together:
        return [_line([row]) for row in rows]
    found: list[RegisterLine] = []
    for _, group in groupby(rows, key=lambda r: (r.severity, r.control_id)):
        alike: dict[tuple[object, ...], list[FindingRow]] = {}
        for row in group:
            alike.setdefault(_said(row), []).append(row)
        found += [_line(each) for each in alike.values()]
    return found


def gaps(rows: Sequence[NotEvaluated], accounts: int, *, together: bool) -> list[NotEvaluated]:
    """What was not looked at; ``together``: accounts with the same gap stand in one row.

    ``accounts`` is how many there are in all. A row names a dozen of them and counts the others.
    """
    if not together:
        return list(rows)
    alike: dict[tuple[str, tuple[str, ...]], list[NotEvaluated]] = {}
    for row in rows:
        alike.setdefault((row.reason, row.controls), []).append(row)
    return [
        replace(
            same[0],
            account=f"All {accounts} accounts"
            if len(same) == accounts > 1
            else _some([row.account for row in same]),
            account_id=_some([row.account_id for row in same]),
            resources=sum(row.resources for row in same),
        )
        for same in alike.values()
    ]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class EvidenceOfAccount:
    """The evidence of one account together: how much, read when, and a digest of its digests."""

    account: str
    account_id: str
    items: int
    not_collected: int
    first: str
    last: str
    sha256: str


def evidence_by_account(rows: Sequence[EvidenceLine]) -> list[EvidenceOfAccount]:
    """One line for each account.

    ``sha256`` is over the lines "id sha256" of its items, sorted, a newline after each: whoever has
    the workbook's sheet "Evidence" can make it again.
    """
    grouped: dict[str, list[EvidenceLine]] = {}
    for row in rows:
        grouped.setdefault(row.account_id, []).append(row)
    return [
        EvidenceOfAccount(
            own[0].account,
            account_id,
            len(own),
            sum(row.status is not Status.COLLECTED for row in own),
            min(row.collected_at for row in own),
            max(row.collected_at for row in own),
            hashlib.sha256(
                "".join(sorted(f"{row.id} {row.sha256}\n" for row in own)).encode()
            ).hexdigest(),
        )
        for account_id, own in grouped.items()
    ]


def _said(row: FindingRow) -> tuple[object, ...]:
    """All that a line of the register shows, but for the resource."""
    return (
        row.reason,
        "" if row.kind == "account" else row.account_id,
        row.first_seen,
        row.movement,
        row.disposition,
        row.waiver,
        row.lapsed_waiver,
        row.overdue,
        row.confirmed,
        row.days_in_violation,
    )


def _line(rows: Sequence[FindingRow]) -> RegisterLine:
    account = rows[0].kind == "account"
    resources = [row.name if account else short_arn(row.resource) for row in rows]
    return RegisterLine(rows[0], tuple(resources), "" if account else rows[0].account)
