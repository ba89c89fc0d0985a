"""Which accounts administer which services for the organisation.

It is read where the organisation is managed (API_ListDelegatedAdministrators).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.above import AFTER, managed_elsewhere
from reportgen.sources.source import Aws, Scope, Source, text_of

_SERVICE = "organizations"


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: DelegatedAdministrators, each with DelegatedServices."""
    with managed_elsewhere(aws):
        listed = "DelegatedAdministrators"
        accounts = list(aws.items(_SERVICE, "list_delegated_administrators", listed))
        services = aws.every(_services, [text_of(account, "Id") for account in accounts])
    together = zip(accounts, services, strict=True)
    return {listed: [{**account, "DelegatedServices": found} for account, found in together]}


def _services(aws: Aws, account: str) -> list[Any]:
    method = "list_delegated_services_for_account"
    return list(aws.items(_SERVICE, method, "DelegatedServices", AccountId=account))


SOURCE = Source(
    name="delegated-administrators",
    about="accounts that administer services for the organisation",
    operations=(
        "organizations:ListDelegatedAdministrators",
        "organizations:ListDelegatedServicesForAccount",
    ),
    read=read,
    keys=("DelegatedAdministrators",),
    scope=Scope.ORGANISATION,
    exports=("list-delegated-administrators.json",),
    absent=frozenset({"AWSOrganizationsNotInUseException"}),
    after=AFTER,
    form="list-delegated-administrators, each with the DelegatedServices of its account",
)
