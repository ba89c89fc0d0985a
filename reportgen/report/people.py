"""The access review: users, roles, permission sets and their use.

Dates are ISO dates, empty for none and "unreadable" for what is no date; ages and idle times are
whole days, None where they are not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.report.words import KeyUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An active access key: 1 or 2, days since its rotation, and its last use."""

    number: int
    age_days: int | None
    last_used: str
    idle_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user. ``console`` is None where it could not be read; ``grants`` None likewise."""

    account: str
    account_id: str
    name: str
    arn: str
    created: str
    console: bool | None
    last_sign_in: str
    mfa: str
    keys: tuple[Key, ...]
    grants: tuple[str, ...] | None
    power: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of the organisation's own. ``trusts`` are those who may take it on."""

    account: str
    account_id: str
    name: str
    arn: str
    created: str
    policies: int
    boundary: bool
    trusts: tuple[str, ...]
    last_used: str
    usage_known: bool
    idle_days: int | None
    age_days: int | None
    aws_managed: bool
    grants: tuple[str, ...] | None
    power: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRole(Role):
    """A role that has gone without use for ``without_use_days``."""

    without_use_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """A permission set of Identity Center; ``session`` is an ISO 8601 duration."""

    account: str
    account_id: str
    name: str
    arn: str
    created: str
    grants: tuple[str, ...]
    session: str
    boundary: bool
    accounts: tuple[str, ...]
    account_names: tuple[str, ...]
    groups: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAccess:
    """Counts of one account; None where the source was not read."""

    account: str
    account_id: str
    users: int | None
    console: int | None
    keys: int | None
    without_mfa: int | None
    roles: int | None
    roles_with_boundary: int | None
    administrators: int | None
    aws_roles: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLists:
    """The lists of the access review."""

    accounts: tuple[AccountAccess, ...]
    users: tuple[User, ...]
    roles: tuple[Role, ...]
    permission_sets: tuple[PermissionSet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseBand:
    """How many roles were last used within a band of days."""

    band: str
    roles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUsage:
    """When the organisation's own roles were last used, and those idle, longest first."""

    roles: int
    bands: tuple[UseBand, ...]
    idle: tuple[IdleRole, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedKey(Key):
    """An active access key without use for the review's number of days."""

    account: str
    account_id: str
    name: str
    power: str
    state: KeyUse


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyReview:
    """New users, unused keys and MFA. ``mfa_kinds`` counts people by kind of device."""

    users: int
    new_users: tuple[User, ...]
    active_keys: int
    unused_days: int
    unused_keys: tuple[UnusedKey, ...]
    console_users: int
    without_mfa: tuple[User, ...]
    mfa_kinds: Mapping[str, int]
