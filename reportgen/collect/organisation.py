"""What lies above one account: AWS Organizations with its policies, and IAM Identity Center.

Both are read where they are managed: from the management account or a delegated administrator.
Elsewhere AWS refuses, which is how things should be, so the source is then "not enabled" there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reportgen.collect.reading import Reading
from reportgen.collect.session import ReadError, Session
from reportgen.model import Status

_POLICY_TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_NOT_HERE = {"AccessDeniedException", "AccessDenied", "AWSOrganizationsNotInUseException"}


def _ask(
    session: Session, reading: Reading, service: str, method: str, **parameters: Any
) -> dict[str, Any]:
    """Make one request. The SDK takes an answer that is no JSON for an empty one; this does not."""
    answer = reading.add(session.call(service, method, **parameters))
    try:
        whole = isinstance(json.loads(answer.body or b"{}"), dict)
    except ValueError:
        whole = False
    if not whole:
        raise ReadError(Status.FAILED, "MalformedAnswer", f"the answer to {method} is not JSON")
    return answer.data


def _pages(
    session: Session, reading: Reading, service: str, method: str, key: str, **parameters: Any
) -> Iterator[Any]:
    token: dict[str, Any] = {}
    seen: set[str] = set()
    while True:
        answer = _ask(session, reading, service, method, **parameters, **token)
        yield from answer.get(key, [])
        following = answer.get("NextToken")
        if not following:
            return
        if following in seen:
            raise ReadError(Status.FAILED, "BadPaging", "AWS gave the same page token twice")
        seen.add(following)
        token = {"NextToken": following}


def organization(session: Session) -> Reading:
    """The organisation: roots, units, accounts, and every SCP and RCP with content and targets.

    Keys: Organization, Roots, OrganizationalUnits (with ParentId), Accounts (with ParentId),
    Policies (PolicySummary's fields, Content, Targets). Only Organization where the account may
    not read the rest.
    """
    reading = Reading()
    try:
        found = _ask(session, reading, "organizations", "describe_organization")
    except ReadError as error:
        if error.code == "AWSOrganizationsNotInUseException":
            said = "the account is in no organisation"
            raise ReadError(Status.NOT_ENABLED, error.code, said) from error
        raise
    reading.data = {"Organization": found.get("Organization", {})}
    try:
        roots = list(_pages(session, reading, "organizations", "list_roots", "Roots"))
        units, accounts = _tree(session, reading, roots)
        policies = _policies(session, reading, roots)
    except ReadError as error:
        if error.code not in _NOT_HERE:
            raise
        said = "only the organisation itself could be read here: "
        reading.detail = f"{said}{error.code} on its policies"
        return reading
    reading.data |= {
        "Roots": roots,
        "OrganizationalUnits": units,
        "Accounts": accounts,
        "Policies": policies,
    }
    return reading


def _tree(
    session: Session, reading: Reading, roots: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    units: list[dict[str, Any]] = []
    accounts: list[dict[str, Any]] = []
    waiting = [str(root.get("Id")) for root in roots]
    while waiting:
        parent = waiting.pop(0)
        listed = _pages(
            session,
            reading,
            "organizations",
            "list_organizational_units_for_parent",
            "OrganizationalUnits",
            ParentId=parent,
        )
        for unit in listed:
            units.append({**unit, "ParentId": parent})
            waiting.append(str(unit.get("Id")))
        listed = _pages(
            session,
            reading,
            "organizations",
            "list_accounts_for_parent",
            "Accounts",
            ParentId=parent,
        )
        accounts += [{**account, "ParentId": parent} for account in listed]
    return units, accounts


def _policies(
    session: Session, reading: Reading, roots: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    enabled = {
        str(kind.get("Type"))
        for root in roots
        for kind in root.get("PolicyTypes", [])
        if kind.get("Status") == "ENABLED"
    }
    found = []
    for kind in _POLICY_TYPES:
        if kind not in enabled:
            continue
        for summary in _pages(
            session, reading, "organizations", "list_policies", "Policies", Filter=kind
        ):
            identity = str(summary.get("Id"))
            answer = _ask(session, reading, "organizations", "describe_policy", PolicyId=identity)
            targets = _pages(
                session,
                reading,
                "organizations",
                "list_targets_for_policy",
                "Targets",
                PolicyId=identity,
            )
            content = answer.get("Policy", {}).get("Content", "")
            found.append({**summary, "Content": content, "Targets": list(targets)})
    return found


def identity_center(session: Session) -> Reading:
    """The permission sets of IAM Identity Center with their policies and assignments.

    Keys: Instances, each with PermissionSets; a set has DescribePermissionSet's fields,
    AttachedManagedPolicies, InlinePolicy, CustomerManagedPolicyReferences, PermissionsBoundary
    and Assignments (AccountId, PrincipalType, PrincipalId).
    """
    reading = Reading(data={"Instances": []})
    service = "sso-admin"
    for instance in _pages(session, reading, service, "list_instances", "Instances"):
        arn = {"InstanceArn": instance["InstanceArn"]}
        listed = _pages(session, reading, service, "list_permission_sets", "PermissionSets", **arn)
        sets = [_permission_set(session, reading, arn, name) for name in list(listed)]
        reading.data["Instances"].append({**instance, "PermissionSets": sets})
    if not reading.data["Instances"]:
        said = "IAM Identity Center is not managed from this account and region"
        raise ReadError(Status.NOT_ENABLED, "NoInstance", said)
    return reading


def _permission_set(
    session: Session, reading: Reading, instance: dict[str, str], arn: str
) -> dict[str, Any]:
    service = "sso-admin"
    which = {**instance, "PermissionSetArn": arn}

    def listed(method: str, key: str, **more: Any) -> list[Any]:
        return list(_pages(session, reading, service, method, key, **which, **more))

    def one(method: str) -> dict[str, Any]:
        return _ask(session, reading, service, method, **which)

    found: dict[str, Any] = dict(one("describe_permission_set").get("PermissionSet", {}))
    found["AttachedManagedPolicies"] = listed(
        "list_managed_policies_in_permission_set", "AttachedManagedPolicies"
    )
    found["InlinePolicy"] = one("get_inline_policy_for_permission_set").get("InlinePolicy", "")
    found["CustomerManagedPolicyReferences"] = listed(
        "list_customer_managed_policy_references_in_permission_set",
        "CustomerManagedPolicyReferences",
    )
    try:
        limit = one("get_permissions_boundary_for_permission_set")
        found["PermissionsBoundary"] = limit.get("PermissionsBoundary")
    except ReadError as error:
        if error.code != "ResourceNotFoundException":
            raise
        found["PermissionsBoundary"] = None
    accounts = listed("list_accounts_for_provisioned_permission_set", "AccountIds")
    found["Assignments"] = [
        assignment
        for account in accounts
        for assignment in listed(
            "list_account_assignments", "AccountAssignments", AccountId=account
        )
    ]
    return found
