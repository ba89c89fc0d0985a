"""IAM Identity Center: its permission sets with their policies, and who is assigned them where.

It is read where it is managed: from the management account or a delegated administrator, in the
region that it lives in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.model import Status
from reportgen.sources.source import Aws, ReadError, Scope, Source

_SERVICE = "sso-admin"


def read(aws: Aws) -> Mapping[str, Any]:
    """Read every instance.

    Keys: Instances, each with PermissionSets; a set has DescribePermissionSet's fields,
    AttachedManagedPolicies, InlinePolicy, CustomerManagedPolicyReferences, PermissionsBoundary
    and Assignments (AccountId, PrincipalType, PrincipalId).
    """
    instances = []
    for instance in list(aws.items(_SERVICE, "list_instances", "Instances")):
        which = {"InstanceArn": instance["InstanceArn"]}
        listed = list(aws.items(_SERVICE, "list_permission_sets", "PermissionSets", **which))
        sets = [_permission_set(aws, {**which, "PermissionSetArn": arn}) for arn in listed]
        instances.append({**instance, "PermissionSets": sets})
    if not instances:
        said = "IAM Identity Center is not managed from this account and region"
        raise ReadError(Status.NOT_ENABLED, "NoInstance", said)
    return {"Instances": instances}


def _permission_set(aws: Aws, which: Mapping[str, str]) -> dict[str, Any]:
    def listed(method: str, key: str, **more: Any) -> list[Any]:
        return list(aws.items(_SERVICE, method, key, **which, **more))

    about: dict[str, Any] = dict(
        aws.call(_SERVICE, "describe_permission_set", **which).get("PermissionSet", {})
    )
    about["AttachedManagedPolicies"] = listed(
        "list_managed_policies_in_permission_set", "AttachedManagedPolicies"
    )
    inline = aws.call(_SERVICE, "get_inline_policy_for_permission_set", **which)
    about["InlinePolicy"] = inline.get("InlinePolicy", "")
    about["CustomerManagedPolicyReferences"] = listed(
        "list_customer_managed_policy_references_in_permission_set",
        "CustomerManagedPolicyReferences",
    )
    about["PermissionsBoundary"] = _boundary(aws, which)
    about["Assignments"] = [
        assignment
        for account in listed("list_accounts_for_provisioned_permission_set", "AccountIds")
        for assignment in listed(
            "list_account_assignments", "AccountAssignments", AccountId=account
        )
    ]
    return about


def _boundary(aws: Aws, which: Mapping[str, str]) -> Any:
    try:
        answer = aws.call(_SERVICE, "get_permissions_boundary_for_permission_set", **which)
    except ReadError as error:
        if error.code != "ResourceNotFoundException":
            raise
        return None
    return answer.get("PermissionsBoundary")


SOURCE = Source(
    name="identity-center",
    about="permission sets and their assignments (docs/policy.md has its form)",
    operations=(
        "sso-admin:ListPermissionSets",
        "sso-admin:ListInstances",
        "sso-admin:DescribePermissionSet",
        "sso-admin:ListManagedPoliciesInPermissionSet",
        "sso-admin:GetInlinePolicyForPermissionSet",
        "sso-admin:ListCustomerManagedPolicyReferencesInPermissionSet",
        "sso-admin:GetPermissionsBoundaryForPermissionSet",
        "sso-admin:ListAccountsForProvisionedPermissionSet",
        "sso-admin:ListAccountAssignments",
    ),
    actions=(
        "sso:ListPermissionSets",
        "sso:ListInstances",
        "sso:DescribePermissionSet",
        "sso:ListManagedPoliciesInPermissionSet",
        "sso:GetInlinePolicyForPermissionSet",
        "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
        "sso:GetPermissionsBoundaryForPermissionSet",
        "sso:ListAccountsForProvisionedPermissionSet",
        "sso:ListAccountAssignments",
    ),
    read=read,
    keys=("Instances",),
    scope=Scope.ORGANISATION,
)
