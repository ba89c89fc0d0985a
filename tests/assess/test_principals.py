"""Each principal judged: those of AWS, those whose policies were not read whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from reportgen.assess.judge import Opinion, passed
from reportgen.assess.principals import named, of_policies
from reportgen.policy.account import Subject
from reportgen.policy.effective import Reach
from reportgen.policy.standing import Standing
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


def _counted(standing: Standing, names: Sequence[str]) -> Opinion:
    _COUNTED.append((standing.subject.name, *names))
    return passed(f"{standing.subject.name} of {len(names)}")


_COUNTED: list[tuple[str, ...]] = []


def test_an_opinion_of_policies_is_formed_once_for_each_principal_and_parameters() -> None:
    first, second = (
        Standing(found, Reach(found))
        for found in (
            Subject(f"arn:aws:iam::{ACCOUNT}:user/{n}", "user", ACCOUNT, n, "/", ()) for n in "ab"
        )
    )
    _COUNTED.clear()
    for _ in range(2):
        assert of_policies(_counted, ["x"])(first)[1] == "a of 1"
        assert of_policies(_counted, ["x"])(second)[1] == "b of 1"
        assert of_policies(_counted, ["x", "y"])(first)[1] == "a of 2"
    assert _COUNTED == [("a", "x"), ("b", "x"), ("a", "x", "y")]


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [("Backup-1", "*backup*", True), ("BACKUP", "backup", True), ("back", "*backup*", False)],
)
def test_names_fit_patterns_without_regard_to_case(name: str, pattern: str, fits: bool) -> None:
    for _ in range(2):
        assert named(name, ["none", pattern]) is fits
    assert not named(name, [])
