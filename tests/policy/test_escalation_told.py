"""What is said of principals: why they are administrators, how many ways they have, why none."""

from __future__ import annotations

from typing import Any

import pytest

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
    user,
)

CHIEF = allow(Action=["iam:*", "s3:*", "ec2:RunInstances", "kms:*"])
CUT = "its policies alone are an administrator's, but its boundary, an SCP or a deny cuts them"
TIGHT = managed("tight", allow(Action="s3:Get*"))


def reasons(*records: dict[str, Any]) -> list[str]:
    found: list[str] = judged(*records)["u"]["reasons"]
    return found


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (allow(), "every action on all resources: inline policy p0, statement 1"),
        (
            allow(NotAction="s3:DeleteBucket"),
            "nearly every action on all resources: inline policy p0, statement 1",
        ),
        (CHIEF, "an administrator's actions on all resources: its policies together"),
        (
            policy(statement(Action="s3:Get*"), *(statement(Sid=f"s{n}") for n in range(4))),
            "every action on all resources: inline policy p0, statement 2 (s0); inline policy p0, "
            "statement 3 (s1); inline policy p0, statement 4 (s2)",
        ),
        (
            policy(statement(), statement("Deny", Action="s3:DeleteBucket", Sid="not")),
            "nearly every action on all resources: inline policy p0, statement 1",
        ),
    ],
)
def test_by_what_an_administrator_is_one(document: dict[str, Any], said: str) -> None:
    assert reasons(user("u", document)) == [said]


def test_of_what_an_administrator_hangs_on_four_are_told() -> None:
    keys = ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceOrgID", "aws:FederatedProvider", "a:b"]
    found = judged(user("u", allow(Condition={"StringEquals": dict.fromkeys(keys, "x")})))["u"]
    assert found["admin"] == "conditional"
    told = "; ".join(f"if StringEquals {key} x" for key in keys[:4])
    assert found["reasons"] == [f"an administrator {told}: inline policy p0, statement 1"]


def test_how_many_ways_there_are() -> None:
    one = user("u", allow(Action="iam:PutUserPolicy", Resource=f"arn:aws:iam::{OWN}:user/u"))
    assert reasons(one) == ["1 path to an administrator"]
    both = ["iam:PutUserPolicy", "iam:AttachUserPolicy"]
    two = user("u", allow(Action=both, Resource=f"arn:aws:iam::{OWN}:user/u"))
    assert reasons(two) == ["2 paths to an administrator"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (allow(), [CUT]),
        (allow(NotResource="arn:aws:s3:::x"), [CUT]),
        (allow(Resource="arn:aws:s3:::x"), []),
        (allow(Action="s3:*"), []),
        (deny(), []),
    ],
)
def test_why_an_administrators_policies_make_none(
    document: dict[str, Any], said: list[str]
) -> None:
    assert reasons(user("u", document, boundary="tight"), TIGHT) == said


def test_what_could_not_be_read_is_told_last() -> None:
    missing = f"policy arn:aws:iam::{OWN}:policy/gone is not in the file"
    listed = attached("gone")
    cut = user("u", allow(), boundary="tight", AttachedManagedPolicies=listed)
    assert reasons(cut, TIGHT) == [CUT, missing]
    whole = user("u", allow(), AttachedManagedPolicies=listed)
    assert reasons(whole)[1:] == [missing]
    way = user("u", allow(Action="iam:PutUserPolicy"), AttachedManagedPolicies=listed)
    assert reasons(way) == ["1 path to an administrator", missing]


def test_two_policies_together_make_an_administrator() -> None:
    two = user("u", allow(Action="iam:*"), allow(NotAction="iam:*"))
    assert reasons(two) == ["every action on all resources: inline policy p1, statement 1"]
    boss = role("boss", {"Service": "ec2.amazonaws.com"}, allow())
    assert reasons(user("u", allow(Action="s3:*")), boss) == []


def test_what_takes_a_condition_is_not_said_to_be_held() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    (some,) = reasons(user("u", CHIEF, allow(Condition=mfa)))
    assert some.startswith("an administrator's actions on all resources")
    (most,) = reasons(user("u", allow(NotAction="s3:*"), allow(Condition=mfa)))
    assert most.startswith("nearly every action on all resources")
