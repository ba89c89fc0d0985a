"""Findings: what fails, since when, accepted or not, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue, Control
from reportgen.model import Envelope, Severity
from reportgen.summarise.held import Days
from reportgen.summarise.movement import History, Key

AGES = ((30, "up to 30 days"), (90, "31 to 90 days"), (180, "91 to 180 days"))
OLDEST = "over 180 days"


@dataclass(frozen=True)
class Context:
    """What is needed to describe a finding."""

    day: date
    catalogue: Catalogue
    register: Register
    names: Mapping[str, str]
    carried: Mapping[str, date]
    days: Days


def age_band(days: int) -> str:
    """The band of an age in days."""
    return next((label for limit, label in AGES if days <= limit), OLDEST)


def open_findings(
    frame: pd.DataFrame,
    states: Mapping[Key, History],
    moved: Mapping[str, list[Key]],
    context: Context,
) -> list[dict[str, Any]]:
    """Every open finding, worst and oldest first.

    ``frame`` is the period's last results frame; a finding that could not be evaluated there is
    kept from before and marked unconfirmed.
    """
    movement_of = {
        key: name for name in ("new", "repeat", "reopened") for key in moved.get(name, [])
    }
    failing = frame[frame["verdict"] == "fail"]
    reasons = {
        (str(row.account_id), str(row.control_id), str(row.resource)): str(row.reason)
        for row in failing.itertuples(index=False)
    }
    found = [
        _finding(key, history, movement_of.get(key, "repeat"), reasons, context)
        for key, history in states.items()
        if history.open
    ]
    return sorted(
        found,
        key=lambda f: (
            Severity(f["severity"]).rank,
            f["control_id"],
            -f["age_days"],
            f["account_id"],
            f["resource"],
        ),
    )


def _finding(
    key: Key,
    history: History,
    movement: str,
    reasons: Mapping[Key, str],
    context: Context,
) -> dict[str, Any]:
    account, control_id, resource = key
    control = context.catalogue.controls[control_id]
    register = context.register
    waiver = register.waiver(control_id, account, resource, context.day)
    lapsed = None if waiver else register.lapsed(control_id, account, resource, context.day)
    response = register.response(control_id, account, resource)
    reason = reasons.get(key, "Could not be evaluated since; last known as failing.")
    age = (context.day - history.first_seen).days
    return {
        "control_id": control_id,
        "title": control.title,
        "family": control.family,
        "severity": control.severity.value,
        "account_id": account,
        "account": context.names.get(account, account),
        "resource": resource,
        "reason": reason,
        "movement": movement,
        "confirmed": history.confirmed and account not in context.carried,
        "first_seen": history.first_seen.isoformat(),
        "times_opened": len(history.opened),
        "age_days": age,
        "age_band": age_band(age),
        **context.days.of(key),
        "disposition": "accepted" if waiver else "open",
        "waiver": waiver.id if waiver else "",
        "accepted_until": waiver.expires.isoformat() if waiver else "",
        "lapsed_waiver": lapsed.id if lapsed else "",
        "lapsed_on": lapsed.expires.isoformat() if lapsed else "",
        "owner": response.owner if response else "",
        "due": response.due.isoformat() if response else "",
        "overdue": bool(response and response.due < context.day and not waiver),
    }


def by_severity(findings: list[dict[str, Any]]) -> dict[str, int]:
    """Counts of findings by severity, every severity named."""
    counts = Counter(f["severity"] for f in findings)
    return {severity.value: counts[severity.value] for severity in Severity}


def pages(
    findings: list[dict[str, Any]],
    frame: pd.DataFrame,
    envelopes: Mapping[str, Mapping[str, Envelope]],
    context: Context,
) -> list[dict[str, Any]]:
    """One entry for each control that fails, worst first: the finding pages of the report."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        grouped.setdefault(finding["control_id"], []).append(finding)
    tested = frame[frame["verdict"].isin(["pass", "fail", "not-evaluated"])]
    population = tested.groupby("control_id").size().to_dict()
    found = []
    for number, (control_id, rows) in enumerate(grouped.items(), start=1):
        control = context.catalogue.controls[control_id]
        found.append(
            {
                "number": f"F{number:02}",
                **_about(control, context),
                "population": int(population.get(control_id, len(rows))),
                **_counts(rows),
                "pattern": _pattern(rows),
                "responses": _responses(rows, context),
                "evidence": _evidence(control, rows, envelopes),
                "rows": rows,
            }
        )
    return found


def _about(control: Control, context: Context) -> dict[str, Any]:
    criteria = [
        f"{framework.short} {requirement.id}"
        for framework in context.catalogue.frameworks.values()
        for requirement in framework.requirements
        if any(s.control == control.id for s in requirement.controls)
    ]
    return {
        "control_id": control.id,
        "title": control.title,
        "severity": control.severity.value,
        "statement": control.statement,
        "why": control.why,
        "consequence": control.consequence,
        "test": control.test,
        "limits": control.limits,
        "criteria": criteria,
        "remediation": control.remediation.model_dump(),
        "references": [r.model_dump() for r in control.references],
    }


def _counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    moved = Counter(row["movement"] for row in rows)
    oldest = max(rows, key=lambda row: row["age_days"])
    return {
        "failing": len(rows),
        "open": sum(row["disposition"] == "open" for row in rows),
        "accepted": sum(row["disposition"] == "accepted" for row in rows),
        "accounts": len({row["account_id"] for row in rows}),
        "movement": {name: moved[name] for name in ("new", "repeat", "reopened")},
        "unconfirmed": sum(not row["confirmed"] for row in rows),
        "first_seen": oldest["first_seen"],
        "age_days": oldest["age_days"],
        "overdue": sum(row["overdue"] for row in rows),
        "lapsed": sorted({row["lapsed_waiver"] for row in rows if row["lapsed_waiver"]}),
    }


def _pattern(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the evidence itself shows of the cause: where the failures gather."""
    where = Counter(row["account"] for row in rows)
    account, count = where.most_common(1)[0]
    return {
        "most_in": account,
        "most_in_count": count,
        "share_percent": round(100 * count / len(rows)),
        "came_back": sum(row["times_opened"] > 1 for row in rows),
    }


def _responses(rows: list[dict[str, Any]], context: Context) -> list[dict[str, Any]]:
    found = {}
    for row in rows:
        response = context.register.response(row["control_id"], row["account_id"], row["resource"])
        if response:
            found[response.response] = {
                "text": response.response,
                "owner": response.owner,
                "due": response.due.isoformat(),
                "overdue": response.due < context.day,
                "actions": [
                    {
                        "what": a.what,
                        "owner": a.owner or response.owner,
                        "due": a.due.isoformat(),
                        "done": a.done.isoformat() if a.done and a.done <= context.day else "",
                    }
                    for a in response.actions
                ],
            }
    return list(found.values())


def _evidence(
    control: Control,
    rows: list[dict[str, Any]],
    envelopes: Mapping[str, Mapping[str, Envelope]],
) -> list[dict[str, Any]]:
    """The evidence behind a finding: one entry for each source and affected account.

    The organisation is read in one account for all: the fullest answer is the one judged by.
    """
    above = [e["organization"] for e in envelopes.values() if "organization" in e]
    fullest = max(above, key=lambda e: (e.bytes, e.id), default=None)
    found: dict[str, Envelope] = {}
    for account in sorted({row["account_id"] for row in rows}):
        for source in control.sources:
            own = envelopes.get(account, {}).get(source)
            envelope = fullest if source == "organization" else own
            if envelope is not None:
                found[envelope.id] = envelope
    return [
        {
            "id": envelope.id,
            "account_id": envelope.account_id,
            "source": envelope.source,
            "collected_at": envelope.collected_at,
            "status": envelope.status.value,
            "grade": envelope.grade.value,
            "sha256": envelope.sha256,
        }
        for envelope in found.values()
    ]
