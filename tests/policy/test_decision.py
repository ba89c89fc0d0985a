"""Decisions on single requests: the numbered cases of policy evaluation that checkers get wrong.

Each case has its source. ``sim``: another simulator agrees; ``doc``: AWS's text; ``reasoning``:
ours; ``recall``: from memory, not confirmed.
"""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.decision import levels_of
from reportgen.policy.document import parse
from tests.policies import (
    OTHER,
    OWN,
    ROLE,
    SESSION,
    USER,
    allow,
    ask,
    deny,
    policy,
    resource_policy,
    said,
    statement,
    trust_policy,
)

UG = "IAM User Guide, "
NO_MFA = {"aws:MultiFactorAuthPresent": "false"}
WITH_MFA = {"aws:MultiFactorAuthPresent": "true"}
BUCKET = "arn:aws:s3:::b"
ACCOUNT = f"arn:aws:iam::{OWN}:root"


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def case(number: int, expected: str, source: str, action: str, *identity: Any, **more: Any) -> Any:
    return pytest.param(action, identity, more, expected, id=f"{number}-{source.split(',')[0]}")


ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicit-deny", "explicit-deny"
MFA_BOOL_DENY = deny(**when("Bool", "aws:MultiFactorAuthPresent", "false"))
MFA_IF_EXISTS_DENY = deny(**when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"))
HOME = "arn:aws:s3:::home/${aws:username}/*"
SESSION_ALLOW = resource_policy({"AWS": SESSION})
ORG = when("StringEquals", "aws:PrincipalOrgID", "o-exampleorg1")

CASES = [
    # A. Grammar and matching.
    case(1, ALLOWED, f"doc, {UG}Action", "iam:PutUserPolicy", allow(Action="IAM:PUTUSERPOLICY")),
    case(2, ALLOWED, "sim", "iam:PassRole", allow(Action="iam:?assRole")),
    case(3, ALLOWED, "peer", "iam:PutUserPolicy", allow(Action="*:*")),
    case(3, ALLOWED, "peer", "s3:GetObject", allow(Action="*:Get*")),
    case(3, ALLOWED, "peer", "s3:GetObject", allow(Action="s3*:Get*")),
    case(4, ALLOWED, "sim", "s3:GetObject", {"Statement": statement()}),
    case(5, ALLOWED, "sim", "s3:GetObject", allow(Action=["s3:GetObject"], Resource=["a", "*"])),
    case(6, IMPLICIT, "sim", "s3:GetObject", allow(Action="s3:GetObject,s3:PutObject")),
    case(6, IMPLICIT, "sim", "s3:GetObject", allow(Action="s3:GetObject ")),
    case(6, IMPLICIT, "sim", "s3:GetObject", allow(Action="s3:")),
    case(6, ALLOWED, "sim", "s3:GetObject", allow(), deny(Action="s3:GetObject ")),
    case(6, ALLOWED, "sim", "s3:GetObject", allow(NotAction="s3:GetObject ")),
    case(
        7,
        ALLOWED,
        "sim",
        "organizations:LeaveOrganization",
        allow(),
        scps=[[allow(), deny(Action="organisations:LeaveOrganization")]],
    ),
    case(8, ALLOWED, "peer", "newservice:DoIt", allow(Action="newservice:Do*")),
    case(8, EXPLICIT, "peer", "newservice:DoIt", allow(), deny(Action="newservice:DoIt")),
    case(
        9,
        IMPLICIT,
        f"doc, {UG}Version",
        "s3:GetObject",
        policy(statement(Resource=HOME), version="2008-10-17"),
        resource="arn:aws:s3:::home/dana/x",
    ),
    case(10, ALLOWED, "sim", "s3:GetObject", allow(Resource=HOME), resource=f"{HOME[:18]}dana/x"),
    case(10, IMPLICIT, "sim", "s3:GetObject", allow(Resource=HOME), resource=f"{HOME[:18]}eli/x"),
    case(11, ALLOWED, "sim", "s3:GetObject", allow(Resource="arn:aws:s3:::*"), resource=f"{BUCKET}/k/l"),
    case(13, IMPLICIT, "sim", "iam:CreateUser", allow(Resource=f"{BUCKET}/*"), resource=USER),
    case(14, IMPLICIT, "sim", "s3:GetObject", allow(Resource=f"{BUCKET}/K"), resource=f"{BUCKET}/k"),
    case(15, EXPLICIT, "sim", "s3:GetObject", allow(), deny(**when("Bool", "aws:x", False)), context={"aws:x": "false"}),
    case(15, ALLOWED, "sim", "s3:GetObject", allow(**when("NumericLessThan", "s3:max-keys", 5)), context={"s3:max-keys": 4}),
    case(16, ALLOWED, "model", "s3:GetObject", "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D"),
    # B. What grants and what does not.
    case(17, ALLOWED, "sim", "iam:CreateUser", allow(NotAction="s3:*")),
    case(18, IMPLICIT, "sim", "iam:CreateUser", deny(NotAction="iam:*")),
    case(19, IMPLICIT, "sim", "iam:CreateUser", allow(NotAction=["*"])),
    case(20, ALLOWED, "sim", "iam:CreateUser", allow(NotResource="arn:aws:s3:::secret/*"), resource=USER),
    case(20, IMPLICIT, "sim", "s3:GetObject", allow(NotResource="arn:aws:s3:::secret/*"), resource="arn:aws:s3:::secret/x"),
    case(27, EXPLICIT, "peer", "s3:GetObject", allow(), deny()),
    # C. Conditions and MFA.
    case(39, EXPLICIT, f"doc, {UG}global keys", "s3:GetObject", allow(), MFA_IF_EXISTS_DENY),
    case(39, EXPLICIT, f"doc, {UG}global keys", "s3:GetObject", allow(), MFA_IF_EXISTS_DENY, context=NO_MFA),
    case(39, ALLOWED, f"doc, {UG}global keys", "s3:GetObject", allow(), MFA_IF_EXISTS_DENY, context=WITH_MFA),
    case(40, ALLOWED, f"doc, {UG}global keys", "s3:GetObject", allow(), MFA_BOOL_DENY),
    case(40, EXPLICIT, f"doc, {UG}global keys", "s3:GetObject", allow(), MFA_BOOL_DENY, context=NO_MFA),
    case(41, ALLOWED, "doc", "s3:GetObject", allow(**when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"))),
    case(42, IMPLICIT, "doc", "s3:GetObject", allow(**when("Bool", "aws:MultiFactorAuthPresent", "true"))),
    case(42, ALLOWED, "doc", "s3:GetObject", allow(**when("Bool", "aws:MultiFactorAuthPresent", "true")), context=WITH_MFA),
    case(43, ALLOWED, "doc", "s3:GetObject", allow(**when("Null", "aws:MultiFactorAuthPresent", "false")), context=NO_MFA),
    case(44, IMPLICIT, "sim", "s3:GetObject", allow(**when("NumericLessThan", "aws:MultiFactorAuthAge", "3600"))),
    case(45, EXPLICIT, "doc", "s3:GetObject", allow(), principal=SESSION, scps=[[allow(), deny(**when("BoolIfExists", "aws:MultiFactorAuthPresent", False))]]),
    case(45, ALLOWED, "doc", "s3:GetObject", allow(), principal=f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", scps=[[allow(), deny()]]),
    case(47, ALLOWED, f"doc, {UG}multi-value", "s3:GetObject", allow(**when("ForAllValues:StringEquals", "aws:PrincipalTag/t", "x"))),
    case(47, IMPLICIT, f"doc, {UG}multi-value", "s3:GetObject", allow(**when("ForAnyValue:StringEquals", "aws:TagKeys", "x"))),
    case(48, ALLOWED, "sim", "s3:GetObject", allow(**when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"))),
    case(49, ALLOWED, f"doc, {UG}operators", "s3:GetObject", allow(**when("StringNotEquals", "aws:PrincipalOrgID", "o-1"))),
    case(50, IMPLICIT, "sim", "s3:GetObject", allow(**when("StringEquals", "aws:userid", "re*")), context={"aws:userid": "read"}),
    case(50, ALLOWED, "sim", "s3:GetObject", allow(**when("StringEquals", "aws:userid", "re*")), context={"aws:userid": "re*"}),
    case(51, ALLOWED, "sim", "s3:GetObject", allow(**when("StringEquals", "AWS:principaltag/team", "a")), context={"aws:PrincipalTag/Team": "a"}),
    case(51, IMPLICIT, "sim", "s3:GetObject", allow(**when("StringEquals", "aws:PrincipalTag/team", "A")), context={"aws:PrincipalTag/team": "a"}),
    case(52, ALLOWED, "sim", "s3:GetObject", allow(**when("StringEquals", "aws:x", ["a", "b"])), context={"aws:x": "b"}),
    case(52, IMPLICIT, "sim", "s3:GetObject", allow(**when("StringNotEquals", "aws:x", ["a", "b"])), context={"aws:x": "b"}),
    case(52, IMPLICIT, "sim", "s3:GetObject", allow(Condition={"StringEquals": {"aws:x": "a"}, "Bool": {"aws:y": "true"}}), context={"aws:x": "a"}),
    # D. Boundaries, SCPs, session policies.
    case(53, IMPLICIT, "sim", "s3:GetObject", permissions_boundary=allow()),
    case(54, IMPLICIT, "sim", "iam:CreateUser", allow(), permissions_boundary=allow(Action="s3:*")),
    case(54, IMPLICIT, "sim", "iam:CreateUser", allow(), principal=ROLE, permissions_boundary=allow(Action="s3:*")),
    case(56, ALLOWED, f"doc, {UG}boundaries", "s3:GetObject", resource_policy=resource_policy({"AWS": USER}), permissions_boundary=allow(Action="ec2:*")),
    case(56, ALLOWED, f"doc, {UG}boundaries", "s3:GetObject", principal=SESSION, resource_policy=SESSION_ALLOW, permissions_boundary=allow(Action="ec2:*")),
    case(57, IMPLICIT, f"doc, {UG}boundaries", "s3:GetObject", principal=SESSION, resource_policy=resource_policy({"AWS": ROLE}), permissions_boundary=allow(Action="ec2:*")),
    case(57, ALLOWED, f"doc, {UG}boundaries", "s3:GetObject", principal=SESSION, resource_policy=resource_policy({"AWS": ROLE})),
    case(58, IMPLICIT, "sim", "s3:GetObject", allow(), scps=[[allow()], [allow(Action="ec2:*")], [allow()]]),
    case(58, IMPLICIT, "sim", "s3:GetObject", allow(), scps=[[allow()], [], [allow()]]),
    case(58, ALLOWED, "sim", "s3:GetObject", allow(), scps=[[allow()], [allow(Action="s3:*")], [allow()]]),
    case(59, IMPLICIT, "sim", "s3:GetObject", scps=[[allow()]]),
    case(60, EXPLICIT, "doc", "s3:GetObject", principal=f"arn:aws:iam::{OWN}:root", scps=[[allow(), deny()]]),
    case(61, IMPLICIT, "doc", "s3:GetObject", allow(), scps=[[allow(NotAction="s3:*")]]),
    case(61, ALLOWED, "doc", "ec2:RunInstances", allow(), scps=[[allow(NotAction="s3:*")]]),
    case(62, EXPLICIT, "reasoning", "s3:GetObject", allow(), scps=[[allow(), deny(**when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/breakglass"))]]),
    case(62, ALLOWED, "reasoning", "s3:GetObject", allow(), principal=f"arn:aws:sts::{OWN}:assumed-role/breakglass/x", scps=[[allow(), deny(**when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/breakglass"))]]),
    case(63, IMPLICIT, "sim", "ec2:RunInstances", allow(), principal=SESSION, session_policy=allow(Action="s3:*")),
    # E. Resource and trust policies.
    case(64, ALLOWED, "sim", "s3:GetObject", principal="*", resource_policy=resource_policy("*")),
    case(64, ALLOWED, "sim", "s3:GetObject", principal="*", resource_policy=resource_policy({"AWS": "*"})),
    case(65, IMPLICIT, "sim", "s3:GetObject", principal="*", resource_policy=resource_policy("*", **ORG)),
    case(66, IMPLICIT, f"doc, {UG}Principal", "s3:GetObject", resource=BUCKET, resource_account=OTHER, resource_policy=resource_policy({"AWS": OWN})),
    case(66, ALLOWED, f"doc, {UG}Principal", "s3:GetObject", allow(), resource=BUCKET, resource_account=OTHER, resource_policy=resource_policy({"AWS": f"arn:aws:iam::{OWN}:root"})),
    case(66, IMPLICIT, f"doc, {UG}Principal", "s3:GetObject", allow(), resource=BUCKET, resource_account=OTHER),
    case(67, IMPLICIT, "sim", "sts:AssumeRole", resource=ROLE, resource_policy=trust_policy({"AWS": OWN})),
    case(67, ALLOWED, "sim", "sts:AssumeRole", allow(), resource=ROLE, resource_policy=trust_policy({"AWS": OWN})),
    case(67, ALLOWED, "sim", "sts:AssumeRole", resource=ROLE, resource_policy=trust_policy({"AWS": USER})),
    case(69, IMPLICIT, "doc", "sts:AssumeRole", allow(), resource=ROLE, resource_policy=trust_policy({"AWS": f"arn:aws:iam::{OWN}:user/*"})),
    case(71, ALLOWED, "sim", "sts:AssumeRole", allow(), resource=ROLE, resource_policy=policy(
        {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole", **when("StringEquals", "sts:ExternalId", "q")},
        {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"})),
    case(76, IMPLICIT, "sim", "sts:AssumeRoleWithWebIdentity", principal=f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com", resource=ROLE,
        resource_policy=trust_policy({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}, "sts:AssumeRoleWithWebIdentity", **when("StringEquals", "token.actions.githubusercontent.com:sub", "repo:org/app:*")),
        context={"token.actions.githubusercontent.com:sub": "repo:org/app:ref:refs/heads/main"}),
    case(79, EXPLICIT, "doc", "s3:GetObject", allow(), permissions_boundary=allow(), resource_policy=policy(statement("Deny", NotPrincipal={"AWS": USER}))),
    case(79, ALLOWED, "doc", "s3:GetObject", allow(), resource_policy=policy(statement("Deny", NotPrincipal={"AWS": [USER, ACCOUNT]}))),
    case(79, ALLOWED, "doc", "s3:GetObject", principal="*", resource_policy=policy(statement(NotPrincipal={"AWS": USER}))),
]  # fmt: skip


@pytest.mark.parametrize(("action", "identity", "more", "expected"), CASES)
def test_decision(
    action: str, identity: tuple[Any, ...], more: dict[str, Any], expected: str
) -> None:
    assert said(action, *identity, **more) == expected


def test_a_decision_names_the_statement_that_decided() -> None:
    documents = (allow(), policy(statement(), statement("Deny", Sid="NoBuckets", Action="s3:*")))
    found = ask("s3:GetObject", *documents)
    assert found.because == "identity policy 2, statement 2 (NoBuckets) denies it"


RESOLVED = [
    ("${aws:username}", {}, "dana", True),
    ("${AWS:USERNAME}", {}, "dana", True),
    ("${aws:PrincipalTag/team, 'none'}", {}, "none", True),
    ("${aws:PrincipalTag/team, 'none'}", {"aws:PrincipalTag/team": "red"}, "red", True),
    ("${aws:PrincipalTag/team}", {}, "", False),
    ("${*}", {}, "*", True),
    ("${*}", {}, "anything", False),
    ("${?}", {}, "x", False),
    ("${$}{x}", {}, "${x}", True),
    ("${aws:PrincipalTag/team}", {"aws:PrincipalTag/team": "*"}, "anything", False),
    ("${aws:TagKeys}", {"aws:TagKeys": ["a", "b"]}, "a", False),
]


@pytest.mark.parametrize(("pattern", "context", "name", "expected"), RESOLVED)
def test_policy_variables(pattern: str, context: dict[str, Any], name: str, expected: bool) -> None:
    """IAM User Guide, "IAM policy elements: Variables and tags"."""
    document = allow(Resource=f"arn:aws:s3:::home/{pattern}")
    found = said("s3:GetObject", document, context=context, resource=f"arn:aws:s3:::home/{name}")
    assert (found == ALLOWED) is expected


OPERATORS = [
    ("StringEqualsIgnoreCase", "ABC", "abc", True),
    ("StringNotEqualsIgnoreCase", "ABC", "abc", False),
    ("StringLike", "a?c*", "abcd", True),
    ("StringNotLike", "a*", "abcd", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericGreaterThanEquals", "10", "9", False),
    ("NumericLessThan", "10", "x", False),
    ("DateLessThan", "2026-07-01T00:00:00Z", "2026-06-30T23:59:59Z", True),
    ("DateGreaterThan", "2026-07-01", "1782864000", False),
    ("DateGreaterThan", "2026-07-01", "1782950400", True),
    ("DateLessThan", "not a date", "2026-01-01", False),
    # Above 10^11 the seconds would lie beyond the year 5138: they are milliseconds.
    ("DateEquals", "2026-07-01", "1782864000000", True),
    ("DateEquals", "2026-07-01T00:00:00.001Z", "1782864000001", True),
    ("DateEquals", "5138-11-16T09:46:40Z", "100000000000", True),
    ("DateEquals", "1973-03-03T09:46:40.001Z", "100000000001", True),
    ("DateEquals", "1966-10-31T14:13:19.999Z", "-100000000001", True),
    ("DateEquals", "1970-01-01", "0", False),
    ("DateEquals", "1970-01-01T02:46:40Z", "10000", True),
    ("DateEquals", "2026", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-07", "2026-07-01", True),
    ("DateGreaterThan", "9999-12-31", "9" * 30, False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericLessThanEquals", "10", "10.5", False),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericEquals", "1e2", "100", True),
    ("NumericNotEquals", "10", "10", False),
    ("IpAddress", "203.0.113.9/24", "203.0.113.200", True),
    ("IpAddress", "203.0.113.0/25", "203.0.113.127", True),
    ("IpAddress", "203.0.113.0/25", "203.0.113.128", False),
    ("ArnLike", "*", "anything", True),
    ("Bool", "true", "TRUE", True),
    ("Bool", "maybe", "maybe", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
    ("NotIpAddress", "203.0.113.0/24", "203.0.114.9", True),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "2001:db8::/32", "203.0.113.9", False),
    ("ArnLike", "arn:aws:iam::*:role/app-*", "arn:aws:iam::210987654321:role/app-1", True),
    ("ArnEquals", "arn:aws:iam::*:role/app-*", "arn:aws:iam::210987654321:role/app-1", True),
    ("ArnLike", "arn:aws:sns:*:topic", "arn:aws:sns:a:210987654321:topic", False),
    ("ArnNotLike", "arn:aws:iam::*:role/app-*", "arn:aws:iam::1:user/x", True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("ForAnyValue:StringLike", ["a*", "b"], ["x", "ay"], True),
    ("ForAllValues:StringLike", ["a*", "b"], ["x", "ay"], False),
    ("ForAllValues:StringNotEquals", ["a"], ["x", "y"], True),
    ("ForAnyValue:StringNotEquals", ["a"], ["a"], False),
]


@pytest.mark.parametrize(("operator", "wanted", "value", "expected"), OPERATORS)
def test_operators(operator: str, wanted: Any, value: Any, expected: bool) -> None:
    """IAM User Guide, "Condition operators"."""
    document = allow(**when(operator, "aws:k", wanted))
    assert (said("s3:GetObject", document, context={"aws:k": value}) == ALLOWED) is expected


ABSENT = [
    ("StringEquals", False),
    ("StringNotEquals", True),
    ("StringNotLike", True),
    ("NumericNotEquals", True),
    ("DateNotEquals", True),
    ("NotIpAddress", True),
    ("ArnNotEquals", True),
    ("StringEqualsIfExists", True),
    ("BoolIfExists", True),
    ("ForAllValues:StringEquals", True),
    ("ForAnyValue:StringEquals", False),
    ("ForAnyValue:StringNotEquals", False),
    ("ForAnyValue:StringEqualsIfExists", True),
]


@pytest.mark.parametrize(("operator", "expected"), ABSENT)
@pytest.mark.parametrize("context", [{}, {"aws:k": []}], ids=["no key", "empty list"])
def test_absent_keys(operator: str, expected: bool, context: dict[str, Any]) -> None:
    document = allow(**when(operator, "aws:k", "2026-01-01"))
    assert (said("s3:GetObject", document, context=context) == ALLOWED) is expected


def test_an_unknown_operator_allows_nothing_and_is_told() -> None:
    found = ask(
        "s3:GetObject", allow(**when("StringMatches", "aws:k", "x")), context={"aws:k": "x"}
    )
    assert found.decision == IMPLICIT
    assert "'StringMatches' is not an operator" in found.because


def test_kms_and_trust_need_the_resource_policy() -> None:
    """AWS KMS Developer Guide, "Key policies": without the key policy no IAM policy is enough."""
    key = f"arn:aws:kms:ap-southeast-2:{OWN}:key/1"
    assert said("kms:Decrypt", allow(), resource=key) == IMPLICIT
    to_account = resource_policy({"AWS": f"arn:aws:iam::{OWN}:root"})
    assert said("kms:Decrypt", allow(), resource=key, resource_policy=to_account) == ALLOWED
    assert said("kms:Decrypt", resource=key, resource_policy=to_account) == IMPLICIT
    assert said("sts:AssumeRole", allow(), resource=ROLE) == IMPLICIT


LEVELS: list[tuple[Any, int]] = [
    (None, 0),
    ([], 0),
    ("", 0),
    # One document, or a list of them, is one level.
    (allow(), 1),
    ([allow(), deny()], 1),
    ([[allow()], [deny()]], 2),
    # One level that is a list makes every item a level.
    ([[allow()], deny()], 2),
    ([allow(), [deny()]], 2),
    ([[allow()], None], 2),
    ([[allow()], []], 2),
    ([[]], 1),
]


@pytest.mark.parametrize(("given", "count"), LEVELS)
def test_levels_are_read_from_what_is_given(given: Any, count: int) -> None:
    assert len(levels_of(given)) == count


def test_levels_hold_what_is_given() -> None:
    first, second = allow(), deny()
    assert levels_of([[first, second], second]) == (
        (parse(first), parse(second)),
        (parse(second),),
    )
    assert levels_of([first, second]) == ((parse(first), parse(second)),)
    assert levels_of([first], lambda given: parse(deny())) == ((parse(second),),)


@pytest.mark.parametrize("level", [None, [], [None], ["no policy"]])
def test_a_level_of_scps_without_a_policy_allows_nothing(level: Any) -> None:
    # AWS Organizations User Guide, "SCP evaluation": each level must allow.
    found = ask("s3:GetObject", allow(), scps=[[allow()], level])
    assert found.decision == IMPLICIT
    assert found.because.startswith("no SCP of level 2 allows it")
    assert said("s3:GetObject", allow(), scps=[[allow()], [allow()]]) == ALLOWED


@pytest.mark.parametrize("level", [None, [], [None]])
def test_a_level_of_rcps_without_a_policy_leaves_open(level: Any) -> None:
    # AWS Organizations User Guide, "RCPs": RCPFullAWSAccess is attached and cannot be detached.
    assert said("s3:GetObject", allow(), rcps=[level or []]) == ALLOWED
    assert said("s3:GetObject", allow(), rcps=[[resource_policy("*", "Deny")], level]) == EXPLICIT


def test_rcps_allow_only_what_some_policy_of_each_level_allows() -> None:
    # AWS Organizations User Guide, "RCP evaluation".
    reads, writes = (resource_policy("*", Action=f"s3:{verb}*") for verb in ("Get", "Put"))
    assert said("s3:GetObject", allow(), rcps=[[reads, writes]]) == ALLOWED
    assert said("s3:GetObject", allow(), rcps=[[reads], [writes]]) == IMPLICIT
    found = ask("s3:GetObject", allow(), rcps=[[reads], [writes]])
    assert found.because == "no RCP of level 2 allows it"
    assert said("s3:GetObject", principal=ACCOUNT, rcps=[[writes]]) == IMPLICIT
    linked = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/x"
    assert said("s3:GetObject", allow(), principal=linked, rcps=[[writes]]) == ALLOWED


def test_rcps_close_a_resource_to_whoever_comes() -> None:
    """AWS Organizations User Guide, "Resource control policies"."""
    outside = policy(
        statement(
            "Deny", Principal="*", **when("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-1")
        )
    )
    open_to_all = resource_policy("*")
    for principal in (USER, "*"):
        case_ = {"principal": principal, "resource_policy": open_to_all, "rcps": [[outside]]}
        assert said("s3:GetObject", allow(), **case_) == EXPLICIT
    context = {"aws:PrincipalOrgID": "o-1"}
    assert said("s3:GetObject", allow(), rcps=[[outside]], context=context) == ALLOWED


def test_services_and_providers_have_no_policies_of_their_own() -> None:
    bucket = resource_policy({"Service": "cloudtrail.amazonaws.com"}, Action="s3:PutObject")
    who = {"principal": "cloudtrail.amazonaws.com", "scps": [[deny()]]}
    assert said("s3:PutObject", resource_policy=bucket, **who) == ALLOWED
    assert said("s3:GetObject", resource_policy=bucket, **who) == IMPLICIT


def test_rcps_bind_only_services_that_support_them() -> None:
    closed = policy(statement("Deny", Principal="*"))
    assert said("s3:GetObject", allow(), rcps=[[closed]]) == EXPLICIT
    assert said("iam:CreateUser", allow(), rcps=[[closed]]) == ALLOWED


def test_scps_do_not_bind_who_signs_in_at_a_provider() -> None:
    provider = f"arn:aws:iam::{OWN}:saml-provider/idp"
    case_ = {"principal": provider, "resource": ROLE, "scps": [[allow(), deny()]]}
    trust = trust_policy({"Federated": provider}, "sts:AssumeRoleWithSAML")
    assert said("sts:AssumeRoleWithSAML", resource_policy=trust, **case_) == ALLOWED


# -- NotPrincipal with Deny: IAM User Guide, "NotPrincipal" --------------------------------

PATHED = f"arn:aws:iam::{OWN}:role/team/worker"
NEIGHBOUR = SESSION.replace("run-1", "run-2")
SPARED = [
    # The caller, what is listed, and whether the Deny leaves it alone.
    (USER, [USER, ACCOUNT], True),
    (USER, [USER, OWN], True),
    (USER, [USER], False),
    (USER, [ACCOUNT], False),
    (USER, [f"arn:aws:iam::{OWN}:user/eli", ACCOUNT], False),
    (USER, [USER, f"arn:aws:iam::{OTHER}:root"], False),
    (ACCOUNT, [ACCOUNT], True),
    (ACCOUNT, [OWN], True),
    (ACCOUNT, [USER], False),
    (SESSION, [SESSION, ROLE, ACCOUNT], True),
    (SESSION, [PATHED, ACCOUNT], True),
    (SESSION, [ROLE, ACCOUNT], True),
    (SESSION, [SESSION, ACCOUNT], False),
    (SESSION, [SESSION, ROLE], False),
    (SESSION, [NEIGHBOUR, ROLE, ACCOUNT], False),
    (NEIGHBOUR, [SESSION, NEIGHBOUR, ROLE, ACCOUNT], True),
    (ROLE, [ROLE, ACCOUNT], True),
    (ROLE, [SESSION, ROLE, ACCOUNT], False),
    (PATHED, [ROLE, ACCOUNT], False),
    (USER, ["*"], True),
    ("*", [ACCOUNT], False),
]


@pytest.mark.parametrize(("principal", "listed", "spared"), SPARED)
def test_a_deny_with_not_principal_asks_for_account_role_and_session(
    principal: str, listed: list[str], spared: bool
) -> None:
    bucket = policy(
        statement("Deny", NotPrincipal={"AWS": listed}), statement(Principal={"AWS": "*"})
    )
    found = said("s3:GetObject", allow(), principal=principal, resource_policy=bucket)
    assert found == (ALLOWED if spared else EXPLICIT)


def test_a_deny_with_not_principal_says_what_is_missing() -> None:
    def because(*listed: str, **more: Any) -> str:
        bucket = policy(statement("Deny", NotPrincipal={"AWS": list(listed)}))
        return ask("s3:GetObject", allow(), resource_policy=bucket, **more).because

    assert because(USER).endswith("lists the caller, but not its account too")
    assert because(ACCOUNT).endswith("lists the account, but not the role or user itself")
    assert because(USER, ACCOUNT, permissions_boundary=allow()).endswith(
        "has a permissions boundary"
    )
    assert because(f"arn:aws:iam::{OTHER}:root") == "resource policy, statement 1 denies it"


def test_services_and_providers_are_spared_by_name_alone() -> None:
    bucket = policy(
        statement("Deny", NotPrincipal={"Service": "cloudtrail.amazonaws.com"}),
        statement(Principal="*"),
        statement(Principal={"Service": ["cloudtrail.amazonaws.com", "config.amazonaws.com"]}),
    )
    for service, expected in (("cloudtrail", ALLOWED), ("config", EXPLICIT)):
        who = f"{service}.amazonaws.com"
        assert said("s3:PutObject", principal=who, resource_policy=bucket) == expected


# -- what needs no permission, and what AWS keeps to itself --------------------------------


def test_get_caller_identity_cannot_be_denied() -> None:
    """AWS STS API Reference, GetCallerIdentity."""
    for principal in (USER, SESSION, ACCOUNT):
        who = {"principal": principal, "scps": [[deny()]], "session_policy": deny()}
        assert said("sts:GetCallerIdentity", deny(), **who) == ALLOWED
    assert said("sts:GetCallerIdentity", principal="*") == IMPLICIT


def test_get_session_token_is_not_for_policies_to_say() -> None:
    """IAM User Guide, "Permissions for GetSessionToken": policies that name it have no effect.

    AWS STS API Reference, GetSessionToken: called with a user's or root's own credentials.
    """
    assert said("sts:GetSessionToken") == ALLOWED
    assert said("STS:getsessiontoken", permissions_boundary=allow(Action="s3:*")) == ALLOWED
    assert said("sts:GetSessionToken", principal=ACCOUNT) == ALLOWED
    assert said("sts:GetSessionToken", allow(), principal=SESSION) == IMPLICIT
    assert said("sts:GetSessionToken", deny()) == ALLOWED
    assert said("sts:GetSessionToken", deny(), scps=[[deny()]], principal=ACCOUNT) == ALLOWED
    assert said("sts:GetSessionToken", allow(), principal="*") == IMPLICIT
    assert said("sts:GetFederationToken", deny()) == EXPLICIT
    assert said("sts:GetFederationToken") == IMPLICIT


FENCED = [
    ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("iam:AttachRolePolicy", f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/A"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{OWN}:role/aws-reserved/sso.amazonaws.com/A"),
]


@pytest.mark.parametrize(("action", "resource"), FENCED)
def test_fences_of_aws_hold_whatever_policies_say(action: str, resource: str) -> None:
    for principal in (USER, ACCOUNT):
        found = ask(action, allow(), resource=resource, principal=principal)
        assert found.decision == IMPLICIT
        assert found.because.startswith("AWS refuses it whatever policies say: ")
    own = resource.replace("::aws:", f"::{OWN}:").replace("/aws-service-role/x.amazonaws.com/", "/")
    own = own.replace("/aws-reserved/sso.amazonaws.com/", "/")
    assert said(action, allow(), resource=own) == ALLOWED


def test_an_explicit_deny_is_told_before_a_fence() -> None:
    assert said(FENCED[0][0], allow(), deny(), resource=FENCED[0][1]) == EXPLICIT


# -- what cannot be judged -----------------------------------------------------------------


def test_a_deny_with_an_operator_that_is_not_one_applies_and_says_so() -> None:
    odd = deny(Action="s3:*", **when("StringMatches", "aws:k", "x"))
    found = ask("s3:GetObject", allow(), odd)
    assert found.decision == EXPLICIT
    assert "'StringMatches' is not an operator" in found.because
    assert "counts as denied" in found.because
    # It speaks of nothing more than it names, and its other conditions must hold.
    assert said("iam:CreateUser", allow(), odd) == ALLOWED
    both = {"Condition": {"StringMatches": {"aws:k": "x"}, "StringEquals": {"aws:l": "y"}}}
    assert said("s3:GetObject", allow(), deny(**both)) == ALLOWED
    assert said("s3:GetObject", allow(), deny(**both), context={"aws:l": "y"}) == EXPLICIT


@pytest.mark.parametrize("where", ["scps", "rcps", "permissions_boundary", "session_policy"])
def test_a_deny_that_cannot_be_judged_applies_wherever_it_stands(where: str) -> None:
    broken = policy(
        statement("Allow", Principal="*"),
        statement("Deny", Principal="*", Condition={"StringEquals": "no keys"}),
    )
    given = [[broken]] if where.endswith("cps") else broken
    assert said("s3:GetObject", allow(), **{where: given}) == EXPLICIT


def test_what_was_left_out_is_told_with_an_allow_too() -> None:
    found = ask("s3:GetObject", allow(), "{", allow(Condition={"StringMatches": {"aws:k": "x"}}))
    assert found.decision == ALLOWED
    assert "not judged: not JSON" in found.because
    assert "'StringMatches' is not an operator" in found.because


# -- VPC endpoints: AWS PrivateLink Guide, "Control access to VPC endpoints" ---------------


def test_an_endpoint_policy_must_leave_the_request_open() -> None:
    only_get = resource_policy("*", Action="s3:Get*")
    assert said("s3:GetObject", allow(), endpoint_policy=only_get) == ALLOWED
    assert said("s3:PutObject", allow(), endpoint_policy=only_get) == IMPLICIT
    # It grants nothing by itself.
    assert said("s3:GetObject", endpoint_policy=only_get) == IMPLICIT
    # Nor does what the bucket's policy opens get around it.
    bucket = resource_policy({"AWS": USER})
    assert said("s3:PutObject", resource_policy=bucket, endpoint_policy=only_get) == IMPLICIT


def test_an_endpoint_policy_names_principals_and_denies() -> None:
    dana, others = resource_policy({"AWS": USER}), resource_policy({"AWS": ROLE})
    assert said("s3:GetObject", allow(), endpoint_policy=dana) == ALLOWED
    assert said("s3:GetObject", allow(), endpoint_policy=others) == IMPLICIT
    assert said("s3:GetObject", allow(), principal=SESSION, endpoint_policy=others) == ALLOWED
    mine = when("StringNotEquals", "aws:ResourceAccount", OWN)
    closed = policy(statement(Principal="*"), statement("Deny", Principal="*", **mine))
    found = ask("s3:GetObject", allow(), endpoint_policy=closed, resource_account=OTHER)
    assert found.because == "VPC endpoint policy, statement 2 denies it"
    assert said("s3:GetObject", allow(), endpoint_policy=closed) == ALLOWED
    # A policy without Principal opens to nobody.
    assert said("s3:GetObject", allow(), endpoint_policy=allow()) == IMPLICIT


def test_the_two_forms_of_the_time_tell_one_moment() -> None:
    """IAM User Guide, "AWS global condition context keys": CurrentTime and EpochTime."""
    until = allow(**when("NumericLessThan", "aws:EpochTime", "1782864000"))
    for at, expected in (("2026-06-30T23:59:59Z", ALLOWED), ("2026-07-01T00:00:00Z", IMPLICIT)):
        assert said("s3:GetObject", until, context={"aws:CurrentTime": at}) == expected
    until = allow(**when("DateLessThan", "aws:CurrentTime", "2026-07-01T00:00:00Z"))
    for at, expected in (("1782863999", ALLOWED), ("1782864000", IMPLICIT)):
        assert said("s3:GetObject", until, context={"aws:EpochTime": at}) == expected
    # Time is never guessed.
    assert said("s3:GetObject", until) == IMPLICIT


def test_an_rcp_speaks_of_principals() -> None:
    # AWS Organizations User Guide, "RCP syntax": Principal is required, and is "*".
    assert said("s3:GetObject", allow(), rcps=[[resource_policy("*")]]) == ALLOWED
    assert said("s3:GetObject", allow(), rcps=[[allow()]]) == IMPLICIT


def test_fences_do_not_hold_aws_itself() -> None:
    linked = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/x"
    change = {"action": "iam:PutRolePolicy", "resource": linked}
    assert said(change["action"], allow(), resource=linked, principal=linked) == ALLOWED
    assert said(change["action"], allow(), resource=linked) == IMPLICIT
    opened = resource_policy({"Service": "x.amazonaws.com"})
    who = {"principal": "x.amazonaws.com", "resource_policy": opened}
    assert said(change["action"], resource=linked, **who) == ALLOWED


def test_what_a_caller_without_policies_lacks_is_told() -> None:
    tail = "and the caller has no policy of its own"
    who = {"principal": "*", "resource_account": OWN}
    assert ask("s3:GetObject", **who).because == f"no resource policy is given, {tail}"
    closed = {**who, "resource_policy": resource_policy("*", Action="s3:Put*")}
    found = ask("s3:GetObject", **closed).because
    assert found == f"the resource policy does not allow it, {tail}"


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (3, ""), (4, "; and 1 more"), (6, "; and 3 more")]
)
def test_three_of_what_was_not_judged_are_told(count: int, more: str) -> None:
    broken = [f"no policy {n}" for n in range(count)]
    found = ask("s3:GetObject", allow(), *broken)
    assert found.decision == ALLOWED
    head, _, doubt = found.because.partition("; not judged: ")
    assert head == "identity policy 1, statement 1 allows it"
    assert doubt.endswith(more)
    assert doubt.removesuffix(more).count("; ") == min(count, 3) - 1
    assert "more" in doubt or count <= 3


@pytest.mark.parametrize(
    ("resource", "theirs"),
    [
        (f"arn:aws:logs:eu-west-1:{OTHER}:log-group:a", True),
        (f"arn:aws:logs:eu-west-1:{OTHER}:log-group:a:log-stream:b", True),
        (f"arn:aws:logs:eu-west-1:{OWN}:log-group:{OTHER}:b", False),
        (f"arn:aws:logs:eu-west-1:{OTHER}", False),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", False),
        ("arn:aws:s3:::b", False),
    ],
)
def test_the_account_of_a_resource_is_the_fifth_field_of_its_arn(
    resource: str, theirs: bool
) -> None:
    found = ask("logs:GetLogEvents", allow(), resource=resource)
    assert found.decision == (IMPLICIT if theirs else ALLOWED)
    assert ("in another account" in found.because) is theirs
