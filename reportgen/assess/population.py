"""The lists that an access review starts from: people, keys and roles of one account.

Every list says who has what, since when and when it was last used. A source that was not read
leaves its list out; the report says so where it shows the list.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import CredentialRow, Entity, Unavailable, Unreadable

_KINDS = {
    "fido": "FIDO",
    "totp-app": "app",
    "totp-token": "token",
    "sms": "SMS",
    "unknown": "other",
}


def of_account(facts: AccountFacts) -> dict[str, list[dict[str, Any]]]:
    """Return the lists ``users`` and ``roles``, each where its source was read."""
    found: dict[str, list[dict[str, Any]]] = {}
    with suppress(Unavailable):
        found["users"] = [_user(facts, row) for row in facts.credential_rows()]
    with suppress(Unavailable):
        found["roles"] = [_role(role) for role in facts.roles().records]
    return found


def _role(role: Entity) -> dict[str, Any]:
    last = role.detail.get("RoleLastUsed")
    return {
        "name": role.name,
        "policies": len(role.attached) + len(role.inline),
        "boundary": isinstance(role.detail.get("PermissionsBoundary"), dict),
        "last_used": str(last.get("LastUsedDate", ""))[:10] if isinstance(last, dict) else "",
        "aws_managed": role.aws_managed,
    }


def _user(facts: AccountFacts, row: CredentialRow) -> dict[str, Any]:
    return {
        "name": row.user,
        "created": _date(row, "user_creation_time"),
        "console": _flag(row, "password_enabled"),
        "last_sign_in": _date(row, "password_last_used"),
        "mfa": _mfa(facts, row),
        "keys": [
            _key(row, number) for number in (1, 2) if _flag(row, f"access_key_{number}_active")
        ],
    }


def _key(row: CredentialRow, number: int) -> dict[str, Any]:
    try:
        age = row.age(f"access_key_{number}_last_rotated")
    except Unreadable:
        age = None
    return {"age_days": age, "last_used": _date(row, f"access_key_{number}_last_used_date")}


def _mfa(facts: AccountFacts, row: CredentialRow) -> str:
    if not _flag(row, "mfa_active"):
        return "none" if _flag(row, "mfa_active") is False else "unknown"
    try:
        kinds = sorted({_KINDS[device.kind] for device in facts.mfa_devices(row)})
    except Unavailable:
        kinds = []
    return " + ".join(kinds) or "yes"


def _flag(row: CredentialRow, column: str) -> bool | None:
    try:
        return row.flag(column)
    except Unreadable:
        return None


def _date(row: CredentialRow, column: str) -> str:
    try:
        moment = row.when(column)
    except Unreadable:
        return "unreadable"
    return moment.date().isoformat() if moment else ""
