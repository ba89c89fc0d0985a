"""The statements that are due: a form for each control, with the accounts that it must speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue


@dataclass(frozen=True)
class DueForm:
    """What somebody must state: for which accounts, and why now (``why``, a sentence)."""

    control_id: str
    title: str
    statement: str
    accounts: tuple[str, ...]
    why: str

    def entry(self, day: date) -> dict[str, Any]:
        """The form as an entry of attestations.yaml, with what is left to fill in."""
        return {
            "id": f"{self.control_id}-{day:%Y-%m-%d}",
            "control": self.control_id,
            "accounts": list(self.accounts),
            "statement": self.statement,
            "by": "",
            "signed": None,
            "expires": None,
        }


def due(
    catalogue: Catalogue,
    register: Register,
    accounts: Iterable[str],
    day: date,
    within: int,
    not_applicable: Mapping[str, set[str]],
) -> list[DueForm]:
    """Forms that are due on ``day``, or whose statement ends within so many days.

    ``not_applicable`` has, by control, the accounts that it does not concern.
    """
    last = day + timedelta(days=within)
    signed = {account: register.signed(account, day) for account in sorted(accounts)}
    forms = []
    for control in catalogue.controls.values():
        if not control.takes_statements:
            continue
        wanted: dict[str, list[str]] = {}
        for account, entries in signed.items():
            if account in not_applicable.get(control.id, set()):
                continue
            ends = max((e.expires for e in entries.get(control.id, ())), default=None)
            why = _why(ends, day, last)
            if why:
                wanted.setdefault(why, []).append(account)
        forms += [
            DueForm(control.id, control.title, control.statement, tuple(found), why)
            for why, found in wanted.items()
        ]
    return forms


def _why(ends: date | None, day: date, last: date) -> str:
    if ends is None:
        return "Nobody has stated it."
    if ends < day:
        return f"The last statement ended on {ends}."
    return f"The statement ends on {ends}." if ends <= last else ""


def guide(forms: Sequence[DueForm]) -> list[str]:
    """How to fill in the forms, and why each of them is due."""
    return [
        "Statements that are due",
        "Fill in by (a role), signed and expires (2026-10-31), and mend the statement so that it "
        "is true. A row without these stays open.",
        "attachments: a file in the register's folder a line; after it, apart by |, a reference "
        "instead of a file, the SHA-256, and ASD's grade (good, fair, poor).",
        "Then: reportgen register import FILE",
        *(f"{f.control_id} {f.title}: {f.why} {', '.join(f.accounts)}" for f in forms),
    ]
