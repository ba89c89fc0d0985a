"""The access review, role usage and the monthly look at users, keys and MFA."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from reportgen.lists import ReviewLists
from reportgen.report.people import (
    AccessLists,
    AccountAccess,
    IdleRole,
    Key,
    MonthlyReview,
    PermissionSet,
    Role,
    RoleUsage,
    UnusedKey,
    UseBand,
    User,
)
from reportgen.report.words import KeyUse

# Days without use after which a credential is named in the monthly review (CIS AWS v7 2.11 and
# ISM-1404 say 45; the results by framework judge by their own figures).
UNUSED_DAYS = 45
# Days without use after which a role is listed as idle.
IDLE_DAYS = 90
USE_BANDS = (30, 90, 180, 400)
BANDS = (
    *(
        f"{low} to {high} days"
        for low, high in zip((0, *(b + 1 for b in USE_BANDS)), USE_BANDS, strict=False)
    ),
    "no use in 400 days",
    "not known",
)


def access(listed: Iterable[tuple[str, ReviewLists]], names: Mapping[str, str]) -> AccessLists:
    """The access review's lists, by account: users with their keys, roles, permission sets."""
    users: list[User] = []
    roles: list[Role] = []
    sets: list[PermissionSet] = []
    counts = []
    for number, lists in listed:
        where = {"account": names[number], "account_id": number}
        mine = [_user(row, where) for row in lists["users"]] if "users" in lists else None
        theirs = [_role(row, where) for row in lists["roles"]] if "roles" in lists else None
        own = [role for role in theirs or [] if not role.aws_managed]
        users += mine or []
        roles += own
        sets += [_permission_set(row, where, names) for row in lists.get("permission_sets", [])]
        aws = None if theirs is None else len(theirs) - len(own)
        counts.append(_counts(where, mine, None if theirs is None else own, aws))
    return AccessLists(
        accounts=tuple(counts),
        users=tuple(users),
        roles=tuple(roles),
        permission_sets=tuple(sets),
    )


# What assess/population.py lists of a principal, as the report's own models.
def _user(row: Mapping[str, Any], where: Mapping[str, str]) -> User:
    keys = tuple(Key(**key) for key in row["keys"])
    return User(**{**row, **where, "keys": keys, "grants": _tuple(row["grants"])})


def _role(row: Mapping[str, Any], where: Mapping[str, str]) -> Role:
    lists = {"trusts": tuple(row["trusts"]), "grants": _tuple(row["grants"])}
    return Role(**{**row, **where, **lists})


def _permission_set(
    row: Mapping[str, Any], where: Mapping[str, str], names: Mapping[str, str]
) -> PermissionSet:
    lists = {
        "grants": tuple(row["grants"]),
        "accounts": tuple(row["accounts"]),
        "account_names": tuple(names.get(account, account) for account in row["accounts"]),
    }
    return PermissionSet(**{**row, **where, **lists})


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _counts(
    where: Mapping[str, str],
    users: Sequence[User] | None,
    roles: Sequence[Role] | None,
    aws_roles: int | None,
) -> AccountAccess:
    """Counts of one account; ``roles`` are its own. None is a source that was not read."""
    principals: list[User | Role] = [*(users or ()), *(roles or ())]
    people = None if users is None else [user for user in users if user.console]
    return AccountAccess(
        **where,
        users=None if users is None else len(users),
        console=None if people is None else len(people),
        keys=None if users is None else sum(len(user.keys) for user in users),
        without_mfa=None if people is None else sum(user.mfa == "none" for user in people),
        roles=None if roles is None else len(roles),
        roles_with_boundary=None if roles is None else sum(role.boundary for role in roles),
        administrators=None
        if users is None or roles is None
        else sum(_strong(principal.power) for principal in principals),
        aws_roles=aws_roles,
    )


def _strong(power: str) -> bool:
    return power.startswith(("administrator", "can become"))


def role_usage(roles: Sequence[Role]) -> RoleUsage:
    """When the organisation's own roles were last used, in bands of days, and the idle ones.

    ``idle`` has the roles without use for 90 days or more, and those of that age never used,
    longest first. AWS tells of uses in the last 400 days only.
    """
    counts = Counter(_band(role) for role in roles)
    idle = [
        IdleRole(**_fields(role), without_use_days=idle_for(role))
        for role in roles
        if role.usage_known and idle_for(role) >= IDLE_DAYS
    ]
    return RoleUsage(
        roles=len(roles),
        bands=tuple(UseBand(band=band, roles=counts[band]) for band in BANDS),
        idle=tuple(sorted(idle, key=lambda r: (-r.without_use_days, r.account_id, r.name))),
    )


def _fields(row: Role | Key) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def idle_for(role: Role) -> int:
    """Days without use as far as known: a role never used has been idle all its life."""
    return role.idle_days if role.idle_days is not None else role.age_days or 0


def _band(role: Role) -> str:
    if not role.usage_known:
        return BANDS[-1]
    for number, limit in enumerate(USE_BANDS):
        if role.idle_days is not None and role.idle_days <= limit:
            return BANDS[number]
    return BANDS[-2]


def monthly(users: Sequence[User], start: str) -> MonthlyReview:
    """What the monthly review looks at: new users, unused keys and passwords, MFA.

    ``start`` is the period's first day, as an ISO date.
    """
    # What is no date starts with no digit of this millennium.
    new = [user for user in users if user.created[:1] == "2" and user.created >= start]
    unused = [_unused_key(user, key) for user in users for key in user.keys if _unused(key)]
    people = [user for user in users if user.console]
    kinds = Counter(user.mfa for user in people)
    return MonthlyReview(
        users=len(users),
        new_users=tuple(new),
        active_keys=sum(len(user.keys) for user in users),
        unused_days=UNUSED_DAYS,
        unused_keys=tuple(sorted(unused, key=lambda k: -(k.idle_days or k.age_days or 0))),
        console_users=len(people),
        without_mfa=tuple(user for user in people if user.mfa in ("none", "unknown")),
        mfa_kinds=dict(sorted(kinds.items())),
    )


def _unused_key(user: User, key: Key) -> UnusedKey:
    return UnusedKey(
        account=user.account,
        account_id=user.account_id,
        name=user.name,
        power=user.power,
        state=KeyUse.UNUSED if key.last_used else KeyUse.NEVER_USED,
        **_fields(key),
    )


def _unused(key: Key) -> bool:
    # A key never used counts from the day that it was made.
    days = key.idle_days if key.last_used else key.age_days
    return days is not None and days >= UNUSED_DAYS
