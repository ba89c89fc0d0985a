"""Each principal judged: those of AWS, those whose policies were not read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assess.checks.cases import judge
from tests.assess.checks.principals import (
    ALL,
    SSO_PATH,
    of,
    role,
    user,
)
from tests.given import ACCOUNT

GONE = {"PolicyName": "gone", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/gone"}
LIMIT_GONE = {"PermissionsBoundary": {"PermissionsBoundaryArn": GONE["PolicyArn"]}}
OF_AWS = (
    role("linked", ALL, Path="/aws-service-role/x.amazonaws.com/"),
    role("AWSReservedSSO_x", ALL, Path=SSO_PATH),
)


@pytest.mark.parametrize(
    "control", ["LP-01", "LP-03", "BND-01", "BND-03", "BND-04", "BND-05", "E8-05", "E8-06"]
)
def test_roles_of_aws_are_not_meant(tmp_path: Path, control: str) -> None:
    found = of(tmp_path, control, *OF_AWS)
    assert found["linked"] == "not-applicable: AWS manages this role."
    said = "not-applicable: Identity Center manages this role; its permission set is judged."
    assert found["AWSReservedSSO_x"] == said


def test_users_and_roles_have_their_type(tmp_path: Path) -> None:
    given = {"authorization-details": {"users": [user("u")], "roles": [role("r")]}}
    rows = judge(tmp_path, "LP-01", given)
    assert {row.resource_type for row in rows if ":user/" in row.resource} == {"AWS::IAM::User"}
    assert {row.resource_type for row in rows if ":role/" in row.resource} == {"AWS::IAM::Role"}


def test_only_a_failure_stands_where_policies_were_not_read(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "LP-01",
        role("fails", ALL, AttachedManagedPolicies=[GONE]),
        role("passes", AttachedManagedPolicies=[GONE]),
        role("bounded", ALL, **LIMIT_GONE),
    )
    assert found["fails"].startswith("fail")
    for name in ("passes", "bounded"):
        said = "not-evaluated: Not all of its policies could be read: "
        assert found[name].startswith(said)
