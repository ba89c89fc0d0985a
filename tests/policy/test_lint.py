"""Lint: each policy of the common guides has its finding, and each code its case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reportgen.policy.lint import lint_text
from tests.policies import OTHER, OWN, allow, deny, policy, statement, trust_policy

NO_MFA = {"aws:MultiFactorAuthPresent": False}
HOME = ("ap-southeast-2", "ap-southeast-4")


def codes(document: Any, kind: str = "") -> set[str]:
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    return {row["code"] for row in lint_text(text, kind)}


# The policies that IAM guides print (here in our own words and names), and what is wrong with each.
GUIDE = {
    "root sign-in pattern, taken for an alarm": (
        {
            "source": ["aws.signin"],
            "detail-type": ["AWS Console Sign In via CloudTrail"],
            "detail": {"userIdentity": {"type": ["Root"]}},
        },
        {"NOT_A_POLICY", "EVENT_PATTERN_MISSES_ROOT_API_CALLS"},
    ),
    "deny but enrolment without MFA": (
        deny(
            NotAction=[
                "iam:CreateVirtualMFADevice",
                "iam:EnableMFADevice",
                "iam:ListMFADevices",
                "iam:ListUsers",
                "iam:ListVirtualMFADevices",
                "sts:GetSessionToken",
            ],
            Condition={"BoolIfExists": NO_MFA},
        ),
        {"MFA_SELF_SERVICE_MISSING"},
    ),
    "reading a bucket from an office": (
        allow(
            Action=["s3:GetObject", "s3:ListBucket"],
            Resource=["arn:aws:s3:::my-bucket", "arn:aws:s3:::my-bucket/*"],
            Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        ),
        {"PLACEHOLDER_VALUE", "SOURCE_IP_IN_ALLOW"},
    ),
    "a whole bucket service": (allow(Action="s3:*"), {"SERVICE_WILDCARD"}),
    "encryption asked of reads": (
        allow(
            Action=["s3:GetObject", "s3:PutObject"],
            Resource="arn:aws:s3:::ledger/*",
            Condition={"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
        ),
        {"UNSUPPORTED_ACTION_FOR_CONDITION_KEY"},
    ),
    "a service role for EC2": (trust_policy({"Service": "ec2.amazonaws.com"}), set()),
    "a cross-account role with the example's external id": (
        trust_policy(
            {"AWS": "arn:aws:iam::123456789012:root"},
            Condition={"StringEquals": {"sts:ExternalId": "unique-external-id"}},
        ),
        {"PLACEHOLDER_VALUE", "WHOLE_ACCOUNT_TRUSTED"},
    ),
    "nobody leaves, misspelt": (
        deny(Action="organisations:LeaveOrganization"),
        {"INVALID_SERVICE_IN_ACTION"},
    ),
    "everything denied without MFA": (
        deny(Condition={"BoolIfExists": NO_MFA}),
        {"DENY_WITHOUT_MFA_LOCKS_OUT_ROLES"},
    ),
    "two regions and five services": (
        deny(
            NotAction=["iam:*", "sts:*", "cloudfront:*", "route53:*", "support:*"],
            Condition={"StringNotEquals": {"aws:RequestedRegion": list(HOME)}},
        ),
        {
            "REGION_DENY_MISSES_GLOBAL_SERVICES",
            "REGION_DENY_BLOCKS_ROOT_ALARM",
            "REGION_DENY_WITHOUT_EXEMPTION",
        },
    ),
    "a boundary of three services": (
        allow(Action=["s3:*", "dynamodb:*", "lambda:*"]),
        {"SERVICE_WILDCARD", "EXISTING_ROLES_WITHIN_REACH"},
    ),
}


@pytest.mark.parametrize("name", GUIDE)
def test_the_policies_of_the_guides(name: str) -> None:
    document, expected = GUIDE[name]
    assert codes(document) == expected


OIDC = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}
WEB = "sts:AssumeRoleWithWebIdentity"
SUB = "token.actions.githubusercontent.com:sub"
CASES: list[tuple[str, Any]] = [
    ("JSON_SYNTAX_ERROR", '{"Statement": [}'),
    ("DATA_TYPE_MISMATCH", {"Statement": [5]}),
    ("DUPLICATE_KEYS", '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}'),
    ("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", allow(Condition={"StringEquals": {"aws:userid": "a", "aws:UserId": "b"}})),
    ("INVALID_ACTION", allow(Action="s3:GetObjekt", Resource="arn:aws:s3:::b/*")),
    ("INVALID_ACTION", allow(Action="s3:GetObject,s3:PutObject")),
    ("INVALID_ACTION", allow(Action="s3:")),
    ("INVALID_SERVICE_IN_ACTION", allow(Action="*:Get*")),
    ("INVALID_SERVICE_IN_ACTION", deny(Action="s4:*")),
    ("INVALID_ARN_ACCOUNT", allow(Action="iam:GetUser", Resource="arn:aws:iam::12345:user/a")),
    ("INVALID_ARN_PREFIX", allow(Action="iam:GetUser", Resource="iam::user/a")),
    ("INVALID_ARN_REGION", allow(Action="sns:Publish", Resource=f"arn:aws:sns:Sydney:{OWN}:t")),
    ("INVALID_ARN_RESOURCE", allow(Action="s3:ListBucket", Resource="arn:aws:s3:::")),
    ("INVALID_ARN_SERVICE_CASE", allow(Action="s3:ListBucket", Resource="arn:aws:S3:::b")),
    ("INVALID_PARTITION", allow(Action="s3:ListBucket", Resource="arn:awz:s3:::b")),
    ("MISSING_ARN_FIELD", allow(Action="s3:ListBucket", Resource="arn:aws:s3:b")),
    ("INVALID_CONDITION_OPERATOR", allow(Condition={"StringMatches": {"aws:userid": "x"}})),
    ("INVALID_EFFECT", {"Version": "2012-10-17", "Statement": statement("allow")}),
    ("INVALID_GLOBAL_CONDITION_KEY", allow(Condition={"StringEquals": {"aws:PrincipleArn": "x"}})),
    ("INVALID_SERVICE_CONDITION_KEY", allow(Action="s3:ListBucket", Condition={"StringEquals": {"s3:perfix": "x"}})),
    ("INVALID_POLICY_ELEMENT", {"Version": "2012-10-17", "Statement": {**statement(), "Comment": "x"}}),
    ("INVALID_PRINCIPAL_FORMAT", trust_policy("everyone")),
    ("INVALID_PRINCIPAL_KEY", trust_policy({"Accounts": [OTHER]})),
    ("INVALID_VERSION", policy(statement(), version="2012-10-18")),
    ("MISSING_ACTION", {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*"}}),
    ("MISSING_EFFECT", {"Version": "2012-10-17", "Statement": {"Action": "s3:*", "Resource": "*"}}),
    ("MISSING_RESOURCE", {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*"}}),
    ("MISSING_STATEMENT", {"Version": "2012-10-17"}),
    ("MISSING_VERSION", {"Statement": statement("Deny")}),
    ("MISSING_QUALIFIER", allow(Condition={"StringEquals": {"aws:TagKeys": "x"}})),
    ("NULL_WITH_IF_EXISTS", allow(Condition={"NullIfExists": {"aws:TagKeys": "true"}})),
    ("NULL_WITH_QUALIFIER", allow(Condition={"ForAnyValue:Null": {"aws:TagKeys": "true"}})),
    ("PRIVATE_IP_ADDRESS", allow(Condition={"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}})),
    ("IMPROVE_IP_RANGE", allow(Condition={"IpAddress": {"aws:SourceIp": "8.8.8.8/16"}})),
    ("UNIQUE_SIDS_REQUIRED", policy(statement(Sid="A"), statement("Deny", Sid="A"))),
    ("UNSUPPORTED_SID", allow(Sid="no spaces")),
    ("UNSUPPORTED_ELEMENT_COMBINATION", policy({**statement(), "NotAction": "s3:*"})),
    ("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", trust_policy({"AWS": f"arn:aws:iam::{OTHER}:role/*"})),
    ("VARIABLE_UNSUPPORTED_IN_ELEMENT", allow(Action="s3:${aws:username}")),
    ("VARIABLE_UNSUPPORTED_IN_VERSION", policy(statement(Resource="arn:aws:s3:::b/${aws:username}"), version="2008-10-17")),
    ("MISSING_BRACE_IN_VARIABLE", allow(Resource="arn:aws:s3:::b/${aws:username")),
    ("EMPTY_VARIABLE", allow(Resource="arn:aws:s3:::b/${}")),
    ("ALLOW_WITH_NOT_PRINCIPAL", policy(statement(NotPrincipal={"AWS": OTHER}))),
    ("FORALLVALUES_WITH_SINGLE_VALUED_KEY", allow(Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    ("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", trust_policy(OIDC, WEB)),
    ("OIDC_SUBJECT_NEVER_MATCHES", trust_policy(OIDC, WEB, Condition={"StringEquals": {SUB: "repo:a/b:*"}})),
    ("PASS_ROLE_WITH_STAR_IN_RESOURCE", allow(Action="iam:PassRole")),
    ("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", allow(Action="iam:*")),
    ("PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", allow(NotAction="s3:*")),
    ("PASS_ROLE_WITH_NOT_RESOURCE", allow(Action="iam:PassRole", NotResource="arn:aws:iam::*:role/a")),
    ("PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE", allow(Action="iam:*", NotResource="arn:aws:iam::*:role/a")),
    ("PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE", policy({"Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:iam::*:role/a"})),
    ("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", policy(statement(Principal={"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage"))),

    ("WILDCARD_WITHOUT_LIKE_OPERATOR", allow(Condition={"StringEquals": {"aws:userid": "re*"}})),
    ("EMPTY_ARRAY_ACTION", allow(Action=[])),
    ("EMPTY_ARRAY_RESOURCE", allow(Resource=[])),
    ("EMPTY_ARRAY_CONDITION", allow(Condition={"StringEquals": {"aws:userid": []}})),
    ("EMPTY_ARRAY_PRINCIPAL", policy(statement(Principal={}))),
    ("REDUNDANT_ACTION", allow(Action=["s3:Get*", "s3:GetObject"])),
    ("REDUNDANT_RESOURCE", allow(Resource=["arn:aws:s3:::b/*", "arn:aws:s3:::b/a"])),
    ("REDUNDANT_STATEMENT", policy(statement(Sid="A"), statement(Sid="B"))),
    ("ALLOW_EVERYTHING", allow()),
    ("ALLOW_WITH_NOT_ACTION", allow(NotAction="s3:*")),
    ("ALLOW_WITH_NOT_RESOURCE", allow(NotResource="arn:aws:s3:::b")),
    ("PRIVILEGE_ESCALATION", allow(Action="iam:PutUserPolicy")),
    ("EXISTING_ROLES_WITHIN_REACH", allow(Action="ssm:SendCommand")),
    ("MFA_DENY_WITHOUT_IF_EXISTS", deny(Condition={"Bool": NO_MFA})),
    ("MFA_ALLOW_WITH_IF_EXISTS", allow(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
    ("MFA_NULL_TEST", allow(Condition={"Null": {"aws:MultiFactorAuthPresent": "false"}})),
    ("MFA_EXEMPTION_TOO_WIDE", deny(NotAction=["iam:*", "sts:*"], Condition={"BoolIfExists": NO_MFA})),
    ("IF_EXISTS_OPENS_ALLOW", allow(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}})),
    ("PUBLIC_PRINCIPAL", trust_policy("*")),
    ("PUBLIC_PRINCIPAL", policy(statement(Principal="*", Action="s3:GetObject"))),
    ("EXTERNAL_ID_OPEN", trust_policy({"AWS": OTHER}, Condition={"StringLike": {"sts:ExternalId": "*"}})),
    ("CONDITION_ALWAYS_TRUE", allow(Condition={"StringLike": {"aws:PrincipalArn": "*"}})),
    ("CONDITION_ALWAYS_TRUE", allow(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
    ("TRUST_STATEMENT_INERT", trust_policy({"Service": "ec2.amazonaws.com"}, WEB)),
    ("RESOURCE_NOT_IN_ACTION", allow(Action="s3:ListBucket", Resource="arn:aws:s3:::b/*")),
    ("SOURCE_IP_DENIES_SERVICES", deny(Condition={"NotIpAddress": {"aws:SourceIp": "8.8.8.0/24"}})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "document"), CASES)
def test_each_code(code: str, document: Any) -> None:
    assert code in codes(document)


def test_codes_of_one_kind_of_policy() -> None:
    assert "MISSING_PRINCIPAL" in codes(allow(), "trust")
    assert "SCP_SYNTAX_ERROR_PRINCIPAL" in codes(policy(statement(Principal="*")), "scp")
    twice = policy(statement(Sid="A", Principal="*"), statement("Deny", Sid="A", Principal="*"))
    assert "UNIQUE_SIDS_RECOMMENDED" in codes(twice)


CLEAN = [
    allow(Action=["s3:GetObject"], Resource="arn:aws:s3:::ledger-2026/*"),
    deny(NotAction=["s3:*"], Resource="arn:aws:s3:::ledger-2026/*"),
    allow(Action="iam:PassRole", Resource=f"arn:aws:iam::{OWN}:role/app", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
    trust_policy(OIDC, WEB, Condition={"StringEquals": {SUB: "repo:org/app:ref:refs/heads/main"}}),
]  # fmt: skip


@pytest.mark.parametrize("document", CLEAN)
def test_good_policies_have_no_finding(document: Any) -> None:
    assert codes(document) == set()


def test_the_line_is_that_of_the_element() -> None:
    text = json.dumps(
        policy(
            statement(Resource="arn:aws:s3:::b"), statement("Deny", Action=["s3:GetObject", "s4:x"])
        ),
        indent=1,
    )
    row = next(r for r in lint_text(text) if r["code"] == "INVALID_SERVICE_IN_ACTION")
    assert text.split("\n")[row["line"] - 1].strip() == '"s4:x"'
    assert row["statement"] == 2


def test_answers_of_the_cli_are_unwrapped() -> None:
    answer = {"PolicyVersion": {"Document": deny(Action="s4:*"), "VersionId": "v1"}}
    assert "INVALID_SERVICE_IN_ACTION" in codes(answer)
    assert "INVALID_SERVICE_IN_ACTION" in codes({"Policy": json.dumps(deny(Action="s4:*"))})
