"""Ways by changing somebody else and then acting as that one, over whomever it takes.

The rules are those of the IAM User Guide: "Permissions boundaries for IAM entities", "Policy
evaluation logic", "Controlling access to and for IAM users and roles using tags", "Roles terms and
concepts" (role chaining).
"""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy import influence
from reportgen.policy.account import Account
from reportgen.policy.analyse import analyse
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
NOT_M1 = trust_policy({"AWS": OWN})
NOT_M1["Statement"].append({**NOT_M1["Statement"][0], "Effect": "Deny", "Principal": by("m1")})
ONLY_M2 = may("sts:AssumeRole", f"{R}/t", Condition={"ArnEquals": {"aws:PrincipalArn": f"{R}/m2"}})
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
    # It could restore a version by which it changes nobody: it need not.
    "granted role, by one who could make less of itself": (
        [
            user("u", ASSUME_M, AttachedManagedPolicies=attached("dev")),
            BRIDGE,
            role("t", by("m")),
            managed(
                "dev",
                may(["iam:PutRolePolicy", "iam:SetDefaultPolicyVersion"], [f"{R}/t", f"{P}/dev"]),
                may("sts:AssumeRole", f"{R}/none"),
            ),
        ],
        "iam-005",
    ),
    # Two thirds with the same rights, of which the first is kept out.
    "granted role, whose trust denies one of two thirds": (
        [
            user("u", may("iam:PutRolePolicy", f"{R}/t"), may("sts:AssumeRole", f"{R}/m*")),
            role("m1", by("u", "user"), ASSUME_T),
            role("m2", by("u", "user"), ASSUME_T),
            role("t", NOT_M1),
        ],
        "iam-005",
    ),
    "granted role, which only the second of two thirds may assume": (
        [
            user("u", may("iam:PutRolePolicy", f"{R}/t"), may("sts:AssumeRole", f"{R}/m*")),
            role("m1", by("u", "user"), ONLY_M2),
            role("m2", by("u", "user"), ONLY_M2),
            role("t", {"AWS": OWN}),
        ],
        "iam-005",
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
    "the third gives, and is come by after whom it gives to": (
        [
            user("u", may("sts:AssumeRole", [f"{R}/a", f"{R}/t"])),
            role("a", by("u", "user")),
            role("t", by("u", "user"), may("iam:AttachRolePolicy", f"{R}/a")),
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
    # Whoever takes the deny away is come by late, and finds it as it was, not as it might be less.
    "another that could be made less of, freed by two": (
        [
            user(
                "u",
                may("iam:SetDefaultPolicyVersion", f"{P}/dev"),
                may(["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"], f"{R}/t"),
                may("sts:AssumeRole", f"{R}/n"),
            ),
            role("n", by("u", "user"), ASSUME_M),
            role("m", by("n"), may("iam:DetachRolePolicy", f"{R}/t")),
            role(
                "t",
                by("u", "user"),
                boundary="tight",
                AttachedManagedPolicies=attached("dev", "no"),
            ),
            managed("dev", CHIEF, may("sts:AssumeRole", f"{R}/none")),
            managed("no", NO_IAM),
            TIGHT,
        ],
        "extra-009",
    ),
    "boundary deleted of a role that then tags itself": (
        [
            user("u", may(["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"], f"{R}/t")),
            role(
                "t",
                {"AWS": OWN},
                allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "admin"}}),
                may("iam:TagRole", f"{R}/t"),
                boundary="tight",
            ),
            TIGHT,
        ],
        "extra-009",
    ),
    "another given the means to tag a third": (
        [
            user(
                "u",
                may(
                    "iam:AttachRolePolicy",
                    f"{R}/m",
                    Condition={"ArnEquals": {"iam:PolicyARN": f"{P}/dev"}},
                ),
                may("sts:AssumeRole", [f"{R}/m", f"{R}/t"]),
            ),
            role("m", {"AWS": OWN}),
            role(
                "t",
                {"AWS": OWN},
                allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "admin"}}),
            ),
            managed("dev", may("iam:TagRole", f"{R}/t")),
        ],
        "tag-001",
    ),
    # The policy is the means only to take the boundary away, which lets that through.
    "another given the means to free itself": (
        [
            user(
                "u",
                may(
                    "iam:AttachRolePolicy",
                    f"{R}/t",
                    Condition={"ArnEquals": {"iam:PolicyARN": f"{P}/dev"}},
                ),
                ASSUME_T,
            ),
            role("t", {"AWS": OWN}, allow(NotAction="iam:*Boundary"), boundary="most"),
            managed("most", may(["s3:Get*", "iam:DeleteRolePermissionsBoundary"])),
            managed("dev", may("iam:DeleteRolePermissionsBoundary", f"{R}/t")),
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


SELF = f"{U}/u"


def test_two_denies_of_ones_own_of_which_each_must_go() -> None:
    takes = may("iam:DetachUserPolicy", SELF)
    records = [
        user("u", CHIEF, takes, AttachedManagedPolicies=attached("no", "never", "other")),
        managed("no", deny(NotAction=["iam:DetachUserPolicy", "s3:*"])),
        managed("never", deny(NotAction=["iam:DetachUserPolicy", "s3:*", "kms:*"])),
        managed("other", deny(Action="s3:DeleteBucket")),
    ]
    (found,) = judged(*records)["u"]["paths"]
    assert found["id"] == "deny-001"
    # The third, of a harmless Deny, stays.
    assert found["explanation"].count("iam:DetachUserPolicy") == 2
    assert "policy other" not in found["explanation"]
    # Where one of them holds the taking away too, neither goes.
    assert admin(*records[:1], managed("no", deny(NotAction="s3:*")), *records[2:]) == "none"


def test_a_change_of_another_that_is_not_needed_is_not_told() -> None:
    records = [
        user(
            "u",
            may(["iam:DetachRolePolicy", "iam:DeleteRolePermissionsBoundary"], f"{R}/t"),
            ASSUME_T,
        ),
        role(
            "t",
            by("u", "user"),
            CHIEF,
            boundary="tight",
            AttachedManagedPolicies=attached("first", "second"),
        ),
        TIGHT,
        managed("first", deny(Action="s3:DeleteBucket")),
        managed("second", deny(Action="s3:DeleteObject")),
    ]
    (found,) = judged(*records)["u"]["paths"]
    assert found["explanation"] == (
        "1. iam:DeleteRolePermissionsBoundary on role/t takes its boundary away; "
        "2. user/u assumes role/t, whose trust names it; 3. role/t is then an administrator."
    )


def test_a_boundary_of_ones_own_is_restored_to_an_older_version() -> None:
    # IAM API Reference, SetDefaultPolicyVersion: it affects all that the policy is attached to, as
    # a boundary too.
    sets = "iam:SetDefaultPolicyVersion"
    limit = managed("limit", may([sets, "s3:*"]), allow())
    (found,) = judged(user("u", CHIEF, may(sets), boundary="limit"), limit)["u"]["paths"]
    assert found["id"] == "boundary-001"
    narrow = managed("limit", may([sets, "s3:*"]), may("s3:Get*"))
    assert admin(user("u", CHIEF, may(sets), boundary="limit"), narrow) == "none"


def test_the_search_ends_where_two_can_act_as_each_other() -> None:
    def one(name: str, other: str) -> dict[str, Any]:
        writes = may("iam:PutRolePolicy", f"{R}/t")
        return role(name, by(other), writes, may("sts:AssumeRole", f"{R}/{other}"))

    # Nobody can act as the one whom they can change.
    assert admin(one("a", "b"), one("b", "a"), role("t", LAMBDA)) == "none"


@pytest.mark.parametrize("ranked", [True, False])
def test_of_two_alike_only_the_one_that_the_trust_names_comes_by_a_tag(ranked: bool) -> None:
    # The tagger serves both; what was tried for the first says nothing of the second.
    tagged = {"StringEquals": {"aws:ResourceTag/team": "ops"}}
    never = {"StringEquals": {"aws:PrincipalTag/never": "yes"}}
    thirds = may("sts:AssumeRole", [f"{R}/{name}" for name in ("g", "m1", "m2")])
    uses = may("sts:AssumeRole", Condition=tagged)
    everything = [allow()] if ranked else []
    records = [
        user("first", thirds),
        user("u", thirds),
        role("g", {"AWS": OWN}, may(["iam:TagRole", "iam:PutRolePolicy"], f"{R}/t")),
        # Who is named needs no policy of its own, but what its boundary says.
        role("m1", by("first", "user"), boundary="limit"),
        role("m2", by("u", "user"), boundary="limit"),
        managed("limit", uses),
        role("other", trust_policy(by("m1"), Condition=never), *everything),
        role("t", by("m2"), *everything),
    ]
    found = judged(*records)
    assert (found["first"]["admin"], found["u"]["admin"]) == ("none", "escalation")


TWO = {"StringEquals": {"aws:PrincipalTag/team": "admin", "aws:PrincipalTag/env": "prod"}}


def test_what_a_statement_asks_of_two_tags_is_set_in_one_call() -> None:
    # IAM API Reference, TagUser: a list of tags.
    chief = {**CHIEF["Statement"][0], "Condition": TWO}
    tags = may("iam:TagUser", SELF)
    (found,) = judged(user("u", {"Statement": chief}, tags))["u"]["paths"]
    assert (found["id"], found["actions"]) == ("tag-001", ["iam:TagUser"])
    # Where no call may set both, and each call must set what the other does not.
    keys = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    one = may("iam:TagUser", SELF, Condition=keys)
    assert admin(user("u", {"Statement": chief}, one)) == "none"


def test_a_tag_is_taken_from_a_role_so_that_it_may_be_assumed() -> None:
    held = {"StringEquals": {"aws:ResourceTag/held": "yes"}}
    assumes = [may("sts:AssumeRole", f"{R}/boss"), deny(Action="sts:*", Condition=held)]
    boss = role("boss", {"AWS": OWN}, allow(), Tags=[{"Key": "held", "Value": "yes"}])
    assert admin(user("u", *assumes), boss) == "none"
    assert admin(user("u", *assumes, may("iam:UntagRole", f"{R}/boss")), boss) == "escalation"
    other = may("iam:UntagRole", f"{R}/boss", Condition={"StringEquals": {"aws:TagKeys": "x"}})
    assert admin(user("u", *assumes, other), boss) == "none"


def test_others_of_another_account_are_not_changed() -> None:
    # IAM's actions are about the caller's own account.
    takes = may(["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"])
    stranger = "998877665544"
    held = {
        **role("t", by("u", "user"), CHIEF, boundary="tight"),
        "Arn": f"arn:aws:iam::{stranger}:role/t",
        "PermissionsBoundary": {
            "PermissionsBoundaryArn": f"arn:aws:iam::{stranger}:policy/tight",
        },
    }
    tight = {**managed("tight", may("s3:Get*"), arn=f"arn:aws:iam::{stranger}:policy/tight")}
    rows = analyse([account(user("u", takes)), account(held, tight)])
    assert [row["admin"] for row in rows] == ["none", "none"]


@pytest.mark.parametrize(("what", "enough"), [("grips", 2), ("pairs", 1), ("states", 1)])
def test_what_was_not_tried_is_a_perhaps(
    what: str, enough: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        user("u", may(["iam:DeleteRolePermissionsBoundary"]), may("sts:AssumeRole", f"{R}/t*")),
        role("t", {"AWS": OWN}, may("s3:Get*"), boundary="tight"),
        role("t2", {"AWS": OWN}, may("s3:Put*")),
        TIGHT,
    ]
    assert admin(*records) == "none"

    def limited(most: int) -> dict[str, Any]:
        monkeypatch.setitem(influence.MOST, what, (most, 0))
        return judged(*records)["u"]

    assert limited(enough)["admin"] == "none"
    (found,) = limited(enough - 1)["paths"]
    assert found["id"] == "control-001"
    assert found["hurdles"] == ["if one of very many that were not tried leads on"]
