"""Requests made to fool it, each with what the IAM User Guide's rules make of it.

"IAM JSON policy elements: Condition operators", "Multivalued context keys", "IAM policy elements:
Variables and tags", "Policy evaluation logic", "NotPrincipal", "Service control policies".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reportgen.policy.decision import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY
from tests.policies import (
    OTHER,
    OWN,
    ROLE,
    SESSION,
    USER,
    allow,
    deny,
    policy,
    resource_policy,
    said,
    statement,
)

GET = "s3:GetObject"
ARN = "arn:aws:s3:::b/k"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/k"


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {operator: {key: list(values) if len(values) != 1 else values[0]}}


CASES: dict[str, tuple[str, Callable[[], str]]] = {
    "negated missing in deny": (
        EXPLICIT_DENY,
        lambda: said(
            GET,
            allow(),
            deny(Condition=when("StringNotEquals", "aws:PrincipalTag/x", "a")),
            resource=ARN,
        ),
    ),
    "negated missing in allow": (
        ALLOWED,
        lambda: said(
            GET, allow(Condition=when("StringNotLike", "aws:PrincipalTag/x", "a*")), resource=ARN
        ),
    ),
    "ForAllValues missing": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("ForAllValues:StringEquals", "aws:TagKeys", "a")),
            resource=ARN,
        ),
    ),
    "ForAnyValue missing": (
        IMPLICIT_DENY,
        lambda: said(
            GET, allow(Condition=when("ForAnyValue:StringEquals", "aws:TagKeys", "a")), resource=ARN
        ),
    ),
    "ForAllValues empty list": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("ForAllValues:StringEquals", "aws:TagKeys", "a")),
            resource=ARN,
            context={"aws:TagKeys": []},
        ),
    ),
    "ForAnyValue:StringNotEquals one differs": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("ForAnyValue:StringNotEquals", "aws:TagKeys", "a", "b")),
            resource=ARN,
            context={"aws:TagKeys": ["a", "c"]},
        ),
    ),
    "ForAnyValue:StringNotEquals none differs": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("ForAnyValue:StringNotEquals", "aws:TagKeys", "a", "b")),
            resource=ARN,
            context={"aws:TagKeys": ["a", "b"]},
        ),
    ),
    "ForAllValues:StringNotEquals": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("ForAllValues:StringNotEquals", "aws:TagKeys", "a", "b")),
            resource=ARN,
            context={"aws:TagKeys": ["c", "b"]},
        ),
    ),
    "Null true present": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("Null", "aws:TagKeys", "true")),
            resource=ARN,
            context={"aws:TagKeys": ["a"]},
        ),
    ),
    "Null false absent": (
        IMPLICIT_DENY,
        lambda: said(
            GET, allow(Condition=when("Null", "aws:TokenIssueTime", "false")), resource=ARN
        ),
    ),
    "IfExists missing": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("StringEqualsIfExists", "aws:SourceVpc", "vpc-1")),
            resource=ARN,
        ),
    ),
    "numeric text": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("NumericLessThan", "s3:max-keys", "10")),
            resource=ARN,
            context={"s3:max-keys": "abc"},
        ),
    ),
    "numeric eq 10 vs 10.0": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("NumericEquals", "s3:max-keys", "10")),
            resource=ARN,
            context={"s3:max-keys": "10.0"},
        ),
    ),
    "numericnot missing": (
        ALLOWED,
        lambda: said(
            GET, allow(Condition=when("NumericNotEquals", "s3:max-keys", "10")), resource=ARN
        ),
    ),
    "ip v6": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("IpAddress", "aws:SourceIp", "2001:DB8::/32")),
            resource=ARN,
            context={"aws:SourceIp": "2001:db8:1::5"},
        ),
    ),
    "ip v4 no mask": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("IpAddress", "aws:SourceIp", "203.0.113.5")),
            resource=ARN,
            context={"aws:SourceIp": "203.0.113.5"},
        ),
    ),
    "notip with vpc source absent ip": (
        EXPLICIT_DENY,
        lambda: said(
            GET,
            allow(),
            deny(Condition=when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")),
            resource=ARN,
        ),
    ),
    "arnlike segments": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:123456789012")),
            resource=ARN,
            context={"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:t"},
        ),
    ),
    "arnlike star not over colons": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:t")),
            resource=ARN,
            context={"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:t"},
        ),
    ),
    "arnequals takes wildcards": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("ArnEquals", "aws:SourceArn", "arn:aws:sns:*:123456789012:t*")),
            resource=ARN,
            context={"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:t5"},
        ),
    ),
    "stringlike case": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("StringLike", "aws:UserAgent", "Abc*")),
            resource=ARN,
            context={"aws:UserAgent": "abcd"},
        ),
    ),
    "ignorecase": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("StringEqualsIgnoreCase", "aws:UserAgent", "ABC")),
            resource=ARN,
            context={"aws:UserAgent": "abc"},
        ),
    ),
    "stringequals no wildcard": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("StringEquals", "aws:UserAgent", "a*")),
            resource=ARN,
            context={"aws:UserAgent": "abc"},
        ),
    ),
    "bool text case": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("Bool", "aws:SecureTransport", "True")),
            resource=ARN,
            context={"aws:SecureTransport": "true"},
        ),
    ),
    "bool missing": (
        ALLOWED,
        lambda: said(
            GET, allow(), deny(Condition=when("Bool", "aws:SecureTransport", "false")), resource=ARN
        ),
    ),
    "key case": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("StringEquals", "AWS:useragent", "x")),
            resource=ARN,
            context={"aws:UserAgent": "x"},
        ),
    ),
    "date epoch": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("DateLessThan", "aws:CurrentTime", "2026-01-01")),
            resource=ARN,
            context={"aws:CurrentTime": "2025-12-31T23:59:59Z"},
        ),
    ),
    "date tz": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00+02:00")),
            resource=ARN,
            context={"aws:CurrentTime": "2025-12-31T23:00:00Z"},
        ),
    ),
    "binary": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("BinaryEquals", "s3:x", "QmluYXJ5")),
            resource=ARN,
            context={"s3:x": "QmluYXJ5"},
        ),
    ),
    "mult values or": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("StringEquals", "aws:UserAgent", "x", "y")),
            resource=ARN,
            context={"aws:UserAgent": "y"},
        ),
    ),
    "not mult values nor": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Condition=when("StringNotEquals", "aws:UserAgent", "x", "y")),
            resource=ARN,
            context={"aws:UserAgent": "y"},
        ),
    ),
    "several context values with plain StringEquals: any": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("StringEquals", "aws:TagKeys", "x")),
            resource=ARN,
            context={"aws:TagKeys": ["x", "z"]},
        ),
    ),
    "username var": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Resource="arn:aws:s3:::b/${aws:username}/*"),
            resource="arn:aws:s3:::b/dana/x",
        ),
    ),
    "username var for role absent": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Resource="arn:aws:s3:::b/${aws:username}/*"),
            resource="arn:aws:s3:::b//x",
            principal=SESSION,
        ),
    ),
    "old version literal": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            policy(statement(Resource="arn:aws:s3:::b/${aws:username}/*"), version="2008-10-17"),
            resource="arn:aws:s3:::b/dana/x",
        ),
    ),
    "no version literal": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            {"Statement": statement(Resource="arn:aws:s3:::b/${aws:username}/*")},
            resource="arn:aws:s3:::b/dana/x",
        ),
    ),
    "default var": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*"),
            resource="arn:aws:s3:::b/all/x",
        ),
    ),
    "default var used only absent": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*"),
            resource="arn:aws:s3:::b/all/x",
            context={"aws:PrincipalTag/team": "red"},
        ),
    ),
    "star escape": (
        IMPLICIT_DENY,
        lambda: said(GET, allow(Resource="arn:aws:s3:::b/${*}/x"), resource="arn:aws:s3:::b/abc/x"),
    ),
    "star escape literal": (
        ALLOWED,
        lambda: said(GET, allow(Resource="arn:aws:s3:::b/${*}/x"), resource="arn:aws:s3:::b/*/x"),
    ),
    "value of var with star is no wildcard?": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            allow(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team}/x"),
            resource="arn:aws:s3:::b/abc/x",
            context={"aws:PrincipalTag/team": "*"},
        ),
    ),
    "var in deny missing → deny resource doesn't match": (
        ALLOWED,
        lambda: said(
            GET,
            allow(),
            deny(Resource="arn:aws:s3:::b/${aws:PrincipalTag/none}/*"),
            resource="arn:aws:s3:::b//x",
        ),
    ),
    "action case": (
        ALLOWED,
        lambda: said("S3:getobject", allow(Action="s3:GetObject"), resource=ARN),
    ),
    "resource case": (
        IMPLICIT_DENY,
        lambda: said(GET, allow(Resource="arn:aws:s3:::B/*"), resource=ARN),
    ),
    "? in action": (ALLOWED, lambda: said(GET, allow(Action="s3:Get?bject"), resource=ARN)),
    "notaction allow": (ALLOWED, lambda: said("iam:CreateUser", allow(NotAction="s3:*"))),
    "notresource": (
        ALLOWED,
        lambda: said(GET, allow(NotResource="arn:aws:s3:::b/*"), resource="arn:aws:s3:::b"),
    ),
    "session direct bypass boundary": (
        ALLOWED,
        lambda: said(
            GET,
            resource_policy=resource_policy({"AWS": SESSION}),
            principal=SESSION,
            resource=ARN,
            permissions_boundary=allow(Action="ec2:*"),
        ),
    ),
    "role named, boundary limits": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            resource_policy=resource_policy({"AWS": ROLE}),
            principal=SESSION,
            resource=ARN,
            permissions_boundary=allow(Action="ec2:*"),
        ),
    ),
    "role named, no boundary, no identity": (
        ALLOWED,
        lambda: said(
            GET, resource_policy=resource_policy({"AWS": ROLE}), principal=SESSION, resource=ARN
        ),
    ),
    "role named, session policy limits": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            resource_policy=resource_policy({"AWS": ROLE}),
            principal=SESSION,
            resource=ARN,
            session_policy=allow(Action="ec2:*"),
        ),
    ),
    "session named, session policy no limit": (
        ALLOWED,
        lambda: said(
            GET,
            resource_policy=resource_policy({"AWS": SESSION}),
            principal=SESSION,
            resource=ARN,
            session_policy=allow(Action="ec2:*"),
        ),
    ),
    "user named bypass boundary": (
        ALLOWED,
        lambda: said(
            GET,
            resource_policy=resource_policy({"AWS": USER}),
            resource=ARN,
            permissions_boundary=allow(Action="ec2:*"),
        ),
    ),
    "account root named, needs identity": (
        IMPLICIT_DENY,
        lambda: said(GET, resource_policy=resource_policy({"AWS": OWN}), resource=ARN),
    ),
    "star principal same account": (
        ALLOWED,
        lambda: said(GET, resource_policy=resource_policy("*"), resource=ARN, resource_account=OWN),
    ),
    "star principal cross account needs identity": (
        IMPLICIT_DENY,
        lambda: said(
            GET, resource_policy=resource_policy("*"), resource=ARN, resource_account=OTHER
        ),
    ),
    "cross both": (
        ALLOWED,
        lambda: said(
            GET,
            allow(),
            resource_policy=resource_policy({"AWS": USER}),
            resource=ARN,
            resource_account=OTHER,
        ),
    ),
    "cross identity only": (
        IMPLICIT_DENY,
        lambda: said(GET, allow(), resource=ARN, resource_account=OTHER),
    ),
    "anonymous": (
        ALLOWED,
        lambda: said(
            GET,
            resource_policy=resource_policy("*"),
            principal="*",
            resource=ARN,
            resource_account=OWN,
        ),
    ),
    "anonymous not by account": (
        IMPLICIT_DENY,
        lambda: said(
            GET,
            resource_policy=resource_policy({"AWS": OWN}),
            principal="*",
            resource=ARN,
            resource_account=OWN,
        ),
    ),
    "kms needs key policy": (IMPLICIT_DENY, lambda: said("kms:Decrypt", allow(), resource=KEY)),
    "kms root opens": (
        ALLOWED,
        lambda: said(
            "kms:Decrypt",
            allow(),
            resource=KEY,
            resource_policy=resource_policy({"AWS": f"arn:aws:iam::{OWN}:root"}),
        ),
    ),
    "scp root": (
        EXPLICIT_DENY,
        lambda: said(
            GET,
            principal=f"arn:aws:iam::{OWN}:root",
            resource=ARN,
            scps=[[deny(Action="s3:*"), allow()]],
        ),
    ),
    "root without policies": (
        ALLOWED,
        lambda: said("ec2:RunInstances", principal=f"arn:aws:iam::{OWN}:root"),
    ),
    "scp level missing allow": (
        IMPLICIT_DENY,
        lambda: said(GET, allow(), resource=ARN, scps=[[allow()], [allow(Action="ec2:*")]]),
    ),
    "rcp deny": (
        EXPLICIT_DENY,
        lambda: said(
            GET, allow(), resource=ARN, rcps=[[allow(), deny(Action="s3:*", Principal="*")]]
        ),
    ),
    "rcp unsupported service": (
        ALLOWED,
        lambda: said(
            "ec2:RunInstances",
            allow(),
            rcps=[[allow(Principal="*"), deny(Action="*", Principal="*")]],
        ),
    ),
    "slr not by scp": (
        ALLOWED,
        lambda: said(
            GET,
            allow(),
            principal=f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            resource=ARN,
            scps=[[deny()]],
        ),
    ),
    "principalarn of session is role": (
        ALLOWED,
        lambda: said(
            GET,
            allow(Condition=when("ArnEquals", "aws:PrincipalArn", ROLE)),
            principal=SESSION,
            resource=ARN,
        ),
    ),
    "resource policy deny notprincipal": (
        ALLOWED,
        lambda: said(
            GET,
            allow(),
            resource_policy=policy(
                {
                    "Effect": "Deny",
                    "NotPrincipal": {"AWS": [USER, OWN]},
                    "Action": "*",
                    "Resource": "*",
                }
            ),
            resource=ARN,
        ),
    ),
    "unknown operator deny": (
        EXPLICIT_DENY,
        lambda: said(
            GET, allow(), deny(Condition=when("StringIs", "aws:UserAgent", "x")), resource=ARN
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_rules_make_of_it(name: str) -> None:
    wanted, decided = CASES[name]
    assert decided() == wanted


@pytest.mark.parametrize("operator", ["NullIfExists", "ForAllValues:Null", "ForAnyValue:Null"])
@pytest.mark.parametrize("value", ["true", "false"])
def test_null_stands_alone(operator: str, value: str) -> None:
    # IAM User Guide, "IAM JSON policy elements: Condition operators": IfExists goes with every
    # operator but Null. What is no operator lets nobody in, and keeps everybody out.
    condition = {operator: {"aws:TagKeys": value}}
    for context in ({}, {"aws:TagKeys": ["a"]}):
        assert said(GET, allow(Condition=condition), context=context) == IMPLICIT_DENY
        denied = said(GET, allow(), deny(Condition=condition), context=context)
        assert denied == EXPLICIT_DENY
