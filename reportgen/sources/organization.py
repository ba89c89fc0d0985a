"""AWS Organizations: the tree, the accounts, every SCP and RCP with content and targets.

It is read where it is managed: from the management account or a delegated administrator.
Elsewhere AWS refuses all but DescribeOrganization, which is how things should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import Aws, ReadError, Scope, Source

_SERVICE = "organizations"
_POLICY_TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_NOT_IN_USE = "AWSOrganizationsNotInUseException"
_NOT_HERE = {"AccessDeniedException", "AccessDenied", _NOT_IN_USE}


def read(aws: Aws) -> Mapping[str, Any]:
    """Read the organisation from its root down.

    Keys: Organization, Roots, OrganizationalUnits (with ParentId), Accounts (with ParentId),
    Policies (PolicySummary's fields, Content, Targets). Only Organization where the account may
    not read the rest.
    """
    about = aws.call(_SERVICE, "describe_organization").get("Organization", {})
    try:
        roots = list(aws.items(_SERVICE, "list_roots", "Roots"))
        units, accounts = _tree(aws, roots)
        policies = _policies(aws, roots)
    except ReadError as error:
        if error.code not in _NOT_HERE:
            raise
        said = "only the organisation itself could be read here: "
        aws.reading.detail = f"{said}{error.code} on its policies"
        return {"Organization": about}
    return {
        "Organization": about,
        "Roots": roots,
        "OrganizationalUnits": units,
        "Accounts": accounts,
        "Policies": policies,
    }


def _tree(aws: Aws, roots: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Units and accounts, each with the id of what it lies in."""
    units: list[Any] = []
    accounts: list[Any] = []
    waiting = [str(root.get("Id")) for root in roots]
    while waiting:
        parent = waiting.pop(0)
        below = "list_organizational_units_for_parent"
        for unit in aws.items(_SERVICE, below, "OrganizationalUnits", ParentId=parent):
            units.append({**unit, "ParentId": parent})
            waiting.append(str(unit.get("Id")))
        inside = aws.items(_SERVICE, "list_accounts_for_parent", "Accounts", ParentId=parent)
        accounts += [{**account, "ParentId": parent} for account in inside]
    return units, accounts


def _policies(aws: Aws, roots: list[dict[str, Any]]) -> list[Any]:
    enabled = {
        kind.get("Type")
        for root in roots
        for kind in root.get("PolicyTypes", [])
        if kind.get("Status") == "ENABLED"
    }
    return [
        _policy(aws, summary)
        for kind in _POLICY_TYPES
        if kind in enabled
        for summary in list(aws.items(_SERVICE, "list_policies", "Policies", Filter=kind))
    ]


def _policy(aws: Aws, summary: Mapping[str, Any]) -> dict[str, Any]:
    which = {"PolicyId": str(summary.get("Id"))}
    answer = aws.call(_SERVICE, "describe_policy", **which)
    targets = aws.items(_SERVICE, "list_targets_for_policy", "Targets", **which)
    content = answer.get("Policy", {}).get("Content", "")
    return {**summary, "Content": content, "Targets": list(targets)}


SOURCE = Source(
    name="organization",
    about="the organisation's tree, accounts, SCPs and RCPs (docs/policy.md has its form)",
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
)
