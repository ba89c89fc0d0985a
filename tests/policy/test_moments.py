"""What may change with the moment is never taken for what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reportgen.policy.account import read_account
from reportgen.policy.document import parse
from reportgen.policy.escalation import Escalations
from reportgen.policy.moments import speaks_of_time, tells_time

ACCOUNT = "111122223333"
PLAIN = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::timetable/*"}
UNTIL = {"DateLessThan": {"AWS:CurrentTime": "2026-09-15T00:00:00Z"}}


def policy(**more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{**PLAIN, **more}]}


@pytest.mark.parametrize(
    ("more", "speaks"),
    [
        ({}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "time"}}}, False),
        ({"Condition": UNTIL}, True),
        ({"Condition": {"NumericLessThan": {"aws:EpochTime": "1"}}}, True),
        ({"Condition": {"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}}}, True),
        ({"Condition": {"StringLike": {"aws:userid": "${aws:currenttime}"}}}, True),
        ({"Resource": "arn:aws:s3:::b/${aws:CurrentTime}/*"}, True),
        # A variable that has to do with no moment, and the word beside it: rather too often.
        ({"Resource": "arn:aws:s3:::timetable/${aws:username}/*"}, True),
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, False),
    ],
)
def test_a_document_speaks_of_time(more: dict[str, Any], speaks: bool) -> None:
    assert speaks_of_time(parse(policy(**more))) is speaks


def account(place: str, document: dict[str, Any]) -> dict[str, Any]:
    """An account that has a document in one place."""
    held = {"PolicyName": "p", "PolicyDocument": document}
    user: dict[str, Any] = {"UserName": "u", "Arn": f"arn:aws:iam::{ACCOUNT}:user/u"}
    group = {"GroupName": "g", "Arn": f"arn:aws:iam::{ACCOUNT}:group/g"}
    role = {"RoleName": "r", "Arn": f"arn:aws:iam::{ACCOUNT}:role/r"}
    versions = [{"VersionId": "v2", "IsDefaultVersion": True, "Document": policy()}]
    managed = {"PolicyName": "m", "Arn": f"arn:aws:iam::{ACCOUNT}:policy/m"}
    if place == "user":
        user["UserPolicyList"] = [held]
    elif place == "group":
        group = {**group, "GroupPolicyList": [held]}
    elif place == "trust":
        role = {**role, "AssumeRolePolicyDocument": document}
    elif place == "version in force":
        versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}]
    elif place == "earlier version":
        versions.append({"VersionId": "v1", "IsDefaultVersion": False, "Document": document})
    elif place == "boundary":
        versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}]
        user["PermissionsBoundary"] = {"PermissionsBoundaryArn": managed["Arn"]}
    return {
        "UserDetailList": [user],
        "GroupDetailList": [group],
        "RoleDetailList": [role],
        "Policies": [{**managed, "PolicyVersionList": versions}],
    }


PLACES = ("user", "group", "trust", "version in force", "earlier version", "boundary")


@pytest.mark.parametrize("place", PLACES)
def test_every_document_of_an_account_is_asked(place: str) -> None:
    timed = read_account(account(place, policy(Condition=UNTIL)), ACCOUNT)
    assert tells_time(timed)
    assert not tells_time(read_account(account(place, policy()), ACCOUNT))


def test_only_what_speaks_of_time_comes_out_otherwise_at_another_moment() -> None:
    """The law that keeping an analysis rests on, at a moment before the limit and one after."""
    before, after = (datetime(2026, 9, day, tzinfo=UTC) for day in (14, 16))
    full = {"Action": "*", "Resource": "*"}

    def admin(document: dict[str, Any], at: datetime) -> str:
        found = read_account(account("user", document), ACCOUNT)
        (standing,) = (
            s for s in Escalations([found], at=at).standings.values() if s.subject.name == "u"
        )
        return standing.admin

    timed = policy(**full, Condition=UNTIL)
    assert [admin(timed, at) for at in (before, after)] == ["full", "none"]
    assert [admin(policy(**full), at) for at in (before, after)] == ["full", "full"]
