"""The annexes of a summary: register, access review, limits and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue
from reportgen.model import AccountAssessment, Status
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.periods import Period


def iso(day: date | None) -> str:
    """A day as text; empty for none."""
    return day.isoformat() if day else ""


def unread(accounts: Sequence[AccountAssessment]) -> list[str]:
    """Sources that could not be read, as "account: source (status)"."""
    return sorted(
        f"{account.info.name}: {envelope.source} ({envelope.status.value})"
        for account in accounts
        for envelope in account.envelopes.values()
        if envelope.status not in (Status.COLLECTED, Status.NOT_ENABLED)
    )


def waivers(register: Register, day: date, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Waivers granted by ``day``, in force or lapsed, with the open findings that each covers."""
    found = []
    for waiver in sorted(register.waivers, key=lambda w: (w.expires, w.id)):
        if waiver.granted > day:
            continue
        state = "in force" if waiver.expires >= day else "lapsed"
        key = "waiver" if state == "in force" else "lapsed_waiver"
        found.append(
            {
                "id": waiver.id,
                "control_id": waiver.control,
                "state": state,
                "findings": sum(row[key] == waiver.id for row in rows),
                "reason": waiver.reason,
                "compensating_control": waiver.compensating_control,
                "owner": waiver.owner,
                "approved_by": waiver.approved_by,
                "granted": waiver.granted.isoformat(),
                "expires": waiver.expires.isoformat(),
            }
        )
    return found


def attestations(register: Register, day: date) -> list[dict[str, Any]]:
    """Attestations signed by ``day``, current or expired."""
    return [
        {
            "id": a.id,
            "control_id": a.control,
            "accounts": list(a.accounts),
            "statement": a.statement,
            "by": a.by,
            "signed": a.signed.isoformat(),
            "expires": a.expires.isoformat(),
            "state": "current" if a.expires >= day else "expired",
        }
        for a in sorted(register.attestations, key=lambda a: (a.control, a.id))
        if a.signed <= day
    ]


def responses(register: Register, day: date, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Management's responses with their action plans, the first due first.

    ``findings`` counts the open findings that a response speaks of; ``state`` is "done" where none
    is left, else "overdue" or "on time".
    """
    found = []
    for response in sorted(register.responses, key=lambda r: (r.due, r.control)):
        mine = [
            row
            for row in rows
            if register.response(row["control_id"], row["account_id"], row["resource"]) is response
        ]
        late = response.due < day
        found.append(
            {
                "control_id": response.control,
                "response": response.response,
                "owner": response.owner,
                "due": response.due.isoformat(),
                "findings": len(mine),
                "state": "done" if not mine else "overdue" if late else "on time",
                "days_left": (response.due - day).days,
                "actions": [
                    {
                        "what": a.what,
                        "owner": a.owner or response.owner,
                        "due": a.due.isoformat(),
                        "done": iso(a.done),
                        "state": _action_state(a.due, a.done, day),
                    }
                    for a in response.actions
                ],
            }
        )
    return found


def _action_state(due: date, done: date | None, day: date) -> str:
    if done is not None and done <= day:
        return "done"
    return "overdue" if due < day else "on time"


def not_evaluated(
    frame: pd.DataFrame, catalogue: Catalogue, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What was not looked at, and why: not-evaluated results by account and reason."""
    missing = frame[frame["verdict"] == "not-evaluated"]
    found = []
    for (account, reason), group in missing.groupby(["account_id", "reason"]):
        seen = set(group["control_id"])
        controls = [c for c in catalogue.controls if c in seen]
        found.append(
            {
                "account": names.get(str(account), str(account)),
                "account_id": account,
                "reason": reason,
                "controls": controls,
                "resources": len(group),
            }
        )
    return sorted(found, key=lambda row: (-len(row["controls"]), row["account_id"], row["reason"]))


def events(
    months: Sequence[MonthEnd], names: Mapping[str, str], period: Period
) -> list[dict[str, Any]]:
    """Accounts that joined or were not scanned, and reads that failed, within the period."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for index, month in enumerate(months):
        here = {a.info.account_id for a in month.accounts}
        if month.day >= period.start:
            day = month.day.isoformat()
            if index:
                for account in sorted(here - seen):
                    found.append({"day": day, "kind": "joined", "account": names[account]})
            for account, since in sorted(month.carried.items()):
                found.append(
                    {
                        "day": day,
                        "kind": "carried",
                        "account": names[account],
                        "since": since.isoformat(),
                    }
                )
            found += [{"day": day, "kind": "unread", "what": w} for w in unread(month.accounts)]
        seen |= here
    return found


def evidence(last: MonthEnd, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The evidence manifest: every envelope that the position rests on."""
    return [
        {
            "id": e.id,
            "account": names[e.account_id],
            "account_id": e.account_id,
            "source": e.source,
            "operation": e.operation,
            "status": e.status.value,
            "detail": e.detail,
            "origin": e.origin,
            "grade": e.grade.value,
            "caller_arn": e.caller_arn,
            "collected_at": e.collected_at,
            "generated_time": e.generated_time,
            "aws_date": e.requests[-1].date if e.requests else "",
            "bytes": e.bytes,
            "sha256": e.sha256,
        }
        for account in last.accounts
        for e in sorted(account.envelopes.values(), key=lambda e: e.source)
    ]


def control_totals(last: MonthEnd, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Completeness: users by each of the three sources that count them (MON-05)."""
    found = []
    for account in last.accounts:
        reasons = [r for r in account.results if r.control_id == "MON-05"]
        if reasons:
            found.append(
                {
                    "account": names[account.info.account_id],
                    "account_id": account.info.account_id,
                    "verdict": reasons[0].verdict.value,
                    "said": reasons[0].reason,
                }
            )
    return found
