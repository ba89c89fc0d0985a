"""Ways by changing somebody else and then acting as that one, over whomever it takes.

The rules are those of the IAM User Guide: "Permissions boundaries for IAM entities", "Policy
evaluation logic", "Controlling access to and for IAM users and roles using tags", "Roles terms and
concepts" (role chaining).
"""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.account import Account
from reportgen.policy.escalation import Escalations
from reportgen.policy.paths import Route
from tests.policies import (
    OWN,
    account,
    admin,
    allow,
    attached,
    confirmed,
    deny,
    judged,
    managed,
    role,
    trust_policy,
    user,
)

R = f"arn:aws:iam::{OWN}:role"
U = f"arn:aws:iam::{OWN}:user"
P = f"arn:aws:iam::{OWN}:policy"
LAMBDA = {"Service": "lambda.amazonaws.com"}
TIGHT = managed("tight", allow(Action="s3:Get*"))


def may(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(Action=action, Resource=resource, **more)


def by(name: str, kind: str = "role") -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{OWN}:{kind}/{name}"}


ASSUME_M = may("sts:AssumeRole", f"{R}/m")
ASSUME_T = may("sts:AssumeRole", f"{R}/t")
# An administrator, without the actions of services that are ways of their own.
CHIEF = may(["iam:*", "s3:*", "ec2:RunInstances", "kms:*"])
NO_IAM = deny(Action="iam:*")
BRIDGE = role("m", by("u", "user"), may("sts:AssumeRole", f"{R}/t"))
CASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    # A role given everything, whose trust only lets a third in that the user may act as.
    "granted role over a third": (
        [
            user("u", may("iam:PutRolePolicy", f"{R}/t"), ASSUME_M),
            BRIDGE,
            role("t", by("m")),
        ],
        "iam-005",
    ),
    "granted user over a third": (
        [
            user("u", may("iam:PutUserPolicy", f"{U}/t"), ASSUME_M),
            role("m", by("u", "user"), may("iam:CreateAccessKey", f"{U}/t")),
            user("t"),
        ],
        "iam-007",
    ),
    "granted group over a third": (
        [
            user("u", may("iam:AttachGroupPolicy", f"arn:aws:iam::{OWN}:group/g"), ASSUME_M),
            role("m", by("u", "user"), may("iam:UpdateLoginProfile", f"{U}/t")),
            user("t", GroupList=["g"]),
            {"GroupName": "g", "Arn": f"arn:aws:iam::{OWN}:group/g", "GroupPolicyList": []},
        ],
        "iam-010",
    ),
    "policy of a role rewritten, reached over a third": (
        [
            user("u", may("iam:CreatePolicyVersion", f"{P}/dev"), ASSUME_M),
            BRIDGE,
            role("t", by("m"), AttachedManagedPolicies=attached("dev")),
            managed("dev", may("s3:GetObject")),
        ],
        "iam-001",
    ),
    "the third gives, the user acts": (
        [
            user("u", may("sts:AssumeRole", [f"{R}/m", f"{R}/t"])),
            role("m", by("u", "user"), may("iam:AttachRolePolicy", f"{R}/t")),
            role("t", by("u", "user")),
        ],
        "iam-009",
    ),
    "one third gives, another acts": (
        [
            user("u", may("sts:AssumeRole", [f"{R}/m", f"{R}/n"])),
            role("m", by("u", "user"), may("iam:PutRolePolicy", f"{R}/t")),
            role("n", by("u", "user"), may("sts:AssumeRole", f"{R}/t")),
            role("t", by("n")),
        ],
        "iam-005",
    ),
    "boundary of another user deleted": (
        [
            user(
                "u",
                may(["iam:DeleteUserPermissionsBoundary", "iam:CreateAccessKey"], f"{U}/t"),
            ),
            user("t", CHIEF, boundary="tight"),
            TIGHT,
        ],
        "extra-010",
    ),
    "boundary of a role deleted": (
        [
            user("u", may(["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"], f"{R}/t")),
            role("t", {"AWS": OWN}, CHIEF, boundary="tight"),
            TIGHT,
        ],
        "extra-009",
    ),
    "boundary of a role replaced by one that limits nothing": (
        [
            user("u", may(["iam:PutRolePermissionsBoundary", "sts:AssumeRole"], f"{R}/t")),
            role("t", {"AWS": OWN}, CHIEF, boundary="tight"),
            TIGHT,
        ],
        "extra-009",
    ),
    "boundary of a role rewritten": (
        [
            user(
                "u",
                may("iam:CreatePolicyVersion", f"{P}/tight"),
                ASSUME_T,
            ),
            role("t", {"AWS": OWN}, CHIEF, boundary="tight"),
            TIGHT,
        ],
        "boundary-001",
    ),
    "boundary of a role restored to an older version": (
        [
            user("u", may("iam:SetDefaultPolicyVersion", f"{P}/tight"), ASSUME_T),
            role("t", {"AWS": OWN}, CHIEF, boundary="tight"),
            managed("tight", may("s3:Get*"), allow()),
        ],
        "boundary-001",
    ),
    "boundary deleted of a role that a function runs as": (
        [
            user(
                "u",
                may("iam:DeleteRolePermissionsBoundary", f"{R}/t"),
                may("lambda:UpdateFunctionCode"),
            ),
            role("t", LAMBDA, CHIEF, boundary="tight"),
            TIGHT,
        ],
        "extra-009",
    ),
    "boundary deleted of a role that may be passed": (
        [
            user(
                "u",
                may(["iam:DeleteRolePermissionsBoundary", "iam:PassRole"], f"{R}/t"),
                may(["lambda:CreateFunction", "lambda:InvokeFunction"]),
            ),
            role("t", LAMBDA, CHIEF, boundary="tight"),
            TIGHT,
        ],
        "extra-009",
    ),
    "deny detached from a role": (
        [
            user("u", may(["iam:DetachRolePolicy", "sts:AssumeRole"], f"{R}/t")),
            role("t", {"AWS": OWN}, CHIEF, AttachedManagedPolicies=attached("no")),
            managed("no", NO_IAM),
        ],
        "deny-001",
    ),
    "inline deny of a role deleted": (
        [
            user("u", may(["iam:DeleteRolePolicy", "sts:AssumeRole"], f"{R}/t")),
            role("t", {"AWS": OWN}, CHIEF, NO_IAM),
        ],
        "deny-001",
    ),
    "another taken out of the group that denies": (
        [
            user(
                "u",
                may("iam:RemoveUserFromGroup", f"arn:aws:iam::{OWN}:group/g"),
                may("iam:CreateAccessKey", f"{U}/t"),
            ),
            user("t", CHIEF, GroupList=["g"]),
            {
                "GroupName": "g",
                "Arn": f"arn:aws:iam::{OWN}:group/g",
                "GroupPolicyList": [
                    {"PolicyName": "no", "PolicyDocument": NO_IAM},
                ],
            },
        ],
        "deny-001",
    ),
    "deny of a role taken away, the role reached over a third": (
        [
            user("u", may("iam:DetachRolePolicy", f"{R}/t"), ASSUME_M),
            BRIDGE,
            role("t", by("m"), CHIEF, AttachedManagedPolicies=attached("no")),
            managed("no", NO_IAM),
        ],
        "deny-001",
    ),
    "another role tagged for its own condition": (
        [
            user("u", may(["iam:TagRole", "sts:AssumeRole"], f"{R}/t")),
            role(
                "t",
                {"AWS": OWN},
                allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "admin"}}),
            ),
        ],
        "tag-001",
    ),
    "another user untagged to escape its deny": (
        [
            user("u", may(["iam:UntagUser", "iam:CreateAccessKey"], f"{U}/t")),
            user(
                "t",
                allow(),
                deny(Condition={"StringEquals": {"aws:PrincipalTag/held": "yes"}}),
                Tags=[{"Key": "held", "Value": "yes"}],
            ),
        ],
        "tag-001",
    ),
    "another tagged for the trust of an administrator": (
        [
            user("u", may("iam:TagRole", f"{R}/m"), ASSUME_M),
            role("m", by("u", "user"), may("sts:AssumeRole")),
            role(
                "boss",
                trust_policy(
                    {"AWS": OWN},
                    Condition={"StringEquals": {"aws:PrincipalTag/team": "admin"}},
                ),
                allow(),
            ),
        ],
        "tag-001",
    ),
    "a role tagged so that it may be assumed": (
        [
            user(
                "u",
                may("iam:TagRole", f"{R}/boss"),
                may(
                    "sts:AssumeRole",
                    Condition={"StringEquals": {"aws:ResourceTag/team": "ops"}},
                ),
            ),
            role("boss", {"AWS": OWN}, allow()),
        ],
        "sts-001",
    ),
    "a role tagged so that it may be passed": (
        [
            user(
                "u",
                may("iam:TagRole", f"{R}/boss"),
                may("iam:PassRole", Condition={"StringEquals": {"iam:ResourceTag/team": "ops"}}),
                may(["lambda:CreateFunction", "lambda:InvokeFunction"]),
            ),
            role("boss", LAMBDA, allow()),
        ],
        "lambda-001",
    ),
    "another given a policy that only leads on": (
        [
            user(
                "u",
                may(
                    ["iam:AttachRolePolicy"],
                    f"{R}/t",
                    Condition={"ArnEquals": {"iam:PolicyARN": f"{P}/dev"}},
                ),
                ASSUME_T,
            ),
            role("t", {"AWS": OWN}),
            role("boss", {"AWS": OWN}, allow()),
            managed("dev", may("sts:AssumeRole", f"{R}/boss")),
        ],
        "iam-009",
    ),
    "boundary and deny of another, each of which must go": (
        [
            user(
                "u",
                may(
                    [
                        "iam:DetachRolePolicy",
                        "iam:DeleteRolePermissionsBoundary",
                        "sts:AssumeRole",
                    ],
                    f"{R}/t",
                ),
            ),
            role(
                "t",
                {"AWS": OWN},
                CHIEF,
                boundary="tight",
                AttachedManagedPolicies=attached("no"),
            ),
            TIGHT,
            managed("no", NO_IAM),
        ],
        "deny-001",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_way_is_found(name: str) -> None:
    records, path_id = CASES[name]
    found = judged(*records)["u"]
    assert (found["admin"], [p["id"] for p in found["paths"]]) == ("escalation", [path_id])


def _route(records: list[dict[str, Any]]) -> tuple[Route, Account]:
    found = account(*records)
    (route,) = Escalations([found]).standings[f"{U}/u"].routes
    return route, found


@pytest.mark.parametrize("name", CASES)
def test_each_step_is_allowed_and_closes_the_way_when_denied(name: str) -> None:
    records, _ = CASES[name]
    route, found = _route(records)
    assert len(route.calls) >= 2
    for call in route.calls:
        assert confirmed(call, found), call
        # The one who makes the call may not, and all else is as it was.
        shut = deny(Action=call.action, Resource=call.resource)
        kind, name_of = call.principal.rsplit(":", 1)[1].split("/")
        key = "UserName" if kind == "user" else "RoleName"
        closed = [with_inline(r, shut) if r.get(key) == name_of else r for r in records]
        assert admin(*closed) == "none", call


def with_inline(record: dict[str, Any], document: Any) -> dict[str, Any]:
    key = "UserPolicyList" if "UserName" in record else "RolePolicyList"
    one = {"PolicyName": "shut", "PolicyDocument": document}
    return {**record, key: [*record[key], one]}
