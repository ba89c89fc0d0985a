"""What is known of the accounts, and what principals are after a change."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.document import parse
from reportgen.policy.ground import (
    Ground,
    editable_policy,
    joined,
    left,
    newcomer,
    reads_the_caller,
    rewritten,
    tagged,
)
from tests.policies import OWN, account, allow, attached, managed, role, user

LAMBDA = {"Service": "lambda.amazonaws.com"}
P = f"arn:aws:iam::{OWN}:policy"
GROUPS = [
    {
        "GroupName": name,
        "Arn": f"arn:aws:iam::{OWN}:group/{name}",
        "GroupPolicyList": [{"PolicyName": name, "PolicyDocument": allow(Action=f"{name}:*")}],
    }
    for name in ("s3", "ec2")
]


def ground(*records: dict[str, Any]) -> Ground:
    return Ground([account(*records)], None, "", None)


@pytest.mark.parametrize(
    ("arn", "editable"),
    [
        ("", False),
        ("of unknown name", False),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", False),
        ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", False),
        (f"{P}/dev", True),
    ],
)
def test_a_policy_of_the_account_can_be_rewritten(arn: str, editable: bool) -> None:
    assert editable_policy(arn) is editable


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ({}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "ops"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceIdentity": "${aws:PrincipalTag/x}"}}}, False),
        ({"Condition": {"ArnLike": {"aws:PrincipalArn": "*"}}}, True),
        ({"Condition": {"StringLike": {"aws:userid": "*"}}}, True),
        ({"Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}}, True),
        ({"Resource": "arn:aws:iam::*:user/${aws:username}"}, True),
    ],
)
def test_who_the_caller_is_is_asked_by_a_key_or_a_variable(
    statement: dict[str, Any], reads: bool
) -> None:
    assert reads_the_caller(parse(allow(**statement)).usable) is reads


def _of(effect: str, **principal: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "sts:AssumeRole", **principal}


@pytest.mark.parametrize(
    ("trust", "personal"),
    [
        (_of("Allow", Principal={"AWS": OWN}), False),
        (_of("Deny", Principal={"AWS": OWN}), True),
        (_of("Allow", NotPrincipal={"AWS": OWN}), True),
        (
            {
                **_of("Allow", Principal={"AWS": OWN}),
                "Condition": {"ArnLike": {"aws:PrincipalArn": "*"}},
            },
            True,
        ),
    ],
)
def test_a_trust_policy_may_be_about_one_caller(trust: dict[str, Any], personal: bool) -> None:
    found = ground(role("r", LAMBDA), role("t", {"Version": "2012-10-17", "Statement": [trust]}))
    assert found.personal_trusts is personal


def test_what_makes_an_administrator_of_whom_it_is_attached_to() -> None:
    found = ground(
        user("u"),
        managed("weak", allow(Action="s3:*")),
        managed("strong", allow()),
        managed("means", allow(Action="iam:PutUserPolicy")),
    )
    (subject,) = found.accounts[OWN].subjects.values()
    names = [source.arn.rsplit("/", 1)[-1] for source in found.payloads(subject)]
    assert names == ["AdministratorAccess", "IAMFullAccess", "strong", "means"]
    # Of these only what allows an administrator's rights limits nothing as a boundary.
    limits = [arn.rsplit("/", 1)[-1] for arn, _ in found.open_boundaries(subject)]
    assert limits == ["AdministratorAccess", "strong"]


def test_a_newcomer_has_the_name_that_its_arn_ends_with() -> None:
    (subject,) = account(user("u")).subjects.values()
    made = newcomer(subject, "role", f"arn:aws:iam::{OWN}:role/app/blue/worker")
    assert (made.name, made.kind, made.account, made.sources) == ("worker", "role", OWN, ())


def test_a_group_is_joined_and_left() -> None:
    found = account(user("u", allow(Action="sts:*"), GroupList=["s3"]), *GROUPS)
    (subject,) = found.subjects.values()
    both = joined(subject, found.groups["ec2"])
    assert both.groups == ("s3", "ec2")
    assert [source.group for source in both.sources] == ["", "s3", "ec2"]
    one = left(both, found.groups["s3"])
    assert one.groups == ("ec2",)
    assert [source.group for source in one.sources] == ["", "ec2"]


def test_a_policy_is_rewritten_where_it_is_attached_and_where_it_is_the_boundary() -> None:
    found = account(
        user("u", boundary="a", AttachedManagedPolicies=attached("a", "b")),
        managed("a", allow(Action="s3:*")),
        managed("b", allow(Action="ec2:*")),
    )
    (subject,) = found.subjects.values()
    text = parse(allow())
    after = rewritten(subject, f"{P}/a", text)
    assert [s.document is text for s in after.sources] == [True, False]
    assert after.boundary is text
    assert rewritten(subject, f"{P}/b", text).boundary is subject.boundary


def test_tags_are_set_and_removed_without_regard_to_case() -> None:
    (subject,) = account(user("u", Tags=[{"Key": "Team", "Value": "dev"}])).subjects.values()
    assert tagged(subject, {"team": "ops"}).tags == {"team": "ops"}
    assert tagged(subject, {"TEAM": None, "env": "x"}).tags == {"env": "x"}


def test_of_several_accounts_each_has_its_own() -> None:
    other = "998877665544"
    there = {**user("v"), "Arn": f"arn:aws:iam::{other}:user/v"}
    found = Ground([account(user("u"), user("w")), account(there)], None, "", None)
    (u, _) = found.accounts[OWN].subjects.values()
    assert [s.name for s in found.ordinary(u, "user")] == ["w"]
    assert list(found.ordinary(u, "role")) == []
