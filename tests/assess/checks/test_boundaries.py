"""Boundaries: on whom, that they limit, that they are passed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold
from tests.assess.checks.principals import (
    ALL,
    BOUND,
    LIMIT,
    OWN,
    READ,
    allow,
    of,
    policy,
    role,
)
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("boundaries"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


SOME_BOUNDARY = {"Null": {"iam:PermissionsBoundary": "false"}}
CREATE = allow("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": OWN}})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", allow("s3:*")), "not-applicable: Cannot create or change users or roles."),
        (role("r", allow("iam:CreateRole")), "fail: Has no boundary and can call iam:CreateRole."),
        (role("r", allow("iam:PutUserPolicy")), "fail: Has no boundary and can call iam:PutUser"),
        (role("r", allow("iam:CreateRole"), **BOUND), f"pass: Is under the boundary {OWN}."),
        (role("breakglass", allow("iam:CreateRole")), "pass: Has no boundary; its name is on"),
    ],
)
def test_a_boundary_on_who_creates(tmp_path: Path, record: Any, expected: str) -> None:
    (said,) = of(tmp_path, "BND-01", record, policies=[LIMIT]).values()
    assert said.startswith(expected)


def test_a_boundary_is_a_ceiling(tmp_path: Path) -> None:
    names = ("none", "some", "gone")
    arns = {n: f"arn:aws:iam::{ACCOUNT}:policy/{n}" for n in names}
    held = [("a", "none"), ("b", "none"), ("c", "some"), ("d", "gone")]
    records = [
        role(who, PermissionsBoundary={"PermissionsBoundaryArn": arns[name]}) for who, name in held
    ]
    policies = [policy("none", ALL), policy("some", allow("s3:*"))]
    found = of(tmp_path / "a", "BND-02", *records, role("e"), policies=policies)
    assert found["none"].startswith("fail: Is the boundary of 2 principals and allows an admin")
    assert found["some"] == "pass: Is the boundary of 1 principal and limits what they can have."
    said = "not-evaluated: Is the boundary of 1 principal, but its document is not in the evid"
    assert found["gone"].startswith(said)
    assert of(tmp_path / "b", "BND-02", role("e")) == {
        "account": "not-applicable: No principal has a permissions boundary."
    }


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", ALL), "not-applicable: Is an administrator; delegation does not apply."),
        (role("r", READ), "not-applicable: Cannot create users or roles."),
        (role("r", CREATE, **BOUND), "pass: What it creates must carry the boundary"),
        (
            role("r", allow("iam:CreateRole"), **BOUND),
            "fail: Can call iam:CreateRole without iam:PermissionsBoundary.",
        ),
        (
            role("r", CREATE, allow("iam:DeleteRolePermissionsBoundary"), **BOUND),
            "fail: Can call iam:DeleteRolePermissionsBoundary.",
        ),
        # What it cannot create it need not keep from taking a boundary away.
        (role("r", CREATE, allow("iam:DeleteUserPermissionsBoundary"), **BOUND), "pass"),
        (
            role("r", CREATE, allow("iam:CreatePolicyVersion"), **BOUND),
            f"fail: Can call iam:CreatePolicyVersion on its boundary {OWN}.",
        ),
        (
            role("r", CREATE, allow("iam:CreatePolicyVersion", resource=f"{OWN}-other"), **BOUND),
            "pass",
        ),
        (role("r", CREATE), "pass"),
        # Free for names of one kind only: those it makes are unbounded all the same.
        (
            role("r", allow("iam:CreateRole", resource="arn:aws:iam::*:role/team-*"), **BOUND),
            "fail: Can call iam:CreateRole without iam:PermissionsBoundary.",
        ),
        (
            role(
                "r",
                CREATE,
                allow("iam:DeleteRolePermissionsBoundary", resource="arn:aws:iam::*:role/team-*"),
                **BOUND,
            ),
            "fail: Can call iam:DeleteRolePermissionsBoundary.",
        ),
        # Some boundary must be there, and any will do.
        (
            role("r", allow("iam:CreateRole", Condition=SOME_BOUNDARY), **BOUND),
            "fail: Can call iam:CreateRole with any other boundary.",
        ),
        (
            role("r", CREATE, allow("iam:PutRolePermissionsBoundary"), **BOUND),
            "fail: Can call iam:PutRolePermissionsBoundary with any other boundary.",
        ),
        (
            role(
                "r",
                CREATE,
                allow(
                    "iam:PutRolePermissionsBoundary",
                    Condition={"StringEquals": {"iam:PermissionsBoundary": OWN}},
                ),
                **BOUND,
            ),
            "pass",
        ),
        (
            role("r", CREATE, allow("iam:SetDefaultPolicyVersion"), **BOUND),
            f"fail: Can call iam:SetDefaultPolicyVersion on its boundary {OWN}.",
        ),
    ],
)
def test_a_boundary_is_passed_on(tmp_path: Path, record: Any, expected: str) -> None:
    # Roles of this account are administrators only where something is there to escalate to.
    assert of(tmp_path, "BND-04", record, policies=[LIMIT])["r"].startswith(expected)


def test_nobody_edits_a_policy_of_aws(tmp_path: Path) -> None:
    limit = {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/theirs"}}
    theirs = {**policy("theirs", allow("iam:*")), "Arn": "arn:aws:iam::aws:policy/theirs"}
    record = role("r", CREATE, allow("iam:CreatePolicyVersion"), **limit)
    said = of(tmp_path, "BND-04", record, policies=[theirs])["r"]
    assert said.startswith("pass")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("app"), "not-applicable: Is not of a kind that needs a boundary."),
        (role("GitHub-Deploy"), "fail: Has no boundary."),
        (role("GitHub-Deploy", **BOUND), f"pass: Has the boundary {OWN}."),
    ],
)
def test_a_boundary_where_due(tmp_path: Path, record: Any, expected: str) -> None:
    (said,) = of(tmp_path, "BND-05", record, policies=[LIMIT]).values()
    assert said == expected
