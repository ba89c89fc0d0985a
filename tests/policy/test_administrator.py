"""What makes an administrator: by what it can do."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.access import Level
from reportgen.policy.actions import database
from reportgen.policy.administrator import governs, is_administrator, is_strong, no_limit, strength
from reportgen.policy.document import parse
from reportgen.policy.effective import Reach
from tests.policies import OWN, account, allow, deny, policy, role, statement, user


def reach(*documents: Any) -> Reach:
    return Reach(account(user("u", *documents)).subjects[f"arn:aws:iam::{OWN}:user/u"])


def bits(*patterns: str) -> int:
    found = 0
    for pattern in patterns:
        found |= database().expand(pattern)
    return found


def test_rights_and_data_and_machines_and_secrets() -> None:
    every = ("iam:PutRolePolicy", "s3:GetObject", "lambda:CreateFunction", "kms:Decrypt")
    assert is_administrator(bits(*every))
    for gone in every:
        assert not is_administrator(bits(*(e for e in every if e != gone))), gone
    assert not is_administrator(0)
    assert not is_administrator(database().everything & ~bits("iam:*"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (allow(), True),
        (allow(Action=["s3:*", "ec2:*", "kms:*"]), False),
        (allow(Action="iam:*"), False),
        (policy(statement(), statement("Deny", Action="iam:*")), False),
        (policy(statement(), statement("Deny", Action="s3:*")), True),
        (allow(Resource="arn:aws:s3:::b/*"), False),
    ],
)
def test_a_boundary_without_limit(document: Any, expected: bool) -> None:
    assert no_limit(parse(document)) is expected


def test_a_strong_document_gives_the_rights_or_the_means() -> None:
    assert is_strong(parse(allow(Action="iam:PutUserPolicy")))
    assert is_strong(parse(allow()))
    assert not is_strong(parse(allow(Action="iam:PutUserPolicy", Resource="arn:aws:iam::1:user/u")))
    assert not is_strong(parse(allow(Action="s3:*")))


def test_who_gives_rights_must_become_whom_it_gives_them_to() -> None:
    assert governs(reach(allow(Action="iam:PutUserPolicy"))).level is Level.YES
    assert governs(reach(allow(Action="iam:PutRolePolicy"))).level is Level.NO
    assert governs(reach(allow(Action=["iam:PutRolePolicy", "sts:AssumeRole"]))).level is Level.YES
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    found = governs(reach(allow(Action="iam:PutUserPolicy", Condition=mfa)))
    assert (found.level, found.hurdles) == (Level.MAYBE, ("with MFA",))


def test_everything_but_rights_over_itself_is_no_administrator() -> None:
    # Wide, with one action that changes rights but on nobody whom it can become.
    wide = [allow(), deny(Action=["iam:*"], NotResource="*")]
    assert strength(reach(*wide)).level is Level.YES
    rights = ["iam:Attach*", "iam:Put*", "iam:Create*", "iam:Update*", "iam:Set*", "iam:Add*"]
    assert strength(reach(allow(), deny(Action=rights))).level is Level.NO
    named = account(role("r", {"AWS": OWN}, allow())).subjects[f"arn:aws:iam::{OWN}:role/r"]
    assert strength(Reach(named)).level is Level.YES
