"""Accounts made to fool it, each with what the rules make of its user.

IAM User Guide: "Policy evaluation logic", "Permissions boundaries for IAM entities", "Principal",
"Granting a user permissions to pass a role", "Passing session tags in AWS STS", "Controlling access
to and for IAM users and roles using tags"; IAM API Reference, UpdateSAMLProvider; Service
Authorization Reference of IAM Roles Anywhere.
"""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.decision import levels_of
from tests.policies import (
    OWN,
    allow,
    attached,
    deny,
    judged,
    managed,
    policy,
    role,
    statement,
    trust_policy,
    user,
)

R = f"arn:aws:iam::{OWN}:role"
U = f"arn:aws:iam::{OWN}:user"
G = f"arn:aws:iam::{OWN}:group/g"
P = f"arn:aws:iam::{OWN}:policy"
SAML = f"arn:aws:iam::{OWN}:saml-provider/p"
WEB = "sts:AssumeRoleWithSAML"
ADMINS = {
    "GroupName": "g",
    "Arn": G,
    "GroupPolicyList": [{"PolicyName": "x", "PolicyDocument": allow()}],
}


def of(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(Action=action, Resource=resource, **more)


def boss(trust: Any = None, **more: Any) -> dict[str, Any]:
    return role("boss", trust or {"AWS": OWN}, allow(), **more)


CASES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "mfa on trust": (
        "escalation",
        [
            user("u", of("sts:AssumeRole")),
            boss(
                trust_policy(
                    {"AWS": OWN}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}
                )
            ),
        ],
    ),
    "trust principalarn pattern other": (
        "none",
        [
            user("u", of("sts:AssumeRole")),
            boss(
                trust_policy({"AWS": OWN}, Condition={"ArnLike": {"aws:PrincipalArn": f"{R}/x*"}})
            ),
        ],
    ),
    "trust principalarn pattern own": (
        "escalation",
        [
            user("u", of("sts:AssumeRole")),
            boss(trust_policy({"AWS": OWN}, Condition={"ArnLike": {"aws:PrincipalArn": f"{U}/*"}})),
        ],
    ),
    "update trust only": (
        "escalation",
        [
            user("u", of("iam:UpdateAssumeRolePolicy", f"{R}/boss")),
            boss({"Service": "ec2.amazonaws.com"}),
        ],
    ),
    "pass to wrong service": (
        "none",
        [
            user(
                "u",
                of("iam:PassRole", f"{R}/boss"),
                of(["lambda:CreateFunction", "lambda:InvokeFunction"]),
            ),
            boss({"Service": "ec2.amazonaws.com"}),
        ],
    ),
    "pass with cond other service": (
        "none",
        [
            user(
                "u",
                of(
                    "iam:PassRole",
                    f"{R}/boss",
                    Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                ),
                of(["lambda:CreateFunction", "lambda:InvokeFunction"]),
            ),
            boss({"Service": "lambda.amazonaws.com"}),
        ],
    ),
    "key on admin user": (
        "escalation",
        [user("u", of("iam:CreateAccessKey", f"{U}/chief")), user("chief", allow())],
    ),
    "key on admin user denied by tag": (
        "none",
        [
            user(
                "u",
                of("iam:CreateAccessKey", f"{U}/chief"),
                deny(Action="iam:*", Condition={"StringEquals": {"aws:ResourceTag/tier": "top"}}),
            ),
            user("chief", allow(), Tags=[{"Key": "tier", "Value": "top"}]),
        ],
    ),
    "untag then key": (
        "escalation",
        [
            user(
                "u",
                of(["iam:CreateAccessKey", "iam:UntagUser"], f"{U}/chief"),
                deny(
                    Action="iam:Create*",
                    Condition={"StringEquals": {"aws:ResourceTag/tier": "top"}},
                ),
            ),
            user("chief", allow(), Tags=[{"Key": "tier", "Value": "top"}]),
        ],
    ),
    "retag then key": (
        "escalation",
        [
            user(
                "u",
                of(["iam:CreateAccessKey", "iam:TagUser"], f"{U}/chief"),
                deny(
                    Action="iam:Create*",
                    Condition={"StringEquals": {"aws:ResourceTag/tier": "top"}},
                ),
            ),
            user("chief", allow(), Tags=[{"Key": "tier", "Value": "top"}]),
        ],
    ),
    "boundary via group policy version": (
        "escalation",
        [
            user("u", of("iam:CreatePolicyVersion", f"{P}/gp"), GroupList=["g"]),
            {
                "GroupName": "g",
                "Arn": G,
                "GroupPolicyList": [],
                "AttachedManagedPolicies": attached("gp"),
            },
            managed("gp", of("s3:Get*")),
        ],
    ),
    "bounded, own policy IS boundary": (
        "escalation",
        [
            user(
                "u",
                of("iam:CreatePolicyVersion", f"{P}/lim"),
                boundary="lim",
                AttachedManagedPolicies=attached("lim"),
            ),
            managed("lim", of(["s3:*", "iam:CreatePolicyVersion"])),
        ],
    ),
    "create user attach login": (
        "escalation",
        [
            user(
                "u",
                of(
                    ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateLoginProfile"],
                    f"{U}/new*",
                ),
            )
        ],
    ),
    "create user add to admin group": (
        "escalation",
        [
            user(
                "u",
                of(["iam:CreateUser", "iam:CreateAccessKey"], f"{U}/new*"),
                of("iam:AddUserToGroup", G),
            ),
            ADMINS,
        ],
    ),
    "add to admin group": ("escalation", [user("u", of("iam:AddUserToGroup", G)), ADMINS]),
    "external id unknown": (
        "escalation",
        [
            user("u", of("sts:AssumeRole")),
            boss(trust_policy({"AWS": OWN}, Condition={"StringEquals": {"sts:ExternalId": "abc"}})),
        ],
    ),
    "trust org id": (
        "escalation",
        [
            user("u", of("sts:AssumeRole")),
            boss(
                trust_policy(
                    "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
                )
            ),
        ],
    ),
    "trust denies u": (
        "none",
        [
            user("u", of("sts:AssumeRole")),
            boss(
                policy(
                    {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"},
                    {"Effect": "Deny", "Principal": {"AWS": f"{U}/u"}, "Action": "sts:AssumeRole"},
                )
            ),
        ],
    ),
    "trust denies u but over m": (
        "escalation",
        [
            user("u", of("sts:AssumeRole")),
            boss(
                policy(
                    {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"},
                    {"Effect": "Deny", "Principal": {"AWS": f"{U}/u"}, "Action": "sts:AssumeRole"},
                )
            ),
            role("m", {"AWS": OWN}, of("sts:AssumeRole")),
        ],
    ),
    "session tags needed no TagSession": (
        "none",
        [
            user("u", of("sts:AssumeRole")),
            boss(
                trust_policy({"AWS": OWN}, Condition={"StringEquals": {"aws:RequestTag/team": "x"}})
            ),
        ],
    ),
    "service-linked admin role not assumable": (
        "none",
        [
            user("u", of("sts:AssumeRole")),
            role(
                "AWSServiceRoleForX",
                {"Service": "x.amazonaws.com"},
                allow(),
                path="/aws-service-role/x.amazonaws.com/",
            ),
        ],
    ),
    "saml provider rewritten": (
        "escalation",
        [
            user("u", of("iam:UpdateSAMLProvider", SAML)),
            boss(
                trust_policy(
                    {"Federated": SAML},
                    WEB,
                    Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
                )
            ),
        ],
    ),
    "roles anywhere": (
        "escalation",
        [
            user(
                "u",
                of(
                    [
                        "rolesanywhere:CreateTrustAnchor",
                        "rolesanywhere:CreateProfile",
                        "iam:PassRole",
                    ]
                ),
            ),
            boss(
                trust_policy(
                    {"Service": "rolesanywhere.amazonaws.com"},
                    ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
                )
            ),
        ],
    ),
    "lambda layer/config": (
        "escalation",
        [
            user("u", of("lambda:UpdateFunctionConfiguration")),
            boss({"Service": "lambda.amazonaws.com"}),
        ],
    ),
    "notresource admin": (
        "full",
        [
            user(
                "u",
                policy(
                    statement(),
                    statement("Deny", NotAction="x:y", Resource="arn:aws:s3:::secret/*"),
                ),
            )
        ],
    ),
    "deny all but own ip": (
        "conditional",
        [user("u", allow(), deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))],
    ),
    "saml provider of another name": (
        "none",
        [
            user("u", of("iam:UpdateSAMLProvider", f"{SAML}2")),
            boss(trust_policy({"Federated": SAML}, WEB)),
        ],
    ),
    "saml provider, but the trust denies its users": (
        "none",
        [
            user("u", of("iam:UpdateSAMLProvider", SAML)),
            boss(
                policy(
                    {"Effect": "Allow", "Principal": {"Federated": SAML}, "Action": WEB},
                    {"Effect": "Deny", "Principal": {"Federated": SAML}, "Action": WEB},
                )
            ),
        ],
    ),
    "saml provider that identity center keeps": (
        "none",
        [
            user("u", of("iam:UpdateSAMLProvider")),
            role(
                "a",
                trust_policy({"Federated": SAML}, WEB),
                allow(),
                path="/aws-reserved/sso.amazonaws.com/",
            ),
        ],
    ),
    "saml provider, but the trust has another action": (
        "none",
        [
            user("u", of("iam:UpdateSAMLProvider", SAML)),
            boss(trust_policy({"Federated": SAML}, "sts:TagSession")),
        ],
    ),
    "roles anywhere without PassRole": (
        "none",
        [
            user("u", of(["rolesanywhere:CreateTrustAnchor", "rolesanywhere:CreateProfile"])),
            boss({"Service": "rolesanywhere.amazonaws.com"}),
        ],
    ),
}

UNDER: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "scp denies assume": (
        [user("u", of("sts:AssumeRole")), boss()],
        [allow(), deny(Action="sts:AssumeRole")],
    ),
    "scp denies except boss arn": (
        [user("u", of("sts:AssumeRole")), boss()],
        [
            allow(),
            deny(Action="sts:*", Condition={"ArnNotLike": {"aws:PrincipalArn": f"{R}/boss"}}),
        ],
    ),
    "passrole notresource": (
        [
            user(
                "u",
                allow(Action="iam:PassRole", NotResource=f"{R}/boss"),
                of(["lambda:CreateFunction", "lambda:InvokeFunction"], "*"),
            ),
            boss({"Service": "lambda.amazonaws.com"}),
        ],
        [allow(), deny(Action="iam:PassRole", Resource="*")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_user_is(name: str) -> None:
    wanted, records = CASES[name]
    assert judged(*records)["u"]["admin"] == wanted


@pytest.mark.parametrize("name", UNDER)
def test_what_a_user_is_under_scps(name: str) -> None:
    records, scps = UNDER[name]
    assert judged(*records)["u"]["admin"] == "escalation"
    assert judged(*records, scps=levels_of([scps]))["u"]["admin"] == "none"
