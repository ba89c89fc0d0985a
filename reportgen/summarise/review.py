"""The access review, role usage and the monthly look at users, keys and MFA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reportgen.catalogue import Catalogue
from reportgen.summarise.frames import MonthEnd

# Days without use after which a credential is named in the monthly review (CIS AWS v7 2.11 and
# ISM-1404 say 45; the results by framework judge by their own figures).
UNUSED_DAYS = 45
USE_BANDS = (30, 90, 180, 400)


def access(last: MonthEnd, names: Mapping[str, str]) -> dict[str, Any]:
    """The access review's lists, by account: users with their keys, roles, permission sets."""
    users, roles, sets, accounts = [], [], [], []
    for account in last.accounts:
        mine = account.populations.get("users")
        theirs = account.populations.get("roles")
        own = [r for r in theirs or [] if not r["aws_managed"]]
        number, name = account.info.account_id, names[account.info.account_id]
        where = {"account": name, "account_id": number}
        users += [{**where, **user} for user in mine or []]
        roles += [{**where, **role} for role in own]
        sets += [
            {**where, **found, "account_names": [names.get(a, a) for a in found["accounts"]]}
            for found in account.populations.get("permission_sets", [])
        ]
        accounts.append(
            {
                **where,
                "users": None if mine is None else len(mine),
                "console": None if mine is None else sum(bool(u["console"]) for u in mine),
                "keys": None if mine is None else sum(len(u["keys"]) for u in mine),
                "without_mfa": None
                if mine is None
                else sum(bool(u["console"]) and u["mfa"] == "none" for u in mine),
                "roles": None if theirs is None else len(own),
                "roles_with_boundary": None
                if theirs is None
                else sum(bool(r["boundary"]) for r in own),
                "administrators": None
                if mine is None or theirs is None
                else sum(_strong(p) for p in [*mine, *own]),
                "aws_roles": None if theirs is None else len(theirs) - len(own),
            }
        )
    return {"accounts": accounts, "users": users, "roles": roles, "permission_sets": sets}


def _strong(principal: Mapping[str, Any]) -> bool:
    return str(principal["power"]).startswith(("administrator", "can become"))


def role_usage(roles: list[dict[str, Any]]) -> dict[str, Any]:
    """When the organisation's own roles were last used, in bands of days, and the idle ones.

    ``idle`` has the roles without use for 90 days or more, and those of that age never used,
    longest first. AWS tells of uses in the last 400 days only.
    """
    frame = pd.DataFrame(
        [[_band(r), r["idle_days"] is None and r["usage_known"]] for r in roles],
        columns=["band", "never"],
    )
    counts = frame["band"].value_counts()
    idle = [r for r in roles if r["usage_known"] and _idle_for(r) >= 90]
    return {
        "roles": len(roles),
        "bands": [{"band": band, "roles": int(counts.get(band, 0))} for band in BANDS],
        "idle": sorted(
            [{**r, "without_use_days": _idle_for(r)} for r in idle],
            key=lambda r: (-r["without_use_days"], r["account_id"], r["name"]),
        ),
    }


BANDS = (
    *(
        f"{low} to {high} days"
        for low, high in zip((0, *(b + 1 for b in USE_BANDS)), USE_BANDS, strict=False)
    ),
    "no use in 400 days",
    "not known",
)


def _idle_for(role: Mapping[str, Any]) -> int:
    """Days without use as far as known: a role never used has been idle all its life."""
    if role["idle_days"] is not None:
        return int(role["idle_days"])
    return int(role["age_days"] or 0)


def _band(role: Mapping[str, Any]) -> str:
    if not role["usage_known"]:
        return BANDS[-1]
    days = role["idle_days"]
    for number, limit in enumerate(USE_BANDS):
        if days is not None and days <= limit:
            return BANDS[number]
    return BANDS[-2]


def monthly(users: list[dict[str, Any]], start: str) -> dict[str, Any]:
    """What the monthly review looks at: new users, unused keys and passwords, MFA.

    ``start`` is the period's first day, as text.
    """
    new = [u for u in users if u["created"][:1] == "2" and u["created"] >= start]
    keys = [
        {
            **{k: u[k] for k in ("account", "account_id", "name", "power")},
            **key,
            "state": "never used" if not key["last_used"] else "unused",
        }
        for u in users
        for key in u["keys"]
        if _unused(key)
    ]
    people = [u for u in users if u["console"]]
    kinds = pd.Series([u["mfa"] for u in people], dtype="object").value_counts()
    return {
        "users": len(users),
        "new_users": new,
        "active_keys": sum(len(u["keys"]) for u in users),
        "unused_days": UNUSED_DAYS,
        "unused_keys": sorted(keys, key=lambda k: -(k["idle_days"] or k["age_days"] or 0)),
        "console_users": len(people),
        "without_mfa": [u for u in people if u["mfa"] in ("none", "unknown")],
        "mfa_kinds": {str(kind): int(count) for kind, count in sorted(kinds.items())},
    }


def _unused(key: Mapping[str, Any]) -> bool:
    if key["last_used"] == "":
        # A key never used counts from the day that it was made.
        return key["age_days"] is not None and key["age_days"] >= UNUSED_DAYS
    return key["idle_days"] is not None and key["idle_days"] >= UNUSED_DAYS


def proposals(last: MonthEnd, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Policy optimisation: remove, merge, narrow, with the concrete change, by account."""
    order = ("remove", "merge", "narrow")
    found = [
        {"account": names[a.info.account_id], "account_id": a.info.account_id, **proposal}
        for a in last.accounts
        for proposal in a.populations.get("proposals", [])
    ]
    return sorted(found, key=lambda p: (order.index(p["kind"]), p["account_id"], p["resource"]))


def applicability(
    controls: list[dict[str, Any]], frameworks: list[dict[str, Any]], held: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The statement of applicability: each control, whether it applies and why, and its state.

    A control applies where the evidence has something that it speaks of; it is left out only where
    every result said not applicable.
    """
    needed: dict[str, list[str]] = {}
    for framework in frameworks:
        for requirement in framework["requirements"]:
            for control in requirement["controls"]:
                needed.setdefault(control, []).append(f"{framework['short']} {requirement['id']}")
    words = {row["control_id"]: row["held"] for row in held["controls"]}
    return [
        {
            "control_id": c["control_id"],
            "title": c["title"],
            "applies": bool(c["pass"] + c["fail"] + c["not_evaluated"]),
            "state": _state(c),
            "held": words.get(c["control_id"], "attested"),
            "supports": list(dict.fromkeys(needed.get(c["control_id"], []))),
            "tested_by": c["observability"],
        }
        for c in controls
    ]


def _state(control: Mapping[str, Any]) -> str:
    made = control["pass"] + control["fail"]
    if not made:
        return "not tested" if control["not_evaluated"] else "not applicable"
    if control["fail"]:
        return "not effective" if control["fail"] * 2 > made else "partly effective"
    return "partly effective" if control["not_evaluated"] else "effective"


def sheets(
    catalogue: Catalogue,
    applicable: list[dict[str, Any]],
    controls: list[dict[str, Any]],
    held: Mapping[str, Any],
    rows: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """A sheet for each tested control: statement, test, result, days, exceptions, sources."""
    counts = {c["control_id"]: c for c in controls}
    days = {row["control_id"]: row for row in held["controls"]}
    exceptions: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        exceptions.setdefault(row["control_id"], []).append(
            {k: row[k] for k in ("account", "account_id", "resource", "disposition")}
        )
    found = []
    for entry in applicable:
        control = catalogue.controls[entry["control_id"]]
        if not control.scored:
            continue
        verdicts = ("pass", "fail", "not_evaluated", "not_applicable")
        lasting = ("held", "days_in_violation", "days_unknown", "findings")
        found.append(
            {
                "control_id": control.id,
                "title": control.title,
                "statement": control.statement,
                "test": control.test,
                "limits": control.limits,
                "sources": list(control.sources),
                "state": entry["state"],
                **{k: counts[control.id][k] for k in verdicts},
                **{k: days[control.id][k] for k in lasting},
                "exceptions": exceptions.get(control.id, []),
            }
        )
    return found
