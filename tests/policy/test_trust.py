"""Who can assume a role, and whether users are stopped without MFA: numbered cases."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.document import parse
from reportgen.policy.effective import Reach
from reportgen.policy.mfa import without_mfa
from reportgen.policy.trust import Grant, Surroundings, grants, needs_source
from tests.policies import OTHER, OWN, account, allow, deny, policy, statement, trust_policy, user

AROUND = Surroundings(OWN, "o-ownorganis1", {"555566667777"}, {"888899990000"})
GITHUB = "token.actions.githubusercontent.com"
WEB = "sts:AssumeRoleWithWebIdentity"


def grant(principal: Any, action: Any = "sts:AssumeRole", **condition: Any) -> Grant:
    block = {op.replace("_", ":"): keys for op, keys in condition.items()}
    found = grants(parse(trust_policy(principal, action, Condition=block)), AROUND)
    assert len(found) == 1
    return found[0]


def oidc(issuer: str, **condition: Any) -> Grant:
    return grant({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}, WEB, **condition)


def test_64_star_is_anyone() -> None:
    for principal in ("*", {"AWS": "*"}):
        found = grant(principal)
        assert (found.kind, found.limits) == ("public", ())


ORGANISATIONS = [
    ({"StringEquals": {"aws:PrincipalOrgID": "o-ownorganis1"}}, True),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-someoneelse"}}, False),
    ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-ownorganis1"}}, False),
    ({"ForAllValues_StringEquals": {"aws:PrincipalOrgID": "o-ownorganis1"}}, False),
    ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, False),
    ({"StringEquals": {"aws:PrincipalAccount": "555566667777"}}, True),
    ({"StringEquals": {"aws:PrincipalAccount": OTHER}}, False),
]


@pytest.mark.parametrize(("condition", "expected"), ORGANISATIONS)
def test_65_star_within_the_organisation(condition: dict[str, Any], expected: bool) -> None:
    assert grant("*", **condition).organisation_bound is expected


def test_66_root_and_number_are_the_whole_account() -> None:
    for principal in (OTHER, f"arn:aws:iam::{OTHER}:root"):
        found = grant({"AWS": principal})
        assert (found.kind, found.account, found.relation) == ("account", OTHER, "unknown")


@pytest.mark.parametrize(
    ("number", "relation"),
    [(OWN, "own"), ("555566667777", "organisation"), ("888899990000", "known")],
)
def test_relations_of_accounts(number: str, relation: str) -> None:
    assert grant({"AWS": number}).relation == relation


def test_68_deleted_principals_are_orphans() -> None:
    assert grant({"AWS": "AROAEXAMPLEID12345678"}).kind == "deleted"
    assert grant({"AWS": "AIDAEXAMPLEID12345678"}).kind == "deleted"


def test_69_a_partial_wildcard_names_nobody() -> None:
    assert grant({"AWS": f"arn:aws:iam::{OTHER}:role/*"}).kind == "inert"


EXTERNAL = [
    ({}, "absent"),
    ({"StringEquals": {"sts:ExternalId": "b7f1-4c22"}}, "present"),
    ({"StringEquals": {"sts:ExternalId": "unique-external-id"}}, "placeholder"),
    ({"StringLike": {"sts:ExternalId": "*"}}, "weak"),
    ({"StringEqualsIfExists": {"sts:ExternalId": "b7f1-4c22"}}, "weak"),
    ({"StringNotEquals": {"sts:ExternalId": "b7f1-4c22"}}, "weak"),
]


@pytest.mark.parametrize(("condition", "expected"), EXTERNAL)
def test_70_to_72_external_ids(condition: dict[str, Any], expected: str) -> None:
    assert grant({"AWS": OTHER}, **condition).external_id == expected


def test_71_statements_are_ored() -> None:
    one = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    bound = {**one, "Condition": {"StringEquals": {"sts:ExternalId": "b7f1-4c22"}}}
    found = grants(parse(policy(bound, one)), AROUND)
    assert [g.external_id for g in found] == ["present", "absent"]


def test_73_services_that_act_within_the_account_need_no_source() -> None:
    for service in ("ec2", "lambda", "glue", "ecs-tasks"):
        assert not needs_source(f"{service}.amazonaws.com")
    for service in ("iot", "personalize", "logs.ap-southeast-2"):
        assert needs_source(f"{service}.amazonaws.com")
    bound = grant({"Service": "iot.amazonaws.com"}, StringEquals={"aws:SourceAccount": OWN})
    assert bound.source_bound


SUBJECTS = [
    (GITHUB, {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, "missing"),  # 74, doc
    (GITHUB, {"StringEquals": {f"{GITHUB}:sub": "repo:org/app:ref:refs/heads/main"}}, "pinned"),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:org/*"}}, "pinned"),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:org*"}}, "open"),  # 75, reasoning
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:*"}}, "open"),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "*"}}, "open"),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": ["repo:org/app:*", "repo:*"]}}, "open"),
    (GITHUB, {"StringLikeIfExists": {f"{GITHUB}:sub": "repo:org/app:*"}}, "open"),
    (GITHUB, {"ForAllValues_StringLike": {f"{GITHUB}:sub": "repo:org/app:*"}}, "open"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:sub": "repo:org/app:*"}}, "broken"),  # 76, sim
    # 77, recall: the conventions of these issuers are from memory.
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:group/app:*"}}, "pinned"),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*"}}, "open"),
    ("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:acme:*"}}, "pinned"),
    ("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:*"}}, "open"),
    ("agent.buildkite.com", {}, "missing"),
]


@pytest.mark.parametrize(("issuer", "condition", "expected"), SUBJECTS)
def test_74_to_77_oidc_subjects(issuer: str, condition: dict[str, Any], expected: str) -> None:
    assert oidc(issuer, **condition).subject == expected


def test_77_eks_needs_the_service_account() -> None:
    issuer = "oidc.eks.ap-southeast-2.amazonaws.com/id/ABC"
    audience = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}}
    pod = {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:app:api"}}
    assert oidc(issuer, **audience).subject == "missing"
    assert oidc(issuer, **pod).subject == "pinned"


def test_78_saml_audience() -> None:
    provider = {"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"}
    action = "sts:AssumeRoleWithSAML"
    url = "https://signin.aws.amazon.com/saml"
    assert not grant(provider, action).audience
    assert grant(provider, action, StringEquals={"SAML:aud": url}).audience


def test_80_an_action_that_does_not_fit_the_principal_is_inert() -> None:
    # recall: not confirmed in a primary source.
    assert grant({"Federated": f"arn:aws:iam::{OWN}:saml-provider/x"}).kind == "inert"
    assert grant({"Service": "ec2.amazonaws.com"}, WEB).kind == "inert"


def test_mfa_in_trust() -> None:
    assert grant({"AWS": OWN}, Bool={"aws:MultiFactorAuthPresent": "true"}).mfa
    assert grant({"AWS": OWN}, NumericLessThan={"aws:MultiFactorAuthAge": "3600"}).mfa
    assert not grant({"AWS": OWN}, BoolIfExists={"aws:MultiFactorAuthPresent": "true"}).mfa


def holes(*documents: Any) -> list[str]:
    subject = account(user("u", *documents)).subjects[f"arn:aws:iam::{OWN}:user/u"]
    return [w.situation for w in without_mfa(Reach(subject))]


BOTH = ["in the console", "with an access key"]
NO = {"aws:MultiFactorAuthPresent": "false"}
YES = {"aws:MultiFactorAuthPresent": "true"}
EXEMPT = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
]
ENFORCEMENT = [
    (39, [allow(), deny(Condition={"BoolIfExists": NO})], []),
    (39, [allow(), deny(NotAction=EXEMPT, Condition={"BoolIfExists": NO})], []),
    (40, [allow(), deny(Condition={"Bool": NO})], ["with an access key"]),
    (41, [allow(Condition={"BoolIfExists": YES})], ["with an access key"]),
    (42, [allow(Condition={"Bool": YES})], []),
    (43, [allow(Condition={"Null": NO})], ["in the console"]),
    (43, [allow(), deny(Condition={"Null": YES})], ["in the console"]),
    (44, [allow(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})], []),
    (46, [allow(), deny(NotAction=["iam:*"], Condition={"BoolIfExists": NO})], BOTH),
    (0, [allow()], BOTH),
    (0, [], []),
    (0, [allow(), deny(Resource="arn:aws:s3:::b/*", Condition={"BoolIfExists": NO})], BOTH),
    (0, [allow(Action=EXEMPT)], []),
]  # fmt: skip


@pytest.mark.parametrize(("number", "documents", "expected"), ENFORCEMENT)
def test_39_to_46_mfa_is_enforced(number: int, documents: list[Any], expected: list[str]) -> None:
    assert holes(*documents) == expected, number


def test_the_hole_is_named() -> None:
    document = policy(
        statement(), statement("Deny", NotAction="iam:*", Condition={"BoolIfExists": NO})
    )
    subject = account(user("u", document)).subjects[f"arn:aws:iam::{OWN}:user/u"]
    found = without_mfa(Reach(subject))
    assert all(name.startswith("iam:") for w in found for name in w.examples)


# -- each question at its limits ---------------------------------------------------------------

ANYONE = {"AWS": "*"}
WHO_TEAM = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
IN_ORG = "o-ownorganis1"


def bound(around: Surroundings, condition: dict[str, Any]) -> bool:
    (found,) = grants(parse(trust_policy("*", Condition=condition)), around)
    return found.organisation_bound


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": [IN_ORG, "o-someoneelse"]}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-someoneelse"}}, False),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, False),
        ({"Null": {"aws:PrincipalAccount": OWN}}, False),
        ({"StringLike": {"aws:PrincipalOrgPaths": f"{IN_ORG}/r-a1b2/*"}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{IN_ORG}/r-a1b2/*"}}, True),
        ({"StringLike": {"aws:PrincipalOrgPaths": f"{IN_ORG}*/r-a1b2/"}}, False),
        ({"StringLike": {"aws:PrincipalOrgPaths": "o-someoneelse/r-a1b2/*"}}, False),
        ({"StringLike": {"aws:PrincipalOrgPaths": [f"{IN_ORG}/*", "o-someoneelse/*"]}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": [OWN, "555566667777"]}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": [OWN, OTHER]}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": "888899990000"}}, False),
        ({"StringEquals": {"aws:SourceAccount": OWN}}, False),
        # Two conditions are ANDed.
        ({"StringEquals": {"aws:UserAgent": "x", "aws:PrincipalOrgID": IN_ORG}}, True),
    ],
)
def test_only_the_own_organisation_binds(condition: dict[str, Any], expected: bool) -> None:
    # IAM User Guide, "AWS global condition context keys", aws:PrincipalOrgID and the two beside it.
    assert bound(AROUND, condition) is expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("aws:PrincipalOrgID", "o-abcdefghij", True),
        ("aws:PrincipalOrgID", "o-abcdefghi", False),
        ("aws:PrincipalOrgID", "o-*", False),
        ("aws:PrincipalOrgPaths", "o-abcdefghij/r-1/*", True),
        ("aws:PrincipalOrgPaths", "o-abc*/r-1/*", False),
        ("aws:PrincipalOrgPaths", "r-1/*", False),
    ],
)
def test_where_the_own_organisation_is_not_known_a_whole_id_binds(
    key: str, value: str, expected: bool
) -> None:
    assert bound(Surroundings(OWN), {"StringLike": {key: value}}) is expected


def limits(principal: Any, operator: str, key: str, *values: str) -> int:
    return len(grant(principal, **{operator: {key: list(values)}}).limits)


PLACES = [("aws:SourceVpce", "vpce-1"), ("aws:SourceVpc", "vpc-1"), ("aws:SourceIp", "8.8.8.0/24")]
OWN_WORD = [
    ("aws:PrincipalTag/team", "x"),
    ("sts:RoleSessionName", "x"),
    ("aws:SourceIdentity", "x"),
    ("aws:userid", "AROAX:x"),
    ("aws:PrincipalOrgID", "o-someoneelse"),
    ("aws:PrincipalOrgPaths", "o-someoneelse/r-1/"),
    ("aws:PrincipalAccount", OTHER),
]


@pytest.mark.parametrize(("key", "value"), [*PLACES, *OWN_WORD])
def test_what_a_stranger_brings_along_limits_nobody(key: str, value: str) -> None:
    # IAM User Guide, "The confused deputy problem"; tags and names of sessions are set by whoever
    # holds the account that comes.
    assert limits({"AWS": OTHER}, "StringEquals", key, value) == 1
    assert limits(ANYONE, "StringEquals", key, value) == ((key, value) in PLACES)
    assert limits({"AWS": OTHER}, "StringEqualsIfExists", key, value) == 0
    assert limits({"AWS": OTHER}, "ForAllValues_StringEquals", key, value) == 0
    assert limits({"AWS": OTHER}, "StringNotEquals", key, value) == 0
    assert limits({"AWS": OTHER}, "StringLike", key, value, "*") == 0
    assert limits({"AWS": OTHER}, "StringLike", key, "?*") == 0
    assert limits({"AWS": OTHER}, "Null", key, "false") == 0


@pytest.mark.parametrize("value", ["0.0.0.0/0", "::/0"])
def test_every_address_is_no_limit(value: str) -> None:
    assert limits({"AWS": OTHER}, "IpAddress", "aws:SourceIp", value) == 0
    assert limits({"AWS": OTHER}, "IpAddress", "aws:SourceIp", "8.8.8.0/24", value) == 0
    assert limits({"AWS": OTHER}, "IpAddress", "aws:SourceIp", "0.0.0.0/1") == 1


def test_other_keys_say_nothing_of_who_comes() -> None:
    for key in ("aws:RequestedRegion", "aws:UserAgent", "sts:ExternalId", "aws:SourceAccount"):
        assert limits({"AWS": OTHER}, "StringEquals", key, "x") == 0


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"arn:aws:iam::{OTHER}:role/ci", True),
        (f"arn:aws:iam::{OTHER}:role/ci-*", True),
        (f"arn:aws:iam::{OWN}:role/*", True),
        ("arn:aws:iam::555566667777:*", True),
        (f"arn:aws:iam::{OTHER}:role/*", False),
        (f"arn:aws:iam::{OTHER}:role/?*", False),
        (f"arn:aws:iam::{OTHER}:*", False),
        (f"arn:aws:iam::{OTHER}:*/ci", False),
        (f"arn:aws:iam::{OTHER}:root", False),
        ("arn:aws:iam::*:role/ci", False),
        (f"arn:aws:iam::{OTHER[:11]}?:role/ci", False),
        ("arn:aws:iam:*", False),
    ],
)
def test_an_arn_limits_everyone_where_it_is_of_one_account(arn: str, expected: bool) -> None:
    assert limits(ANYONE, "ArnLike", "aws:PrincipalArn", arn) == expected
    assert limits(ANYONE, "ArnLike", "aws:PrincipalArn", arn, "arn:aws:iam::*:role/ci") == 0
    assert limits({"AWS": OTHER}, "ArnLike", "aws:PrincipalArn", arn) == 1


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringLike": {"sts:ExternalId": "ab*"}}, "present"),
        ({"StringLike": {"sts:ExternalId": "a*"}}, "weak"),
        ({"StringLike": {"sts:ExternalId": ["b7f1-4c22", "?*"]}}, "weak"),
        ({"StringEquals": {"sts:ExternalId": "*"}}, "present"),
        ({"StringEquals": {"sts:ExternalId": "a"}}, "present"),
        ({"StringEquals": {"sts:ExternalId": []}}, "weak"),
        ({"Null": {"sts:ExternalId": "false"}}, "absent"),
        ({"StringEquals": {"aws:SourceAccount": OWN}}, "absent"),
        ({"ForAllValues:StringEquals": {"sts:ExternalId": "b7f1-4c22"}}, "weak"),
        # One that is firm is enough.
        (
            {"StringNotEquals": {"sts:ExternalId": "x"}, "StringEquals": {"sts:ExternalId": "b7f"}},
            "present",
        ),
    ],
)
def test_external_ids_at_their_limits(condition: dict[str, Any], expected: str) -> None:
    (found,) = grants(parse(trust_policy({"AWS": OTHER}, Condition=condition)), AROUND)
    assert found.external_id == expected


def test_the_values_of_external_ids_are_told() -> None:
    both = {"StringNotEquals": {"sts:ExternalId": "x"}, "StringEquals": {"sts:ExternalId": "b7f"}}
    assert grant({"AWS": OTHER}, **both).external_values == ("x", "b7f")
    assert grant({"AWS": OTHER}).external_values == ()


@pytest.mark.parametrize("key", ["SourceAccount", "SourceArn", "SourceOrgID", "SourceOrgPaths"])
def test_what_binds_a_service_to_a_source(key: str) -> None:
    # IAM User Guide, "Cross-service confused deputy prevention".
    service = {"Service": "iot.amazonaws.com"}
    assert grant(service, StringLike={f"aws:{key}": "x"}).source_bound
    assert not grant(service, StringLike={f"aws:{key}": "*"}).source_bound
    assert not grant(service, StringEqualsIfExists={f"aws:{key}": "x"}).source_bound
    assert not grant(service, StringEquals={"aws:PrincipalArn": "x"}).source_bound
    assert not grant(service).source_bound


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"StringEquals": {"aws:MultiFactorAuthPresent": "TRUE"}}, True),
        ({"StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "1"}}, True),
        ({"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "1"}}, False),
        ({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "1"}}, False),
        ({"NumericLessThan": {"aws:TokenIssueTime": "1"}}, False),
        # The second factor is asked for by one of two conditions.
        ({"Bool": {"aws:MultiFactorAuthPresent": "true", "aws:SecureTransport": "true"}}, True),
        ({}, False),
    ],
)
def test_the_second_factor_at_its_limits(condition: dict[str, Any], expected: bool) -> None:
    (found,) = grants(parse(trust_policy({"AWS": OWN}, Condition=condition)), AROUND)
    assert found.mfa is expected


EKS = "oidc.eks.ap-southeast-2.amazonaws.com/id/ABC"
MORE_SUBJECTS = [
    (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:app:*"}}, "pinned"),
    (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:a*:api"}}, "open"),
    (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:*"}}, "open"),
    (EKS, {"StringLike": {f"{EKS}:aud": "sts.amazonaws.com"}}, "missing"),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:org/app"}}, "pinned"),
    (GITHUB, {"StringLike": {f"{GITHUB}:repository": "org/*"}}, "pinned"),
    (GITHUB, {"StringLike": {f"{GITHUB}:repository": "org*"}}, "open"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner": "org"}}, "pinned"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:sub": ["repo:org/app:*", "repo:org/app"]}}, "pinned"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:repository": "org/a?p"}}, "pinned"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:sub": []}}, "open"),
    (GITHUB, {"Null": {f"{GITHUB}:sub": "false"}}, "missing"),
    (GITHUB, {"NumericEquals": {f"{GITHUB}:sub": "1"}}, "open"),
    (GITHUB, {"StringEqualsIgnoreCase": {f"{GITHUB}:sub": "repo:ORG/app"}}, "pinned"),
    (GITHUB, {"ArnLike": {f"{GITHUB}:sub": "repo:org/*"}}, "pinned"),
    (GITHUB, {"StringEquals": {"gitlab.com:sub": "repo:org/app"}}, "missing"),
    # Conditions are ANDed: one that pins is enough, in any order.
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "*"}, "StringEquals": {f"{GITHUB}:sub": "x"}}, "pinned"),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "repo:a:*"}}, "pinned"),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:group*"}}, "open"),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "group/*"}}, "pinned"),
    # An issuer of one's own: audience or subject.
    ("login.example.org", {"StringEquals": {"login.example.org:aud": "x"}}, "pinned"),
    ("login.example.org", {"StringEquals": {"login.example.org:email": "x"}}, "missing"),
]  # fmt: skip


@pytest.mark.parametrize(("issuer", "condition", "expected"), MORE_SUBJECTS)
def test_subjects_at_their_limits(issuer: str, condition: dict[str, Any], expected: str) -> None:
    found = oidc(issuer, **condition)
    assert (found.subject, found.issuer) == (expected, issuer)


def test_the_audience_of_an_oidc_provider() -> None:
    assert oidc(GITHUB, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"}).audience
    assert not oidc(GITHUB, StringEquals={"SAML:aud": "sts.amazonaws.com"}).audience
    assert not oidc(GITHUB).audience
    assert grant({"AWS": OWN}).subject == grant({"AWS": OWN}).issuer == ""


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("ec2.amazonaws.com", False),
        ("ec2.amazonaws.com.cn", False),
        ("ec2.ap-southeast-2.amazonaws.com", False),
        ("ec2.us-gov-west-1.amazonaws.com", False),
        ("pods.eks.amazonaws.com", False),
        ("logs.us-gov-west-1.amazonaws.com", True),
        ("a.b.amazonaws.com", True),
        ("a.ec2.amazonaws.com", True),
    ],
)
def test_the_region_in_a_services_name_does_not_matter(service: str, expected: bool) -> None:
    assert needs_source(service) is expected


@pytest.mark.parametrize(
    ("principal", "kind", "why"),
    [
        ({"AWS": OTHER}, "account", ""),
        ({"AWS": OTHER[:11]}, "inert", "it is no ARN that IAM accepts"),
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, "account", ""),
        ({"AWS": f"arn:aws:iam::{OTHER}:role/x"}, "principal", ""),
        ({"AWS": f"arn:aws:iam::{OTHER}"}, "inert", "it is no ARN that IAM accepts"),
        ({"AWS": "AROAEXAMPLE"}, "inert", "it is no ARN that IAM accepts"),
        ({"Service": "ec2.amazonaws.com"}, "service", ""),
        ({"Federated": "cognito-identity.amazonaws.com"}, "inert", f"{WEB} is what such a principal calls"),
    ],
)  # fmt: skip
def test_kinds_of_principals(principal: Any, kind: str, why: str) -> None:
    found = grant(principal)
    assert (found.kind, found.why) == (kind, why)
    assert found.statement == "statement 1"


def test_only_allows_that_let_somebody_in_are_grants() -> None:
    one = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    others = (
        {**one, "Effect": "Deny"},
        {**one, "Action": "sts:TagSession"},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
    )
    assert grants(parse(policy(*others)), AROUND) == []
    excluded = {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    assert [(g.kind, g.principal) for g in grants(parse(policy(excluded)), AROUND)] == [
        ("public", "everyone not named")
    ]
    two = {**one, "Principal": {"AWS": [OTHER, OWN]}}
    assert [g.account for g in grants(parse(policy(two)), AROUND)] == [OTHER, OWN]
