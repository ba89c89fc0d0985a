"""Which accounts to read: those of the organisation, of some units, or those that are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.errors import CollectError, UsageError
from reportgen.sources.source import Aws, AwsSession, ReadError, malformed, text_of

_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class AccountScope:
    """What was asked for. Units are ids of roots or organisational units; all below counts."""

    organization: bool = False
    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def several(self) -> bool:
        """Whether more than the caller's own account is meant."""
        return bool(self.organization or self.accounts or self.units)


@dataclass(frozen=True)
class Target:
    """An account to read: id, name where known, and AWS's word for its status."""

    account_id: str
    name: str = ""
    status: str = "ACTIVE"

    @property
    def active(self) -> bool:
        """Whether roles of the account can be assumed at all."""
        return self.status == "ACTIVE"


def targets(session: AwsSession, scope: AccountScope) -> list[Target]:
    """The accounts of ``scope``, by id.

    Raises UsageError for what is no account id or unit, and for an account that the organisation
    does not have; CollectError where the organisation cannot be listed.
    """
    for name in (*scope.accounts, *scope.exclude):
        if not _ACCOUNT.fullmatch(name):
            raise UsageError(f"{name!r} is not an AWS account id.", "It has twelve digits.")
    for unit in scope.units:
        if not unit.startswith(("r-", "ou-")):
            raise UsageError(f"{unit!r} is no organisational unit.", "Write an id: ou-ab12-...")
    if scope.organization or scope.units:
        found = _listed(session, scope.units)
        known = {target.account_id for target in found}
        strangers = [name for name in (*scope.accounts, *scope.exclude) if name not in known]
        if strangers:
            raise UsageError(f"Not among the accounts listed: {', '.join(strangers)}.")
        if scope.accounts:
            found = [target for target in found if target.account_id in scope.accounts]
    else:
        found = [Target(name) for name in dict.fromkeys(scope.accounts)]
    chosen = {t.account_id: t for t in found if t.account_id not in scope.exclude}
    return [chosen[name] for name in sorted(chosen)]


def _listed(session: AwsSession, units: Sequence[str]) -> list[Target]:
    aws = Aws(session)
    try:
        if not units:
            return list(_read(aws.items("organizations", "list_accounts", "Accounts")))
        return [target for unit in units for target in _below(aws, unit)]
    except ReadError as error:
        raise CollectError(
            f"The accounts of the organisation cannot be listed: {error}",
            "Run from the management account or a delegated administrator, or name accounts.",
        ) from error


def _below(aws: Aws, unit: str) -> Iterator[Target]:
    service, where = "organizations", {"ParentId": unit}
    yield from _read(aws.items(service, "list_accounts_for_parent", "Accounts", **where))
    kids = "list_organizational_units_for_parent"
    for child in list(aws.items(service, kids, "OrganizationalUnits", **where)):
        yield from _below(aws, text_of(child, "Id"))


def _read(records: Iterable[Any]) -> Iterator[Target]:
    for record in records:
        name = record.get("Id") if isinstance(record, dict) else None
        if not isinstance(name, str) or not _ACCOUNT.fullmatch(name):
            raise malformed("an account of the list has no id")
        # Status is retired in September 2026 in favour of State (API_Account).
        status = record.get("State") or record.get("Status") or "ACTIVE"
        yield Target(name, str(record.get("Name", "")), str(status))
