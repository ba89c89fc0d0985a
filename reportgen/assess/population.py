"""The lists that an access review starts from: people, keys, roles and permission sets.

Every list says who has what, since when and when it was last used. A source that was not read
leaves its list out; the report says so where it shows the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from reportgen.assess import proposals
from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import (
    CredentialRow,
    Entity,
    MfaKind,
    Unavailable,
    Unreadable,
    records,
)
from reportgen.clock import parse_moment, whole_days
from reportgen.lists import (
    Holding,
    ListedAssignment,
    ListedKeyItself,
    ListedRoleItself,
    ListedSet,
    ListedUserItself,
    ListedUserKey,
    ListGap,
    ReviewLists,
)
from reportgen.policy.account import Subject
from reportgen.policy.standing import Standing

_KINDS = {
    MfaKind.FIDO: "FIDO",
    MfaKind.APP: "app",
    MfaKind.TOKEN: "token",
    MfaKind.SMS: "SMS",
    MfaKind.UNKNOWN: "other",
}
# Standing.admin -> the word for it in the review.
_POWER = {
    "full": "administrator",
    "conditional": "administrator, on conditions",
    "escalation": "can become administrator",
    "none": "below administrator",
}
UNKNOWN = "not known"


def of_account(facts: AccountFacts) -> ReviewLists:
    """Return the lists ``users``, ``access_keys``, ``roles``, ``permission_sets``, ``assignments``
    and ``proposals``; those whose source was read. ``gaps`` says of which ``list`` why it may not
    be whole.
    """
    found: ReviewLists = {}
    standings: Mapping[str, Standing] = {}
    subjects: Mapping[str, Subject] = {}
    gaps: list[ListGap] = []
    with suppress(Unavailable):
        subjects = facts.iam().subjects
        standings = facts.standings()
    with suppress(Unavailable):
        found["users"] = [
            {**_user(facts, row), **_holds(subjects.get(row.arn), standings.get(row.arn))}
            for row in facts.credential_rows()
        ]
        found["access_keys"] = [
            {**key, "power": _holds(subjects.get(row.arn), standings.get(row.arn))["power"]}
            for row in facts.credential_rows()
            for key in _keys(row)
        ]
        missing, gap = facts.users_missing_from_report()
        named = ", ".join(user.name for user in missing)
        why = f"the credential report does not list {named}" if missing else gap
        gaps += [{"list": name, "why": why} for name in ("users", "access_keys") if why]
    with suppress(Unavailable):
        gaps += [{"list": "roles", "why": why} for why in facts.roles().gaps]
        found["roles"] = [
            {**_role(facts, role), **_holds(subjects.get(role.arn), standings.get(role.arn))}
            for role in facts.roles().records
        ]
    with suppress(Unavailable):
        found["permission_sets"] = [_permission_set(s) for s in facts.permission_sets()]
        found["assignments"] = [
            assignment for s in facts.permission_sets() for assignment in _assignments(s)
        ]
        gaps += [
            {"list": "assignments", "why": f"the assignments of {s.get('Name')} were not read"}
            for s in facts.permission_sets()
            if not isinstance(s.get("Assignments"), list)
        ]
    if gaps:
        found["gaps"] = gaps
    proposed = proposals.of_account(facts)
    if proposed is not None:
        found["proposals"] = proposed
    return found


def _holds(subject: Subject | None, standing: Standing | None) -> Holding:
    """What a principal has: its policies (through groups too), and how much that is."""
    if subject is None:
        return {"grants": None, "power": UNKNOWN}
    power = UNKNOWN if subject.missing or standing is None else _POWER[standing.admin]
    if standing is not None and standing.admin in ("full", "escalation"):
        power = _POWER[standing.admin]
    return {"grants": [source.label for source in subject.sources], "power": power}


def _role(facts: AccountFacts, role: Entity) -> ListedRoleItself:
    last = role.detail.get("RoleLastUsed")
    used = _day(last.get("LastUsedDate")) if isinstance(last, dict) else None
    return {
        "name": role.name,
        "arn": role.arn,
        "created": _day(role.detail.get("CreateDate")) or "",
        "policies": len(records(role.detail.get("AttachedManagedPolicies")))
        + len(records(role.detail.get("RolePolicyList"))),
        "boundary": isinstance(role.detail.get("PermissionsBoundary"), dict),
        "trusts": _trusts(role),
        "last_used": used or "",
        # AWS tells of the last 400 days only (IAM User Guide, "IAM role last used").
        "usage_known": isinstance(last, dict),
        "idle_days": _idle(facts, last.get("LastUsedDate")) if isinstance(last, dict) else None,
        "age_days": _idle(facts, role.detail.get("CreateDate")),
        "aws_managed": role.aws_managed,
    }


def _trusts(role: Entity) -> list[str]:
    """Whom a role lets in, as its trust policy names them."""
    document = role.detail.get("AssumeRolePolicyDocument")
    named: set[str] = set()
    for statement in _listed(document.get("Statement") if isinstance(document, dict) else None):
        principal = statement.get("Principal") if isinstance(statement, dict) else None
        if principal == "*":
            named.add("anyone")
        if isinstance(principal, dict):
            named |= {str(v) for values in principal.values() for v in _listed(values)}
    return sorted(named)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _permission_set(found: Mapping[str, Any]) -> ListedSet:
    attached = [str(p.get("Name", "")) for p in records(found.get("AttachedManagedPolicies"))]
    customer = [
        str(p.get("Name", "")) for p in records(found.get("CustomerManagedPolicyReferences"))
    ]
    assigned = records(found.get("Assignments"))
    return {
        "name": str(found.get("Name", "")),
        "arn": str(found.get("PermissionSetArn", "")),
        "created": _day(found.get("CreatedDate")) or "",
        "grants": attached + customer + (["inline policy"] if found.get("InlinePolicy") else []),
        "session": str(found.get("SessionDuration", "")),
        "boundary": bool(found.get("PermissionsBoundary")),
        "accounts": sorted({str(a.get("AccountId", "")) for a in assigned}),
        "groups": len(
            {a.get("PrincipalId") for a in assigned if a.get("PrincipalType") == "GROUP"}
        ),
        "people": len({a.get("PrincipalId") for a in assigned if a.get("PrincipalType") == "USER"}),
    }


def _assignments(found: Mapping[str, Any]) -> list[ListedAssignment]:
    """Who may take on a permission set in which account; one entry for each."""
    return [
        {
            "permission_set": str(found.get("Name", "")),
            "arn": str(found.get("PermissionSetArn", "")),
            "account_id": str(assigned.get("AccountId", "")),
            "principal_type": str(assigned.get("PrincipalType", "")),
            "principal_id": str(assigned.get("PrincipalId", "")),
            "grants": _permission_set(found)["grants"],
        }
        for assigned in records(found.get("Assignments"))
    ]


def _keys(row: CredentialRow) -> list[ListedKeyItself]:
    """A user's active access keys, and those of which it cannot be told."""
    return [
        {
            "user": row.user,
            "arn": row.arn,
            "number": number,
            "active": active,
            "rotated": _date(row, f"access_key_{number}_last_rotated"),
            "last_used": _date(row, f"access_key_{number}_last_used_date"),
        }
        for number in (1, 2)
        if (active := _flag(row, f"access_key_{number}_active")) is not False
    ]


def _user(facts: AccountFacts, row: CredentialRow) -> ListedUserItself:
    return {
        "name": row.user,
        "arn": row.arn,
        "created": _date(row, "user_creation_time"),
        "console": _flag(row, "password_enabled"),
        "last_sign_in": _date(row, "password_last_used"),
        "mfa": _mfa(facts, row),
        "keys": [
            _key(row, number) for number in (1, 2) if _flag(row, f"access_key_{number}_active")
        ],
    }


def _key(row: CredentialRow, number: int) -> ListedUserKey:
    return {
        "number": number,
        "age_days": _age(row, f"access_key_{number}_last_rotated"),
        "last_used": _date(row, f"access_key_{number}_last_used_date"),
        "idle_days": _age(row, f"access_key_{number}_last_used_date"),
    }


def _mfa(facts: AccountFacts, row: CredentialRow) -> str:
    if not _flag(row, "mfa_active"):
        return "none" if _flag(row, "mfa_active") is False else "unknown"
    try:
        devices = facts.mfa_devices(row)
    except Unavailable:
        return "yes"
    kinds = sorted({_KINDS[device.kind] for device in devices.known})
    if kinds and devices.gap:
        kinds.append("others not known")
    return " + ".join(kinds) or "yes"


def _flag(row: CredentialRow, column: str) -> bool | None:
    try:
        return row.flag(column)
    except Unreadable:
        return None


def _age(row: CredentialRow, column: str) -> int | None:
    try:
        return row.age(column)
    except Unreadable:
        return None


def _date(row: CredentialRow, column: str) -> str:
    """A day, empty for none, "unreadable" for what is no date."""
    try:
        moment = row.when(column)
    except Unreadable:
        return "unreadable"
    return moment.date().isoformat() if moment else ""


def _day(value: Any) -> str | None:
    """The day of a date of a record; "unreadable" for what is none, None for nothing."""
    if value in (None, ""):
        return None
    try:
        return parse_moment(str(value)).date().isoformat()
    except ValueError:
        return "unreadable"


def _idle(facts: AccountFacts, value: Any) -> int | None:
    """Whole days from a date of a record to the assessment; None for none and for no date."""
    try:
        return whole_days(facts.as_of, parse_moment(str(value))) if value else None
    except ValueError:
        return None
