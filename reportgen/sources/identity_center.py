"""IAM Identity Center: its permission sets with their policies, and who is assigned them where.

It is read where it is managed: from the management account or a delegated administrator, in the
region that it lives in. An instance lives in one region and is seen in no other, so an account that
may manage it is asked in each region that is switched on, the caller's own first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.model import Status
from reportgen.sources.above import AFTER, is_member
from reportgen.sources.rows import Maybe
from reportgen.sources.source import Aws, ReadError, Scope, Source, malformed, text_of

_SERVICE = "sso-admin"
# A permission set of an instance: the parameters that name it.
_Which = Mapping[str, str]


def read(aws: Aws) -> Mapping[str, Any]:
    """Read every instance.

    Keys: Instances, each with PermissionSets; a set has DescribePermissionSet's fields,
    AttachedManagedPolicies, InlinePolicy, CustomerManagedPolicyReferences, PermissionsBoundary
    and Assignments (AccountId, PrincipalType, PrincipalId). The parameters of the evidence have
    Region where it is not the caller's own.
    """
    instances = []
    for instance in _found(aws):
        try:
            instances.append({**instance, "PermissionSets": _permission_sets(aws, instance)})
        except ReadError as error:
            if error.status is not Status.DENIED or not _of_others(aws, instance):
                raise
    if not instances:
        said = "IAM Identity Center is not managed from this account and region"
        raise ReadError(Status.NOT_ENABLED, "NoInstance", said)
    return {"Instances": instances}


def _found(aws: Aws) -> list[Any]:
    """The instances of the first region that has any; ``aws`` asks there from then on.

    Raises ReadError where none was found and a region did not answer.
    """
    listed = list(aws.items(_SERVICE, "list_instances", "Instances"))
    lost: ReadError | None = None
    for region in () if listed else _elsewhere(aws):
        aws.region = region
        try:
            listed = list(aws.items(_SERVICE, "list_instances", "Instances"))
        except ReadError as error:
            # The own region has answered: where nothing can be reached, the service is not there.
            lost = lost or (error if error.code != "EndpointConnectionError" else None)
        if listed:
            aws.reading.parameters["Region"] = region
            return listed
    if lost is not None:
        raise lost
    return listed


def _elsewhere(aws: Aws) -> list[str]:
    """The regions that are switched on, for an account that is not known to be a mere member."""
    if is_member(aws):
        return []
    try:
        regions = aws.earlier("regions").data.get("Regions")
    except ReadError:
        return []
    listed = regions if isinstance(regions, list) else ()
    return sorted(text_of(r, "RegionName") for r in listed if not _is_off(r))


def _is_off(region: Any) -> bool:
    return isinstance(region, dict) and region.get("OptInStatus") == "not-opted-in"


def _of_others(aws: Aws, instance: Mapping[str, Any]) -> bool:
    """Whether the instance is the organisation's, seen from a member account."""
    own = str(aws.earlier("caller-identity").data.get("Account", ""))
    return is_member(aws) and instance.get("OwnerAccountId") != own


def _permission_sets(aws: Aws, instance: Mapping[str, Any]) -> list[dict[str, Any]]:
    which = {"InstanceArn": text_of(instance, "InstanceArn")}
    listed = aws.items(_SERVICE, "list_permission_sets", "PermissionSets", **which)
    return aws.every(_permission_set, [{**which, "PermissionSetArn": str(arn)} for arn in listed])


def _permission_set(aws: Aws, which: _Which) -> dict[str, Any]:
    def listed(method: str, key: str, **more: Any) -> list[Any]:
        return list(aws.items(_SERVICE, method, key, **which, **more))

    about = aws.call(_SERVICE, "describe_permission_set", **which).get("PermissionSet")
    if not isinstance(about, dict):
        raise malformed("the answer has no PermissionSet")
    managed = listed("list_managed_policies_in_permission_set", "AttachedManagedPolicies")
    # AWS answers an empty text where there is no inline policy.
    inline = aws.call(_SERVICE, "get_inline_policy_for_permission_set", **which)
    if not isinstance(inline.get("InlinePolicy"), str):
        raise malformed("the answer has no InlinePolicy")
    references = "CustomerManagedPolicyReferences"
    own = listed("list_customer_managed_policy_references_in_permission_set", references)
    accounts = listed("list_accounts_for_provisioned_permission_set", "AccountIds")
    return {
        **about,
        "AttachedManagedPolicies": managed,
        "InlinePolicy": inline["InlinePolicy"],
        references: own,
        "PermissionsBoundary": _boundary(aws, which),
        "Assignments": [
            assignment
            for account in accounts
            for assignment in listed(
                "list_account_assignments", "AccountAssignments", AccountId=account
            )
        ],
    }


def _boundary(aws: Aws, which: _Which) -> dict[str, Any] | None:
    try:
        answer = aws.call(_SERVICE, "get_permissions_boundary_for_permission_set", **which)
    except ReadError as error:
        if error.code != "ResourceNotFoundException":
            raise
        return None
    boundary = answer.get("PermissionsBoundary")
    if not isinstance(boundary, dict):
        raise malformed("the answer has no PermissionsBoundary")
    return boundary


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
    after=("regions", *AFTER),
    rows={
        "Instances": [
            {
                "PermissionSets": [
                    {
                        "PermissionSetArn": str,
                        "SessionDuration": Maybe(str),
                        "Assignments": Maybe([{"PrincipalType": str, "PrincipalId": str}]),
                    }
                ]
            }
        ]
    },
)
