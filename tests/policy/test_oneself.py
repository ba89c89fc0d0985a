"""Ways to rights of one's own, told as they are (IAM API Reference: AddUserToGroup,
SetDefaultPolicyVersion, PutRolePolicy)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import (
    OTHER,
    OWN,
    account,
    admin,
    allow,
    analyse,
    attached,
    deny,
    judged,
    managed,
    role,
    user,
)

R, P = f"arn:aws:iam::{OWN}:role", f"arn:aws:iam::{OWN}:policy"
G = f"arn:aws:iam::{OWN}:group"


def may(action: Any, resource: Any = "*") -> dict[str, Any]:
    return allow(Action=action, Resource=resource)


def group(name: str, *documents: dict[str, Any]) -> dict[str, Any]:
    listed = [{"PolicyName": f"p{n}", "PolicyDocument": d} for n, d in enumerate(documents)]
    return {"GroupName": name, "Arn": f"{G}/{name}", "GroupPolicyList": listed}


def told(*records: dict[str, Any]) -> dict[str, str]:
    """The ways of the user u: what each path says."""
    return {path["id"]: path["explanation"] for path in judged(*records)["u"]["paths"]}


@pytest.mark.parametrize("rights", ["*", "iam:PutUserPolicy", "iam:AttachGroupPolicy"])
def test_a_group_that_is_strong_is_joined(rights: str) -> None:
    weak = group("a", may("s3:*"))
    joins = user("u", may("iam:AddUserToGroup", [f"{G}/a", f"{G}/b"]))
    assert told(joins, weak, group("b", may(rights))) == {
        "iam-013": "1. iam:AddUserToGroup puts a user of its choice in group/b; "
        "2. group/b holds an administrator's rights."
    }
    assert told(joins, weak) == {}
    assert told(user("u", may("iam:AddUserToGroup", f"{G}/a")), weak, group("b", may("*"))) == {}


def test_a_group_of_any_name_is_joined() -> None:
    assert told(user("u", may("iam:AddUserToGroup")), group("a", may("s3:*"))) == {
        "iam-013": "iam:AddUserToGroup on any group gives it an administrator's rights."
    }


def test_a_boundary_holds_whoever_joins_a_group() -> None:
    tight = managed("tight", may(["s3:Get*", "iam:AddUserToGroup"]))
    assert told(user("u", may("iam:AddUserToGroup"), boundary="tight"), tight) == {}
    open_ = managed("tight", may("*"))
    assert "iam-013" in told(user("u", may("iam:AddUserToGroup"), boundary="tight"), open_)


SETS = "iam:SetDefaultPolicyVersion"


def test_an_older_version_that_is_strong_is_restored() -> None:
    mine = user("u", may(SETS, f"{P}/dev"), AttachedManagedPolicies=attached("dev"))
    dev = managed("dev", may("s3:Get*"), may("s3:*"), may("*"))
    assert told(mine, dev) == {
        "extra-014": "iam:SetDefaultPolicyVersion restores version v2 of policy/dev."
    }
    assert told(mine, managed("dev", may("s3:Get*"), may("s3:*"))) == {}
    other = user("u", may(SETS, f"{P}/x"), AttachedManagedPolicies=attached("dev"))
    assert told(other, dev) == {}


def test_versions_of_policies_that_the_file_does_not_show() -> None:
    aws = managed("Read", may("s3:Get*"), arn="arn:aws:iam::aws:policy/Read")
    sets = user("u", may(SETS))
    any_ = {"extra-014": "iam:SetDefaultPolicyVersion restores an older version of any policy."}
    assert told(sets) == any_
    assert told(sets, aws) == any_
    # Here it shows those of the account.
    assert told(sets, aws, managed("dev", may("s3:Get*"))) == {}
    assert told(user("u", may(SETS, f"{P}/dev")), aws) == {}


def test_a_role_that_can_be_written_and_assumed() -> None:
    mine = user("u", may(["iam:PutRolePolicy", "sts:AssumeRole"], f"{R}/t"))
    found = told(mine, role("t", {"AWS": OWN}))
    steps = (
        "1. iam:PutRolePolicy, sts:AssumeRole on role/t makes it an administrator; "
        "2. it then acts as role/t."
    )
    assert found == {"iam-005": steps, "iam-017": steps}
    assert told(mine, role("t", {"Service": "lambda.amazonaws.com"})) == {}
    held = managed("no", deny(NotAction="s3:Get*"))
    denied = role("t", {"AWS": OWN}, AttachedManagedPolicies=attached("no"))
    assert told(mine, denied, held) == {}


def test_a_policy_of_a_role_that_can_be_assumed_is_rewritten() -> None:
    # The trust policy names the user, who needs no policy of its own for it.
    mine = user("u", may("iam:CreatePolicyVersion", f"{P}/dev"), may("sts:AssumeRole", f"{R}/x"))
    by_name = {"AWS": f"arn:aws:iam::{OWN}:user/u"}
    t = role("t", by_name, AttachedManagedPolicies=attached("dev"))
    dev = managed("dev", may("s3:Get*"))
    assert told(mine, t, dev)["iam-016"] == (
        "1. iam:CreatePolicyVersion on policy/dev makes role/t an administrator; "
        "2. sts:AssumeRole then gives it role/t."
    )
    other = managed("other", may("s3:Get*"))
    assert told(mine, role("t", by_name, AttachedManagedPolicies=attached("other")), other) == {}


def test_a_policy_of_a_role_whose_trust_policy_can_be_written_is_rewritten() -> None:
    mine = user(
        "u",
        may("iam:CreatePolicyVersion", f"{P}/dev"),
        may("iam:UpdateAssumeRolePolicy", f"{R}/t"),
    )
    service = {"Service": "lambda.amazonaws.com"}
    t = role("t", service, AttachedManagedPolicies=attached("dev"))
    dev = managed("dev", may("s3:Get*"))
    assert "iam-020" in told(mine, t, dev)
    assert "iam-020" not in told(
        mine, role("x", service, AttachedManagedPolicies=attached("dev")), dev
    )


@pytest.mark.parametrize(
    "gives",
    [
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:CreatePolicyVersion",
    ],
)
def test_nobody_writes_a_role_of_another_account(gives: str) -> None:
    there = f"arn:aws:iam::{OTHER}:role/t"
    dev = f"arn:aws:iam::{OTHER}:policy/dev"
    # Of the own account too there is something to write, though nothing by that name.
    mine = user("u", may([gives, "sts:AssumeRole"], [there, dev, f"{R}/none", f"{P}/none"]))
    own = attached(dev)
    t = {**role("t", {"AWS": OWN}, AttachedManagedPolicies=own), "Arn": there}
    rows = analyse([account(mine), account(t, managed("dev", may("s3:Get*"), arn=dev))])
    assert [row["admin"] for row in rows] == ["none", "none"]


def test_nobody_makes_keys_for_a_user_of_another_account() -> None:
    there = f"arn:aws:iam::{OTHER}:user/t"
    t = {**user("t", may("*")), "Arn": there}
    rows = analyse([account(user("u", may("iam:CreateAccessKey", there))), account(t)])
    assert [row["admin"] for row in rows] == ["none", "full"]


def test_the_nearest_of_several_is_told() -> None:
    # By its name the other would come first; it has a step more to go.
    further = role("a", {"AWS": OWN}, may("sts:AssumeRole", f"{R}/z"))
    nearest = role("z", {"AWS": OWN}, may("*"))
    mine = user("u", may("sts:AssumeRole", [f"{R}/a", f"{R}/z"]))
    assert told(mine, further, nearest) == {
        "sts-001": "1. user/u assumes role/z, whose trust opens it to the account; "
        "2. role/z is an administrator."
    }
    assert admin(user("u", may("sts:AssumeRole", f"{R}/a")), further, nearest) == "escalation"
