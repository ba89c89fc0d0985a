"""AWS Organizations: the tree, the accounts, every policy of every type with content and targets.

It is read where it is managed: from the management account or a delegated administrator.
Elsewhere AWS refuses all but DescribeOrganization, which is how things should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.model import Status
from reportgen.sources.above import manages
from reportgen.sources.source import Aws, ReadError, Scope, Source, malformed, text_of

_SERVICE = "organizations"
_NOT_IN_USE = "AWSOrganizationsNotInUseException"


def read(aws: Aws) -> Mapping[str, Any]:
    """Read the organisation from its root down.

    Keys: Organization, Roots, OrganizationalUnits (with ParentId), Accounts (with ParentId,
    status and join date), Policies (PolicySummary's fields, Content, Targets). Only Organization
    in a member account that may not read the rest.
    """
    about = aws.call(_SERVICE, "describe_organization").get("Organization")
    if not isinstance(about, dict):
        raise malformed("the answer has no Organization")
    try:
        roots = list(aws.items(_SERVICE, "list_roots", "Roots"))
    except ReadError as error:
        if error.status is not Status.DENIED or _manages(aws, about):
            raise
        said = "only the organisation itself could be read here, in a member account: "
        aws.reading.detail = f"{said}{error.code} on the rest"
        return {"Organization": about}
    units, accounts = _tree(aws, roots)
    return {
        "Organization": about,
        "Roots": roots,
        "OrganizationalUnits": units,
        "Accounts": accounts,
        "Policies": _policies(aws, roots),
    }


def _manages(aws: Aws, about: Mapping[str, Any]) -> bool:
    """Whether this is the management account, or nothing shows that it is not."""
    try:
        own = str(aws.earlier("caller-identity").data.get("Account", ""))
    except ReadError:
        return True
    return manages(own, about)


def _tree(aws: Aws, roots: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Units and accounts, each with the id of what it lies in."""
    units: list[Any] = []
    accounts: list[Any] = []
    waiting = [text_of(root, "Id") for root in roots]
    while waiting:
        parent = waiting.pop(0)
        below = "list_organizational_units_for_parent"
        for unit in aws.items(_SERVICE, below, "OrganizationalUnits", ParentId=parent):
            units.append({**unit, "ParentId": parent})
            waiting.append(text_of(unit, "Id"))
        inside = aws.items(_SERVICE, "list_accounts_for_parent", "Accounts", ParentId=parent)
        accounts += [{**account, "ParentId": parent} for account in inside]
    return units, accounts


def _policies(aws: Aws, roots: list[dict[str, Any]]) -> list[Any]:
    """Policies of every type that is switched on, whatever types AWS has by now."""
    enabled = {
        text_of(kind, "Type")
        for root in roots
        for kind in root.get("PolicyTypes", [])
        if kind.get("Status") == "ENABLED"
    }
    summaries = [
        summary
        for kind in sorted(enabled)
        for summary in list(aws.items(_SERVICE, "list_policies", "Policies", Filter=kind))
    ]
    return aws.every(_policy, summaries)


def _policy(aws: Aws, summary: Mapping[str, Any]) -> dict[str, Any]:
    which = {"PolicyId": text_of(summary, "Id")}
    answer = aws.call(_SERVICE, "describe_policy", **which)
    targets = list(aws.items(_SERVICE, "list_targets_for_policy", "Targets", **which))
    content = text_of(answer.get("Policy"), "Content")
    return {**summary, "Content": content, "Targets": targets}


SOURCE = Source(
    name="organization",
    about="the organisation's tree, accounts and policies (docs/policy.md has its form)",
    operations=(
        "organizations:ListPolicies",
        "organizations:DescribeOrganization",
        "organizations:ListRoots",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListAccountsForParent",
        "organizations:DescribePolicy",
        "organizations:ListTargetsForPolicy",
    ),
    read=read,
    keys=("Organization",),
    scope=Scope.ORGANISATION,
    absent=frozenset({_NOT_IN_USE}),
    after=("caller-identity",),
)
