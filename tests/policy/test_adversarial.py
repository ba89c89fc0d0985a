"""Cases made to fool an evaluator, numbered, each with the page of AWS that decides it.

UG is the IAM User Guide, SAR the Service Authorization Reference, ORG the AWS Organizations User
Guide. A case is a request with its policies and what AWS decides.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from reportgen.policy import rights
from reportgen.policy.decision import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY, levels_of
from tests.policies import (
    OTHER,
    OWN,
    ROLE,
    SESSION,
    USER,
    allow,
    attached,
    deny,
    judged,
    managed,
    policy,
    resource_policy,
    role,
    said,
    statement,
    trust_policy,
    user,
)

BUCKET = "arn:aws:s3:::ledger"
OBJECT = f"{BUCKET}/2026/a.csv"
KEY = f"arn:aws:kms:eu-west-1:{OWN}:key/1"
FULL = allow()


def when(operator: str, key: str, *values: Any, effect: str = "Allow", **more: Any) -> Any:
    """A statement of everything on one condition."""
    return statement(effect, Condition={operator: {key: list(values)}}, **more)


def case(
    action: str, *identity: Any, expected: str, principal: str = USER, **more: Any
) -> tuple[str, tuple[Any, ...], dict[str, Any], str]:
    return action, identity, {"principal": principal, "resource": OBJECT, **more}, expected


TAGS = "ForAllValues:StringEquals"
ONE = "ForAnyValue:StringEquals"
KMS = trust_policy({"AWS": OWN}, "kms:*", Resource="*")
CASES = [
    # -- operators. UG "IAM JSON policy elements: Condition operators" and "Single-valued vs.
    #    multivalued context keys".
    # 1. IfExists makes an Allow of a missing key; 2. and a present key must still match.
    case("s3:GetObject", policy(when("StringEqualsIfExists", "aws:SourceVpce", "vpce-1")), expected=ALLOWED),
    case("s3:GetObject", policy(when("StringEqualsIfExists", "aws:SourceVpce", "vpce-1")), context={"aws:SourceVpce": "vpce-2"}, expected=IMPLICIT_DENY),
    # 3. A negated operator holds for a missing key, with IfExists or without.
    case("s3:GetObject", FULL, policy(when("StringNotEqualsIfExists", "aws:SourceVpce", "vpce-1", effect="Deny")), expected=EXPLICIT_DENY),
    case("s3:GetObject", FULL, policy(when("StringNotEquals", "aws:SourceVpce", "vpce-1", effect="Deny")), expected=EXPLICIT_DENY),
    # 5. ForAllValues holds for a missing key: an Allow opens; 6. a Null test beside it closes that.
    case("ec2:CreateTags", policy(when(TAGS, "aws:TagKeys", "team")), resource="*", expected=ALLOWED),
    case("ec2:CreateTags", policy(statement(Condition={TAGS: {"aws:TagKeys": "team"}, "Null": {"aws:TagKeys": "false"}})), resource="*", expected=IMPLICIT_DENY),
    # 7. ForAnyValue does not; 8. a negated ForAnyValue does not either.
    case("ec2:CreateTags", policy(when(ONE, "aws:TagKeys", "team")), resource="*", expected=IMPLICIT_DENY),
    case("ec2:CreateTags", FULL, policy(when("ForAnyValue:StringNotEquals", "aws:TagKeys", "team", effect="Deny")), resource="*", expected=ALLOWED),
    # 9. ForAnyValue of a negated operator: one value outside the list is enough.
    case("ec2:CreateTags", FULL, policy(when("ForAnyValue:StringNotEquals", "aws:TagKeys", "team", effect="Deny")), resource="*", context={"aws:TagKeys": ["team", "owner"]}, expected=EXPLICIT_DENY),
    case("ec2:CreateTags", FULL, policy(when("ForAnyValue:StringNotEquals", "aws:TagKeys", "team", effect="Deny")), resource="*", context={"aws:TagKeys": ["team"]}, expected=ALLOWED),
    # 11. ForAllValues of a negated operator: no value may be in the list.
    case("ec2:CreateTags", policy(when("ForAllValues:StringNotEquals", "aws:TagKeys", "cost")), resource="*", context={"aws:TagKeys": ["team", "cost"]}, expected=IMPLICIT_DENY),
    # 12. Null with both values always holds; 13. with none it never does.
    case("s3:GetObject", policy(when("Null", "aws:TokenIssueTime", "true", "false")), expected=ALLOWED),
    case("s3:GetObject", policy(when("Null", "aws:TokenIssueTime")), expected=IMPLICIT_DENY),
    # 14. Operators are ANDed, keys of one operator too, values ORed.
    case("s3:GetObject", policy(statement(Condition={"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"], "aws:RequestedRegion": "eu-west-1"}, "Bool": {"aws:SecureTransport": "true"}})), context={"aws:SourceVpce": "vpce-2", "aws:RequestedRegion": "eu-west-1", "aws:SecureTransport": "true"}, expected=ALLOWED),
    case("s3:GetObject", policy(statement(Condition={"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"], "aws:RequestedRegion": "eu-west-1"}})), context={"aws:SourceVpce": "vpce-2"}, expected=IMPLICIT_DENY),
    # 16. Names of keys and operators have no case, values do.
    case("s3:GetObject", policy(when("stringequals", "AWS:sourceVPCE", "vpce-1")), context={"aws:SourceVpce": "vpce-1"}, expected=ALLOWED),
    case("s3:GetObject", policy(when("StringEquals", "aws:SourceVpce", "VPCE-1")), context={"aws:SourceVpce": "vpce-1"}, expected=IMPLICIT_DENY),
    # 18. Bool on text that is no boolean never holds.
    case("s3:GetObject", policy(when("Bool", "aws:SecureTransport", "yes")), context={"aws:SecureTransport": "yes"}, expected=IMPLICIT_DENY),
    # 19. ArnLike: each field for itself, so that a star in the account does not reach the resource.
    case("s3:GetObject", policy(when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/dan?")), expected=ALLOWED),
    case("s3:GetObject", policy(when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*")), expected=IMPLICIT_DENY),
    # 21. The ARN of a session's role is what aws:PrincipalArn says, not the session's.
    case("s3:GetObject", policy(when("ArnEquals", "aws:PrincipalArn", ROLE)), principal=SESSION, expected=ALLOWED),
    case("s3:GetObject", policy(when("ArnEquals", "aws:PrincipalArn", SESSION)), principal=SESSION, expected=IMPLICIT_DENY),
    # -- NotAction and NotResource. UG "IAM JSON policy elements: NotAction", "NotResource".
    # 23. Together: everything but the listed actions, on everything but the listed resources.
    case("s3:GetObject", policy(statement(NotAction="iam:*", NotResource=f"{BUCKET}/*")), expected=IMPLICIT_DENY),
    case("s3:GetObject", policy(statement(NotAction="iam:*", NotResource=f"{BUCKET}/*")), resource="arn:aws:s3:::other/x", expected=ALLOWED),
    case("iam:GetUser", policy(statement(NotAction="iam:*", NotResource=f"{BUCKET}/*")), resource=USER, expected=IMPLICIT_DENY),
    # 26. Deny with both: what is in neither list.
    case("s3:GetObject", FULL, policy(statement("Deny", NotAction="s3:*", NotResource=f"{BUCKET}/*")), expected=ALLOWED),
    case("sqs:SendMessage", FULL, policy(statement("Deny", NotAction="s3:*", NotResource=f"{BUCKET}/*")), resource=f"arn:aws:sqs:eu-west-1:{OWN}:q", expected=EXPLICIT_DENY),
    # 28. A NotAction whose only name does not exist leaves nothing out.
    case("organizations:LeaveOrganization", FULL, policy(statement("Deny", NotAction="organisations:LeaveOrganization")), resource="*", expected=EXPLICIT_DENY),
    # -- boundary, SCP, RCP, session policy together. UG "Policy evaluation logic".
    # 29. Every layer must allow; each alone closes.
    case("s3:GetObject", FULL, permissions_boundary=FULL, scps=[[FULL], [FULL]], rcps=[[resource_policy("*")]], session_policy=FULL, expected=ALLOWED, principal=SESSION),
    case("s3:GetObject", FULL, permissions_boundary=allow(Action="s3:Put*"), scps=[[FULL]], session_policy=FULL, expected=IMPLICIT_DENY, principal=SESSION),
    case("s3:GetObject", FULL, permissions_boundary=FULL, scps=[[FULL], [allow(Action="ec2:*")]], expected=IMPLICIT_DENY),
    case("s3:GetObject", FULL, permissions_boundary=FULL, session_policy=allow(Action="s3:Put*"), expected=IMPLICIT_DENY, principal=SESSION),
    # 33. Allows of the layers do not add up: each must hold for the one request.
    case("s3:GetObject", allow(Resource=f"{BUCKET}/2025/*"), permissions_boundary=allow(Resource=f"{BUCKET}/2026/*"), expected=IMPLICIT_DENY),
    # 34. UG "Permissions boundaries": a bucket policy that names the user passes the boundary's
    #     silence but not its Deny, nor an SCP's silence.
    case("s3:GetObject", resource_policy=resource_policy({"AWS": USER}), permissions_boundary=allow(Action="ec2:*"), expected=ALLOWED),
    case("s3:GetObject", resource_policy=resource_policy({"AWS": USER}), permissions_boundary=policy(statement(Action="ec2:*"), statement("Deny", Action="s3:*")), expected=EXPLICIT_DENY),
    case("s3:GetObject", resource_policy=resource_policy({"AWS": USER}), scps=[[allow(Action="ec2:*")]], expected=IMPLICIT_DENY),
    # 37. UG "Session policies": a resource policy that names the role is cut by the session policy;
    #     one that names the session is not.
    case("s3:GetObject", FULL, principal=SESSION, session_policy=allow(Action="ec2:*"), resource_policy=resource_policy({"AWS": ROLE}), expected=IMPLICIT_DENY),
    case("s3:GetObject", FULL, principal=SESSION, session_policy=allow(Action="ec2:*"), resource_policy=resource_policy({"AWS": SESSION}), expected=ALLOWED),
    # 39. Across accounts both must allow, whoever is named.
    case("s3:GetObject", principal=f"arn:aws:iam::{OTHER}:user/eli", resource_account=OWN, resource_policy=resource_policy({"AWS": f"arn:aws:iam::{OTHER}:user/eli"}), expected=IMPLICIT_DENY),
    case("s3:GetObject", FULL, principal=f"arn:aws:iam::{OTHER}:user/eli", resource_account=OWN, resource_policy=resource_policy({"AWS": OTHER}), expected=ALLOWED),
    case("s3:GetObject", FULL, principal=f"arn:aws:iam::{OTHER}:user/eli", resource_account=OWN, permissions_boundary=allow(Action="ec2:*"), resource_policy=resource_policy({"AWS": f"arn:aws:iam::{OTHER}:user/eli"}), expected=IMPLICIT_DENY),
    # 42. ORG "RCPs": a Deny for everybody outside; services of AWS come with
    #     aws:PrincipalIsAWSService and can be spared.
    case("s3:GetObject", FULL, rcps=[[policy(statement("Deny", Principal="*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-own"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))]], expected=EXPLICIT_DENY),
    case("s3:GetObject", FULL, rcps=[[policy(statement("Deny", Principal="*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-own"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))]], context={"aws:PrincipalOrgID": "o-own"}, expected=ALLOWED),
    case("s3:PutObject", principal="cloudtrail.amazonaws.com", resource_account=OWN, resource_policy=resource_policy({"Service": "cloudtrail.amazonaws.com"}), rcps=[[policy(statement("Deny", Principal="*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-own"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))]], expected=ALLOWED),
    # 45. An RCP does not bind services that do not support it, an SCP does not bind those outside.
    case("ec2:RunInstances", FULL, resource="*", rcps=[[resource_policy("*", "Deny")]], expected=ALLOWED),
    case("s3:GetObject", principal="*", resource_account=OWN, resource_policy=resource_policy("*"), scps=[[deny()]], expected=ALLOWED),
    # 47. A root user of a member account is bound by SCPs (ORG "SCP effects on permissions").
    case("s3:GetObject", principal=f"arn:aws:iam::{OWN}:root", scps=[[FULL, deny(Action="s3:*")]], expected=EXPLICIT_DENY),
    # -- tags. UG "Controlling access to AWS resources using tags".
    # 48. Tag on create: the tag of the request decides, and its absence.
    case("ec2:RunInstances", policy(when("StringEquals", "aws:RequestTag/team", "a")), resource="*", expected=IMPLICIT_DENY),
    case("ec2:RunInstances", policy(when("StringEquals", "aws:RequestTag/team", "a")), resource="*", context={"aws:RequestTag/team": "a"}, expected=ALLOWED),
    case("ec2:RunInstances", FULL, policy(when("Null", "aws:RequestTag/team", "true", effect="Deny")), resource="*", expected=EXPLICIT_DENY),
    # 51. ABAC: the tag of the caller against that of the resource; without either nothing matches.
    case("ec2:StopInstances", policy(when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")), resource="*", context={"aws:ResourceTag/team": "a", "aws:PrincipalTag/team": "a"}, expected=ALLOWED),
    case("ec2:StopInstances", policy(when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")), resource="*", context={"aws:ResourceTag/team": "a"}, expected=IMPLICIT_DENY),
    case("ec2:StopInstances", policy(when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")), resource="*", expected=IMPLICIT_DENY),
    # 54. The names of tags have no case in a key, their values do.
    case("ec2:StopInstances", policy(when("StringEquals", "aws:ResourceTag/Team", "a")), resource="*", context={"aws:ResourceTag/team": "a"}, expected=ALLOWED),
    case("ec2:StopInstances", policy(when("StringEquals", "aws:ResourceTag/team", "A")), resource="*", context={"aws:ResourceTag/team": "a"}, expected=IMPLICIT_DENY),
    # 56. A wildcard in a tag's value is no wildcard for StringLike: what a variable stands for is
    #     literal (UG "Policy variables").
    case("s3:GetObject", policy(statement(Resource=f"{BUCKET}/${{aws:PrincipalTag/team}}/*")), context={"aws:PrincipalTag/team": "*"}, expected=IMPLICIT_DENY),
    case("s3:GetObject", policy(when("StringLike", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")), context={"aws:PrincipalTag/team": "*", "aws:ResourceTag/team": "a"}, expected=IMPLICIT_DENY),
    # -- sessions. UG "Passing session tags in AWS STS", "Monitor and control actions taken with
    #    assumed roles".
    # 58. sts:TagSession and sts:SetSourceIdentity are the trust policy's to allow, each by name.
    case("sts:TagSession", FULL, resource=ROLE, resource_policy=trust_policy({"AWS": OWN}), expected=IMPLICIT_DENY),
    case("sts:TagSession", FULL, resource=ROLE, resource_policy=trust_policy({"AWS": OWN}, ["sts:AssumeRole", "sts:TagSession"]), expected=ALLOWED),
    case("sts:SetSourceIdentity", FULL, resource=ROLE, resource_policy=trust_policy({"AWS": OWN}), expected=IMPLICIT_DENY),
    case("sts:AssumeRole", FULL, resource=ROLE, resource_policy=trust_policy({"AWS": OWN}, Condition={"StringLike": {"sts:SourceIdentity": "*"}}), expected=IMPLICIT_DENY),
    case("sts:AssumeRole", FULL, resource=ROLE, resource_policy=trust_policy({"AWS": OWN}, Condition={"StringLike": {"sts:SourceIdentity": "*"}}), context={"sts:SourceIdentity": "dana"}, expected=ALLOWED),
    # 63. sts:TransitiveTagKeys holds many values: all of them must be listed.
    case("sts:AssumeRole", FULL, resource=ROLE, resource_policy=trust_policy({"AWS": OWN}, Condition={TAGS: {"sts:TransitiveTagKeys": ["team"]}}), context={"sts:TransitiveTagKeys": ["team", "cost"]}, expected=IMPLICIT_DENY),
    # 64. Naming the user in the trust policy is enough in one account; the account is not.
    case("sts:AssumeRole", resource=ROLE, resource_policy=trust_policy({"AWS": USER}), expected=ALLOWED),
    case("sts:AssumeRole", resource=ROLE, resource_policy=trust_policy({"AWS": OWN}), expected=IMPLICIT_DENY),
    # 66. A revoked session: what was issued before is denied, what later is not.
    case("s3:GetObject", FULL, policy(when("DateLessThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z", effect="Deny")), principal=SESSION, context={"aws:TokenIssueTime": "2025-12-31T23:59:59Z"}, expected=EXPLICIT_DENY),
    case("s3:GetObject", FULL, policy(when("DateLessThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z", effect="Deny")), principal=SESSION, context={"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}, expected=ALLOWED),
    case("s3:GetObject", FULL, policy(when("DateLessThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z", effect="Deny")), expected=ALLOWED),
    # -- keys of one service. KMS Developer Guide "Key policies", "Using policy conditions with KMS".
    # 69. The key policy opens to the account; the identity policy must allow too.
    case("kms:Decrypt", FULL, resource=KEY, resource_policy=KMS, expected=ALLOWED),
    case("kms:Decrypt", resource=KEY, resource_policy=KMS, expected=IMPLICIT_DENY),
    case("kms:Decrypt", FULL, resource=KEY, expected=IMPLICIT_DENY),
    # 72. kms:ListKeys names no key, so that no key policy is asked.
    case("kms:ListKeys", FULL, resource="*", expected=ALLOWED),
    case("kms:ListKeys", allow(Action="kms:ListKeys"), resource="*", expected=ALLOWED),
    # 74. kms:ViaService: a direct call carries no such key.
    case("kms:Decrypt", FULL, resource=KEY, resource_policy=trust_policy({"AWS": OWN}, "kms:*", Resource="*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}), expected=IMPLICIT_DENY),
    # -- resources. UG "IAM JSON policy elements: Resource"; ARNs, "Amazon Resource Names".
    # 75. A colon in the last field is part of it.
    case("logs:PutLogEvents", allow(Resource=f"arn:aws:logs:eu-west-1:{OWN}:log-group:app:*"), resource=f"arn:aws:logs:eu-west-1:{OWN}:log-group:app:log-stream:a:b", expected=ALLOWED),
    case("logs:PutLogEvents", allow(Resource=f"arn:aws:logs:eu-west-1:{OWN}:log-group:app"), resource=f"arn:aws:logs:eu-west-1:{OWN}:log-group:app:log-stream:a", expected=IMPLICIT_DENY),
    case("s3:GetObject", allow(Resource=f"{BUCKET}/a:b"), resource=f"{BUCKET}/a:b", expected=ALLOWED),
    # 78. A bucket is not its objects, nor the objects the bucket.
    case("s3:ListBucket", allow(Resource=f"{BUCKET}/*"), resource=BUCKET, expected=IMPLICIT_DENY),
    case("s3:GetObject", allow(Resource=BUCKET), expected=IMPLICIT_DENY),
    # 80. ${*}, ${?} and ${$} are the signs themselves (UG "Special characters in policy variables").
    case("s3:GetObject", allow(Resource=f"{BUCKET}/${{*}}"), resource=f"{BUCKET}/*", expected=ALLOWED),
    case("s3:GetObject", allow(Resource=f"{BUCKET}/${{*}}"), expected=IMPLICIT_DENY),
    case("s3:GetObject", allow(Resource=f"{BUCKET}/${{?}}"), resource=f"{BUCKET}/?", expected=ALLOWED),
    case("s3:GetObject", allow(Resource=f"{BUCKET}/${{?}}"), resource=f"{BUCKET}/a", expected=IMPLICIT_DENY),
    case("s3:GetObject", allow(Resource=f"{BUCKET}/${{$}}{{x}}"), resource=f"{BUCKET}/${{x}}", expected=ALLOWED),
    # 85. In a policy of 2008 they are plain text.
    case("s3:GetObject", policy(statement(Resource=f"{BUCKET}/${{*}}"), version="2008-10-17"), resource=f"{BUCKET}/*", expected=IMPLICIT_DENY),
    case("s3:GetObject", policy(statement(Resource=f"{BUCKET}/${{*}}"), version="2008-10-17"), resource=f"{BUCKET}/${{}}", expected=ALLOWED),
    # -- passing roles. UG "Granting a user permissions to pass a role to an AWS service".
    # 87. The service that is named decides; a request without it is none.
    case("iam:PassRole", policy(when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com")), resource=ROLE, context={"iam:PassedToService": "lambda.amazonaws.com"}, expected=IMPLICIT_DENY),
    case("iam:PassRole", policy(when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com")), resource=ROLE, context={"iam:PassedToService": "ec2.amazonaws.com"}, expected=ALLOWED),
    case("iam:PassRole", policy(when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com")), resource=ROLE, expected=IMPLICIT_DENY),
    case("iam:PassRole", FULL, policy(when("StringNotEquals", "iam:PassedToService", "ec2.amazonaws.com", effect="Deny")), resource=ROLE, context={"iam:PassedToService": "ec2.amazonaws.com"}, expected=ALLOWED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "identity", "more", "expected"),
    CASES,
    ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES, 1)],
)
def test_requests(
    action: str, identity: tuple[Any, ...], more: dict[str, Any], expected: str
) -> None:
    assert said(action, *identity, **more) == expected


# -- whole accounts ---------------------------------------------------------------------------


def of(action: Any, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    """A policy of one Allow."""
    return _one("Allow", action, resource, condition)


def no(action: Any, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    """A policy of one Deny."""
    return _one("Deny", action, resource, condition)


def _one(effect: str, action: Any, resource: Any, condition: dict[str, Any]) -> dict[str, Any]:
    found = statement(effect, Action=action, Resource=resource)
    return policy({**found, "Condition": condition} if condition else found)


def group(name: str, *documents: Any) -> dict[str, Any]:
    inline = [{"PolicyName": "x", "PolicyDocument": d} for d in documents]
    arn = f"arn:aws:iam::{OWN}:group/{name}"
    return {"GroupName": name, "Arn": arn, "GroupPolicyList": inline}


def boss(service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    """A role with every right that a service may use."""
    return role("boss", {"Service": service}, FULL)


def trusting(*actions: str, **condition: Any) -> dict[str, Any]:
    """A role with every right that the account may assume."""
    trust = {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": list(actions)}
    return role("boss", policy({**trust, "Condition": condition} if condition else trust), FULL)


U = f"arn:aws:iam::{OWN}:user/u"
V = f"arn:aws:iam::{OWN}:user/v"
APP = f"arn:aws:iam::{OWN}:role/app"
BOSS = f"arn:aws:iam::{OWN}:role/boss"
IN_G = f"arn:aws:iam::{OWN}:group/g"
P = f"arn:aws:iam::{OWN}:policy/p"
LAMBDA = {"Service": "lambda.amazonaws.com"}
EC2 = {"Service": "ec2.amazonaws.com"}
RUNS = ["lambda:CreateFunction", "lambda:InvokeFunction"]
DEVELOPER = of(["iam:PassRole", *RUNS])
READS = of("s3:GetObject")
ASSUMES = of("sts:*")
DANA = {"StringEquals": {"sts:SourceIdentity": "dana"}}
TEAM = {"StringEquals": {"aws:RequestTag/team": "a"}}
ONLY_READONLY = {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}


def _own_limits(name: str) -> dict[str, Any]:
    """A boundary that lets one put another boundary on oneself, of one name."""
    one = {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{OWN}:policy/{name}"}}
    puts = statement(Action="iam:PutUserPermissionsBoundary", Condition=one)
    return policy(statement(Action="s3:*"), puts)


WORLDS: list[tuple[tuple[dict[str, Any], ...], str, str]] = [
    # -- rights given to a role that a service then acts as. UG "Granting a user permissions to pass
    #    a role to an AWS service"; Lambda Developer Guide, "Execution role".
    # 1. Put on a role of Lambda, and its code; 2. or passed to a new function; 3. or attached.
    ((user("u", of("iam:PutRolePolicy", APP), of("lambda:UpdateFunctionCode")), role("app", LAMBDA, READS)), "escalation", "iam-005"),
    ((user("u", of(["iam:PutRolePolicy", "iam:PassRole"], APP), of(RUNS)), role("app", LAMBDA, READS)), "escalation", "iam-005"),
    ((user("u", of(["iam:AttachRolePolicy", "iam:PassRole"], APP), of(RUNS)), role("app", LAMBDA, READS)), "escalation", "iam-009"),
    # 4. A new version of a policy that it has.
    ((user("u", of("iam:CreatePolicyVersion", P), of("lambda:UpdateFunctionCode")), role("app", LAMBDA, AttachedManagedPolicies=attached("p")), managed("p", READS)), "escalation", "iam-001"),
    # 5. Not where the service cannot use the role; 6. nor where its boundary holds it; 7. nor where
    #    the role may not be passed; 8. nor to another service.
    ((user("u", of(["iam:PutRolePolicy", "iam:PassRole"], APP), of(RUNS)), role("app", EC2, READS)), "none", ""),
    ((user("u", of(["iam:PutRolePolicy", "iam:PassRole"], APP), of(RUNS)), role("app", LAMBDA, READS, boundary="limit"), managed("limit", of("s3:*"))), "none", ""),
    ((user("u", of("iam:PutRolePolicy", APP), of(RUNS)), role("app", LAMBDA, READS)), "none", ""),
    ((user("u", of("iam:PutRolePolicy", APP), of("iam:PassRole", APP, StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}), of(RUNS)), role("app", LAMBDA, READS)), "none", ""),
    # 9. A role that one makes can be passed, where it cannot be assumed.
    ((user("u", of(["iam:CreateRole", "iam:AttachRolePolicy", "iam:PassRole"], f"arn:aws:iam::{OWN}:role/dev-*"), of(RUNS), no("sts:AssumeRole")),), "escalation", "create-002"),
    ((user("u", of(["iam:CreateRole", "iam:AttachRolePolicy"], f"arn:aws:iam::{OWN}:role/dev-*"), of(RUNS), no("sts:AssumeRole")),), "none", ""),
    # -- rights given to a user that is then taken over. UG "Managing passwords for IAM users".
    # 11. By its password; 12. by a policy that it has; 13. by its group.
    ((user("u", of(["iam:PutUserPolicy", "iam:UpdateLoginProfile"], V)), user("v")), "escalation", "iam-007"),
    ((user("u", of("iam:CreatePolicyVersion", P), of("iam:CreateAccessKey", V)), user("v", AttachedManagedPolicies=attached("p")), managed("p", READS)), "escalation", "iam-001"),
    ((user("u", of("iam:PutGroupPolicy", IN_G), of("iam:CreateAccessKey", V)), user("v", GroupList=["g"]), group("g")), "escalation", "iam-011"),
    # 14. Not where another is taken over than is written; 15. nor where it is in another group.
    ((user("u", of("iam:PutUserPolicy", V), of("iam:UpdateLoginProfile", f"{V}x")), user("v"), user("vx")), "none", ""),
    ((user("u", of("iam:PutGroupPolicy", IN_G), of("iam:CreateAccessKey", V)), user("v", GroupList=["h"]), group("g"), group("h")), "none", ""),
    # -- rights that one may take, which are not an administrator's but lead on. UG "Controlling
    #    access to AWS resources using policies", "Managing IAM user groups".
    # 16. A group to join; 17. one that can then be written; 18. one that leads nowhere.
    ((user("u", of("iam:AddUserToGroup", IN_G)), group("g", DEVELOPER), boss()), "escalation", "iam-013"),
    ((user("u", of(["iam:AddUserToGroup", "iam:PutGroupPolicy"], IN_G)), group("g")), "escalation", "iam-013"),
    ((user("u", of("iam:AddUserToGroup", IN_G)), group("g", of("s3:*")), boss()), "none", ""),
    # 19. One whose rights are for another role; 20. one that a boundary leaves nothing of.
    ((user("u", of("iam:AddUserToGroup", IN_G)), group("g", of("iam:PassRole", APP), of(RUNS)), role("app", LAMBDA, READS), boss()), "none", ""),
    ((user("u", of("iam:AddUserToGroup", IN_G), boundary="limit"), group("g", DEVELOPER), managed("limit", of(["iam:AddUserToGroup", "s3:*"])), boss()), "none", ""),
    # 20a. One whose rights go together with one's own.
    ((user("u", of("iam:AddUserToGroup", IN_G), of("lambda:UpdateFunctionCode")), group("g", of("iam:PutRolePolicy", APP)), role("app", LAMBDA, READS)), "escalation", "iam-013"),
    ((user("u", of("iam:AddUserToGroup", IN_G), of(RUNS)), group("g", of("iam:PassRole", BOSS)), boss()), "escalation", "iam-013"),
    # 21. The one policy that may be attached; 22. another may not; 23. a role attaches to itself.
    ((user("u", of("iam:AttachUserPolicy", U, ArnEquals={"iam:PolicyARN": P})), managed("p", DEVELOPER), boss()), "escalation", "iam-008"),
    ((user("u", of("iam:AttachUserPolicy", U, ArnEquals={"iam:PolicyARN": P})), managed("p", of("s3:*")), managed("q", DEVELOPER), boss()), "none", ""),
    ((role("u", {"AWS": OTHER}, of("iam:AttachRolePolicy", f"arn:aws:iam::{OWN}:role/u", ArnEquals={"iam:PolicyARN": P})), managed("p", DEVELOPER), boss()), "escalation", "iam-009"),
    # 23a. A policy that says little, but can be written once it is attached.
    ((user("u", of("iam:AttachUserPolicy", U, ArnEquals={"iam:PolicyARN": P}), of("iam:CreatePolicyVersion", P)), managed("p", READS)), "escalation", "iam-008"),
    ((user("u", of("iam:AttachUserPolicy", U, ArnEquals={"iam:PolicyARN": P}), of("iam:CreatePolicyVersion", f"{P}2")), managed("p", READS), managed("p2", READS)), "none", ""),
    # 24. An older version of one's policy.
    ((user("u", of("iam:SetDefaultPolicyVersion", P), AttachedManagedPolicies=attached("p")), managed("p", READS, DEVELOPER), boss()), "escalation", "extra-014"),
    ((user("u", of("iam:SetDefaultPolicyVersion", P), AttachedManagedPolicies=attached("p")), managed("p", READS, of("s3:*")), boss()), "none", ""),
    # -- what holds it and can be taken away. UG "Removing users from an IAM user group",
    #    "Permissions boundaries for IAM entities"; IAM API Reference, PutUserPolicy.
    # 26. A group whose Deny it leaves; 27. another's does not matter; 28. an older version without
    #     the Deny; 29. one with it.
    ((user("u", of(["iam:PutUserPolicy", "iam:RemoveUserFromGroup"]), GroupList=["g"]), group("g", no("iam:Put*"))), "escalation", "iam-007"),
    ((user("u", of("iam:PutUserPolicy"), of("iam:RemoveUserFromGroup", f"{IN_G}x"), GroupList=["g"]), group("g", no("iam:Put*"))), "none", ""),
    ((user("u", of(["iam:PutUserPolicy", "iam:SetDefaultPolicyVersion"]), AttachedManagedPolicies=attached("p")), managed("p", no("iam:Put*"), READS)), "escalation", "extra-014"),
    ((user("u", of(["iam:PutUserPolicy", "iam:SetDefaultPolicyVersion"]), AttachedManagedPolicies=attached("p")), managed("p", no("iam:Put*"), no("iam:Put*"))), "none", ""),
    # 30. An inline policy is put under the name of the one that denies; 31. a managed one is not.
    ((user("u", policy(statement(Action="iam:PutUserPolicy", Resource=U), statement("Deny", NotAction="iam:PutUserPolicy"))),), "escalation", "iam-007"),
    ((user("u", of("iam:PutUserPolicy", U), AttachedManagedPolicies=attached("p")), managed("p", policy(statement("Deny", NotAction="iam:PutUserPolicy")))), "none", ""),
    # 32. Another boundary that limits something, but less; 33. one that limits all that matters.
    ((user("u", FULL, boundary="limit"), managed("limit", _own_limits("p")), managed("p", of("iam:*"))), "escalation", "extra-010"),
    ((user("u", FULL, boundary="limit"), managed("limit", _own_limits("p")), managed("p", of("s3:*")), managed("q", of("iam:*"))), "none", ""),
    # 34. An older version that gives all and denies all is none.
    ((user("u", of("iam:SetDefaultPolicyVersion", P), AttachedManagedPolicies=attached("p")), managed("p", READS, policy(statement(), statement("Deny")))), "none", ""),
    # -- what comes with AssumeRole takes an action of its own. UG "Passing session tags in AWS STS",
    #    "Monitor and control actions taken with assumed roles".
    # 26. A source identity that the trust asks for and does not let be set; 27. lets be set; 28. but
    #     the user's own policies do not.
    ((user("u", ASSUMES), trusting("sts:AssumeRole", **DANA)), "none", ""),
    ((user("u", ASSUMES), trusting("sts:AssumeRole", "sts:SetSourceIdentity", **DANA)), "escalation", "sts-001"),
    ((user("u", of("sts:AssumeRole")), trusting("sts:AssumeRole", "sts:SetSourceIdentity", **DANA)), "none", ""),
    # 29. The same of session tags; 31. of both together.
    ((user("u", ASSUMES), trusting("sts:AssumeRole", **TEAM)), "none", ""),
    ((user("u", ASSUMES), trusting("sts:AssumeRole", "sts:TagSession", **TEAM)), "escalation", "sts-001"),
    ((user("u", ASSUMES), trusting("sts:*", StringEquals={**DANA["StringEquals"], **TEAM["StringEquals"]})), "escalation", "sts-001"),
    ((user("u", ASSUMES), trusting("sts:AssumeRole", "sts:TagSession", StringEquals={**DANA["StringEquals"], **TEAM["StringEquals"]})), "none", ""),
    # 33. Where the tag is only forbidden, a plain session will do.
    ((user("u", of("sts:AssumeRole")), trusting("sts:AssumeRole", Null={"aws:TagKeys": "true"})), "escalation", "sts-001"),
    # 34. A role that opens to a session tag which no session may bring; 35. which one may.
    ((user("u", ASSUMES), role("r", {"AWS": OWN}, of("*", StringEquals={"aws:PrincipalTag/team": "a"}))), "none", ""),
    ((user("u", ASSUMES), role("r", trust_policy({"AWS": OWN}, "sts:*"), of("*", StringEquals={"aws:PrincipalTag/team": "a"}))), "escalation", "sts-001"),
    # 36. sts:RoleSessionName is the caller's to choose.
    ((user("u", of("sts:AssumeRole")), trusting("sts:AssumeRole", StringEquals={"sts:RoleSessionName": "${aws:username}"})), "escalation", "sts-001"),
    # -- whom a trust policy lets in. UG "AWS JSON policy elements: Principal", "NotPrincipal".
    # 37. A service that a Deny shuts out; 38. one that may only tag.
    ((user("u", of("lambda:UpdateFunctionCode")), role("boss", policy({"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}, {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}), FULL)), "none", ""),
    ((user("u", of("lambda:UpdateFunctionCode")), role("boss", trust_policy(LAMBDA, "sts:TagSession"), FULL)), "none", ""),
    ((user("u", of("lambda:UpdateFunctionCode")), role("boss", policy({"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}, {"Effect": "Deny", "Principal": EC2, "Action": "sts:*"}), FULL)), "escalation", "lambda-003"),
    # 40. A Deny with NotPrincipal that lists user and account; 41. that lists the user alone.
    ((user("u", of("sts:AssumeRole")), role("boss", policy({"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}, {"Effect": "Deny", "NotPrincipal": {"AWS": [U, OWN]}, "Action": "sts:AssumeRole"}), FULL)), "escalation", "sts-001"),
    ((user("u", of("sts:AssumeRole")), role("boss", policy({"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}, {"Effect": "Deny", "NotPrincipal": {"AWS": [U]}, "Action": "sts:AssumeRole"}), FULL)), "none", ""),
    # 42. A role of an OIDC provider is not assumed by users, whatever is attached to it.
    ((user("u", of("iam:AttachRolePolicy", f"arn:aws:iam::{OWN}:role/ci")), role("ci", trust_policy({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}, "sts:AssumeRoleWithWebIdentity"))), "none", ""),
    # -- keys that some of the actions carry. SAR, "Actions ... for AWS IAM".
    # 43. ForAllValues, and IfExists, on a key that the action does not carry: no limit at all.
    ((user("u", of("iam:PutUserPolicy", **{"ForAllValues:ArnEquals": ONLY_READONLY})),), "escalation", "iam-007"),
    ((user("u", of("iam:*", ArnEqualsIfExists=ONLY_READONLY)),), "escalation", "create-001"),
    ((user("u", of("iam:*", ArnEquals=ONLY_READONLY)),), "none", ""),
    # 46. A Deny unless the policy is that one denies what carries no policy at all.
    ((user("u", of("iam:*"), no("iam:*", ArnNotEquals=ONLY_READONLY)),), "none", ""),
    ((user("u", of("iam:*"), no("iam:*", ArnNotEqualsIfExists=ONLY_READONLY)),), "none", ""),
    # 48. iam:AssociatedResourceArn binds a pass, and can be met; it is told.
    ((user("u", of("iam:PassRole", BOSS, ArnLike={"iam:AssociatedResourceArn": f"arn:aws:ec2:*:{OWN}:instance/*"}), of("ec2:RunInstances")), boss("ec2.amazonaws.com")), "escalation", "ec2-001"),
    # -- resources of an action. SAR: all required kinds must be allowed.
    # 49. SendCommand needs its document, RunInstances its image, network and volumes.
    ((user("u", of("ssm:SendCommand", f"arn:aws:ec2:*:{OWN}:instance/*")), boss("ec2.amazonaws.com")), "none", ""),
    ((user("u", of("ec2:RunInstances", f"arn:aws:ec2:*:{OWN}:instance/*"), of("iam:PassRole")), boss("ec2.amazonaws.com")), "none", ""),
    # -- credentials that are no way. UG "IAM credentials for CodeCommit".
    # 51. Service-specific credentials serve CodeCommit, Keyspaces or Bedrock alone.
    ((user("u", of("iam:CreateServiceSpecificCredential")), user("v", FULL)), "none", ""),
    # 52. One's own access keys are one's own rights.
    ((user("u", of("iam:CreateAccessKey", f"arn:aws:iam::{OWN}:user/${{aws:username}}")), user("v", FULL)), "none", ""),
    # -- roles that services lend. 53. to 58., each with its service and with another.
    ((user("u", of("glue:UpdateDevEndpoint")), boss("glue.amazonaws.com")), "escalation", "glue-002"),
    ((user("u", of("glue:UpdateDevEndpoint")), boss()), "none", ""),
    ((user("u", of(["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"])), boss("cloudformation.amazonaws.com")), "escalation", "cloudformation-005"),
    ((user("u", of("codebuild:StartBuild", f"arn:aws:codebuild:*:{OWN}:project/x")), boss("codebuild.amazonaws.com")), "escalation", "codebuild-002"),
    ((user("u", of("ec2-instance-connect:SendSSHPublicKey", StringEquals={"ec2:osuser": "ec2-user"})), boss("ec2.amazonaws.com")), "escalation", "extra-021"),
    ((user("u", of("sagemaker:CreatePresignedNotebookInstanceUrl", StringEquals={"sagemaker:ResourceTag/Owner": "${aws:username}"})), boss("sagemaker.amazonaws.com")), "escalation", "sagemaker-004"),
    ((user("u", of("lambda:UpdateFunctionCode")), role("boss", trust_policy(LAMBDA, Condition={"StringEquals": {"aws:SourceAccount": OWN}}), FULL)), "escalation", "lambda-003"),
    # -- whole layers. 60. Both exclusions at once leave an administrator; 61. a Deny on a key that
    #    only a second factor gives.
    ((user("u", policy(statement(NotAction="s3:*", NotResource=U))),), "full", ""),
    ((user("u", FULL, no("*", Null={"aws:MultiFactorAuthAge": "true"})),), "conditional", ""),
    ((user("u", FULL, no("*", StringNotEquals={"aws:SourceVpce": "vpce-1"})),), "conditional", ""),
    ((user("u", FULL, no("iam:*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})),), "conditional", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "expected", "path"),
    WORLDS,
    ids=[f"{n}-{w[2] or w[1]}" for n, w in enumerate(WORLDS, 1)],
)
def test_accounts(records: tuple[dict[str, Any], ...], expected: str, path: str) -> None:
    found = judged(*records)["u"]
    assert found["admin"] == expected, found["paths"]
    assert (path in [p["id"] for p in found["paths"]]) == bool(path)


def test_a_service_of_china_is_known_by_its_name_there() -> None:
    # UG "AWS JSON policy elements: Principal": amazonaws.com.cn in the regions of China.
    head = f"arn:aws-cn:iam::{OWN}"
    trust = trust_policy({"Service": "ec2.amazonaws.com.cn"})
    chief = {**role("boss", trust, FULL), "Arn": f"{head}:role/boss"}
    passing = of(
        "iam:PassRole",
        f"{head}:role/boss",
        StringEquals={"iam:PassedToService": "ec2.amazonaws.com.cn"},
    )
    for documents, expected in (
        ((passing, of("ec2:RunInstances")), "ec2-001"),
        ((of("ssm:StartSession"),), "ssm-001"),
    ):
        who = {**user("u", *documents), "Arn": f"{head}:user/u"}
        assert [p["id"] for p in judged(who, chief)["u"]["paths"]] == [expected]


def test_an_scp_that_spares_a_break_glass_role_holds_all_others() -> None:
    # ORG "SCP evaluation", "Example SCPs".
    spared = no("iam:PassRole", ArnNotLike={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/glass"})
    levels = levels_of([[FULL], [FULL, spared]])
    glass = role("glass", {"AWS": OTHER}, DEVELOPER)
    rows = judged(user("u", DEVELOPER), glass, boss(), scps=levels)
    assert (rows["u"]["admin"], rows["glass"]["admin"]) == ("none", "escalation")


def test_many_groups_and_policies_to_take_are_judged_in_little_time() -> None:
    adds = [of(["iam:PassRole", *RUNS], f"{APP}{n}") for n in range(200)]
    groups = [group(f"g{n}", document) for n, document in enumerate(adds)]
    policies = [managed(f"p{n}", document) for n, document in enumerate(adds)]
    held = [role(f"app-{n}", LAMBDA, READS, boundary="limit") for n in range(200)]
    takes = of("iam:AddUserToGroup", f"arn:aws:iam::{OWN}:group/*")
    users = [
        user(
            f"u{n}",
            takes,
            of("iam:AttachUserPolicy", f"{U}{n}", ArnLike={"iam:PolicyARN": f"{P}*"}),
            of("iam:PutRolePolicy", f"{APP}-*"),
            of("lambda:UpdateFunctionCode"),
        )
        for n in range(10)
    ]
    start = time.process_time()
    judged(*users, *groups, *policies, *held, managed("limit", of("s3:*")))
    # Some 0.5 s; asking every way anew for every group took minutes.
    assert time.process_time() - start < 10


def test_of_very_many_policies_to_attach_the_rest_is_a_perhaps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(count: int) -> dict[str, Any]:
        many = [managed(f"p{n}", of("iam:PassRole", f"{APP}{n}")) for n in range(count)]
        attaches = of("iam:AttachUserPolicy", U, ArnLike={"iam:PolicyARN": f"{P}*"})
        return judged(user("u", attaches), *many, boss())["u"]

    monkeypatch.setattr(rights, "_MOST_RIGHTS", 3)
    assert [found(n)["admin"] for n in (2, 3)] == ["none", "none"]
    (path,) = found(4)["paths"]
    assert path["id"] == "iam-008"
    assert path["hurdles"] == ["if one of very many that were not tried leads on"]
