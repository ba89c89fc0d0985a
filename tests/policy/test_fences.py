"""AWS's own fences, each with the page of AWS that says it."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.access import Level
from reportgen.policy.decision import ALLOWED, Policies, Request, decide
from reportgen.policy.document import parse
from reportgen.policy.effective import Reach
from reportgen.policy.fences import (
    aws_alias,
    aws_policy,
    aws_role,
    cannot_be_denied,
    fence,
    needs_long_term,
    reserved_role,
    service_linked_role,
)
from tests.policies import OWN, account, allow, deny, role, trust_policy, user

ROLES = f"arn:aws:iam::{OWN}:role"
LINKED = f"{ROLES}/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"
RESERVED = f"{ROLES}/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0"
# IAM API Reference: these list the error UnmodifiableEntity, or name the role's path (CreateRole).
ROLE_CHANGES = [
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "UpdateAssumeRolePolicy",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
    "DeleteRole",
    "CreateRole",
    "AddRoleToInstanceProfile",
    "RemoveRoleFromInstanceProfile",
]
POLICY_CHANGES = [
    "CreatePolicy",
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "SetDefaultPolicyVersion",
    "TagPolicy",
    "UntagPolicy",
]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("name", POLICY_CHANGES)
def test_an_aws_managed_policy_cannot_be_changed(name: str, partition: str) -> None:
    # IAM User Guide, "Managed policies and inline policies".
    arn = f"arn:{partition}:iam::aws:policy/job-function/Billing"
    assert aws_policy(arn)
    assert "AWS managed policy" in fence(f"IAM:{name.upper()}", arn)
    own = f"arn:{partition}:iam::{OWN}:policy/aws/Billing"
    assert not aws_policy(own)
    assert fence(f"iam:{name}", own) == ""


@pytest.mark.parametrize("name", ROLE_CHANGES)
def test_roles_of_aws_cannot_be_changed(name: str) -> None:
    # IAM User Guide, "Using service-linked roles"; IAM Identity Center User Guide, "Permission
    # sets": the roles that it makes are changed through the permission set.
    assert "service-linked" in fence(f"iam:{name}", LINKED)
    assert "reserved" in fence(f"iam:{name}", RESERVED)
    assert fence(f"iam:{name}", f"{ROLES}/service-role/lambda-x") == ""
    assert fence(f"iam:{name}", f"{ROLES}/aws-service-role-x") == ""


def test_what_is_no_change_is_left_to_policies() -> None:
    for name in ("GetRole", "PassRole", "UpdateRoleDescription", "DeleteServiceLinkedRole"):
        assert fence(f"iam:{name}", LINKED) == ""
    assert fence("sts:AssumeRole", RESERVED) == ""
    assert fence("iam:AttachUserPolicy", f"arn:aws:iam::{OWN}:user/aws-reserved/u") == ""
    assert fence("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess") == ""


def test_kinds_of_roles() -> None:
    assert (service_linked_role(LINKED), reserved_role(LINKED)) == (True, False)
    assert (service_linked_role(RESERVED), reserved_role(RESERVED)) == (False, True)
    assert aws_role(LINKED)
    assert aws_role(RESERVED)
    assert not aws_role(f"{ROLES}/boss")
    assert not aws_role("role/aws-reserved/x")


@pytest.mark.parametrize("name", ["CreateAlias", "UpdateAlias", "DeleteAlias"])
def test_aliases_of_aws(name: str) -> None:
    # AWS KMS Developer Guide, "Aliases": alias/aws/ is reserved.
    theirs = f"arn:aws:kms:ap-southeast-2:{OWN}:alias/aws/s3"
    assert aws_alias(theirs)
    assert fence(f"kms:{name}", theirs)
    assert fence(f"kms:{name}", theirs.replace("alias/aws/", "alias/awsome/")) == ""
    assert fence("kms:Decrypt", theirs) == ""


def test_what_policies_have_no_say_in() -> None:
    # AWS STS API Reference, GetCallerIdentity; IAM User Guide, "Permissions for GetSessionToken".
    assert cannot_be_denied("STS:GetCallerIdentity")
    assert cannot_be_denied("sts:GetSessionToken")
    assert not cannot_be_denied("sts:GetFederationToken")
    # AWS STS API Reference, GetSessionToken: with the credentials of a user or of root.
    assert needs_long_term("STS:GetSessionToken")
    assert not needs_long_term("sts:GetCallerIdentity")


SAME = [
    ("sts:GetCallerIdentity", "*"),
    ("sts:GetSessionToken", "*"),
    ("sts:GetFederationToken", "*"),
    ("iam:PutRolePolicy", LINKED),
    ("iam:PutRolePolicy", f"{ROLES}/plain"),
    ("iam:UpdateRole", LINKED),
    ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{OWN}:policy/own"),
    ("kms:CreateAlias", f"arn:aws:kms:ap-southeast-2:{OWN}:alias/aws/s3"),
]


@pytest.mark.parametrize(("action", "resource"), SAME)
@pytest.mark.parametrize("listed", [[], [allow()], [allow(), deny()]], ids=["no", "all", "denied"])
def test_decisions_and_effective_access_have_the_same_fences(
    action: str, resource: str, listed: list[Any]
) -> None:
    found = account(user("u", *listed), role("r", trust_policy({"AWS": OWN}), *listed))
    for arn, subject in found.subjects.items():
        decided = decide(
            Request(arn, action, resource), Policies(tuple(parse(d) for d in listed))
        ).decision
        assert (Reach(subject).can(action, resource).level is Level.YES) == (decided == ALLOWED)


def test_a_pattern_is_fenced_where_all_that_it_matches_is() -> None:
    assert fence("iam:PutRolePolicy", f"{ROLES}/aws-reserved/*")
    assert fence("iam:PutRolePolicy", f"{ROLES}/*") == ""


def test_a_colon_in_the_path_is_part_of_the_name() -> None:
    # IAM API Reference, "path": any printable ASCII character may be in it.
    assert aws_policy("arn:aws:iam::aws:policy/a:b/x")
    assert service_linked_role(f"{ROLES}/aws-service-role/a:b/x")
    assert reserved_role(f"{ROLES}/aws-reserved/a:b/x")
    assert aws_alias(f"arn:aws:kms:ap-southeast-2:{OWN}:alias/aws/a:b")


@pytest.mark.parametrize(
    "text", ["", "arn", "arn:aws:iam::aws", "policy/x", "x:aws:iam::aws:policy/y", "aws:policy/x"]
)
def test_what_is_no_arn_is_nothing_of_aws(text: str) -> None:
    found = (aws_policy(text), service_linked_role(text), reserved_role(text), aws_alias(text))
    assert found == (False, False, False, False)
    assert fence("iam:CreatePolicyVersion", text) == ""
