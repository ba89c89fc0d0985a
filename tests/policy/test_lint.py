"""Lint: each policy of the common guides has its finding, and each code its case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reportgen.policy.lint import lint_text
from tests.policies import OWN, allow, deny, policy, statement, trust_policy
from tests.policy.lint_cases import sized

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


# iam:PassRole stays any role to any service under conditions that do not name the services.
WEAK = [
    {"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"StringLike": {"iam:PassedToService": "*"}},
    {"StringLike": {"iam:PassedToService": ["ec2.amazonaws.com", "*.amazonaws.com"]}},
    {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"ForAllValues:StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"Null": {"iam:PassedToService": "false"}},
    {"StringEquals": {"aws:PrincipalTag/team": "a"}},
]
FIRM = [
    {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"StringEqualsIgnoreCase": {"iam:PassedToService": "EC2.amazonaws.com"}},
    {"StringLike": {"iam:PassedToService": "ec2.*"}},
    {"ForAnyValue:StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
]


@pytest.mark.parametrize("condition", WEAK, ids=str)
@pytest.mark.parametrize("resource", ["*", "arn:aws:iam::*:role/*", f"arn:aws:iam::{OWN}:*"])
def test_passing_any_role_is_told_in_spite_of_weak_conditions(
    resource: str, condition: Any
) -> None:
    given = allow(Action="iam:PassRole", Resource=resource, Condition=condition)
    assert "PASS_ROLE_WITH_STAR_IN_RESOURCE" in codes(given)


@pytest.mark.parametrize("condition", FIRM, ids=str)
def test_a_named_service_is_enough(condition: Any) -> None:
    given = allow(Action="iam:PassRole", Condition=condition)
    assert "PASS_ROLE_WITH_STAR_IN_RESOURCE" not in codes(given)


@pytest.mark.parametrize(
    ("key", "value", "is_loose"),
    [
        ("aws:SourceVpce", "vpce-*", True),
        ("aws:SourceVpce", "vpce-12345678", False),
        ("aws:ResourceAccount", "${aws:PrincipalAccount}", False),
        ("aws:userid", "*", True),
        ("aws:userid", "AROA123*:x", True),
        ("aws:userid", "AROA123:*", False),
        ("aws:PrincipalTag/team", "a*", False),
    ],
)
def test_wildcards_in_keys_that_aws_calls_sensitive(key: str, value: str, is_loose: bool) -> None:
    given = deny(Condition={"StringNotLike": {key: value}})
    assert ("WILDCARD_USAGE_TOO_PERMISSIVE" in codes(given)) is is_loose


# AWS's numbers: "IAM and AWS STS quotas"; "Quotas and service limits for AWS Organizations".
LIMITS = {
    "managed": (6_144, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "user": (2_048, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "group": (5_120, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "role": (10_240, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "scp": (10_240, "POLICY_SIZE_EXCEEDS_SCP_QUOTA"),
    "rcp": (5_120, "POLICY_SIZE_EXCEEDS_RCP_QUOTA"),
    "trust": (2_048, "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA"),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_the_size_at_its_limit(kind: str) -> None:
    most, code = LIMITS[kind]
    for size, is_over in ((most - 1, False), (most, False), (most + 1, True)):
        assert (code in codes(sized(size), kind)) is is_over, size


def test_white_space_is_not_counted_and_a_policy_of_unknown_holder_not_judged() -> None:
    text = json.dumps(json.loads(sized(6_144)), indent=8)
    assert len(text) > 6_144
    code = LIMITS["managed"][1]
    assert code not in codes(text, "managed")
    assert code not in codes(sized(6_145), "identity")
    assert code not in codes(sized(6_145))
    spaced = sized(2_048).replace("xxxx", "x xx", 1)
    # IAM counts no white space at all, Organizations that within texts.
    assert code not in codes(sized(2_049).replace("xxxx", "x xx", 1), "user")
    assert len(spaced) == 2_048
    assert LIMITS["rcp"][1] in codes(sized(5_121).replace("xxxx", "x xx", 1), "rcp")


def test_the_size_is_that_of_the_document_within_an_answer_of_the_cli() -> None:
    held = {"PolicyName": "n" * 500, "PolicyDocument": json.loads(sized(2_048))}
    assert LIMITS["user"][1] not in codes(held, "user")
    held["PolicyDocument"] = json.loads(sized(2_049))
    assert LIMITS["user"][1] in codes(held, "user")


def test_keys_of_object_tags_are_known_and_carried() -> None:
    for key, action in (("ExistingObjectTag", "GetObject"), ("RequestObjectTag", "PutObject")):
        given = allow(
            Action=f"s3:{action}",
            Resource="arn:aws:s3:::ledger/*",
            Condition={"StringEquals": {f"s3:{key}/team": "a"}},
        )
        assert codes(given) == set()


def test_keys_of_the_session_come_with_every_action() -> None:
    given = allow(
        Action="s3:GetObject",
        Resource="arn:aws:s3:::ledger/*",
        Condition={
            "ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:eu-west-1:{OWN}:function:f"}
        },
    )
    assert codes(given) == set()
