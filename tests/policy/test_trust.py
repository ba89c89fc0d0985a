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
