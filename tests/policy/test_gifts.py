"""Rights that one gives another: what holds the other back may be taken away by a third after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import OWN, admin, allow, attached, managed, policy, role, statement, user

BY_U = {"AWS": f"arn:aws:iam::{OWN}:user/u"}
HELD = f"arn:aws:iam::{OWN}:role/held"
# It allows something, so that whoever loses it loses rights too.
MIXED = managed("mixed", policy(statement("Allow", Action="s3:GetObject"),
                                statement("Deny", NotAction="s3:*")))  # fmt: skip
LIMIT = managed("limit", allow(Action="s3:*"))


def on_held(action: str) -> dict[str, Any]:
    return allow(Action=action, Resource=HELD)


@pytest.mark.parametrize(
    ("gives", "frees", "expected"),
    [
        ("iam:PutRolePolicy", "iam:DetachRolePolicy", "escalation"),
        ("iam:AttachRolePolicy", "iam:DetachRolePolicy", "escalation"),
        ("iam:PutRolePolicy", "iam:ListRoles", "none"),
        ("iam:ListRoles", "iam:DetachRolePolicy", "none"),
    ],
)
def test_one_gives_rights_and_another_takes_away_what_denies_them(
    gives: str, frees: str, expected: str
) -> None:
    """Whoever loses the policy first has nothing left; given rights before, it has all."""
    records = [
        user("u"),
        role("giver", BY_U, on_held(gives)),
        role("freer", BY_U, on_held(frees)),
        role("held", BY_U, AttachedManagedPolicies=attached("mixed")),
        MIXED,
    ]
    assert admin(*records) == expected


@pytest.mark.parametrize(
    ("frees", "expected"),
    [("iam:DeleteRolePermissionsBoundary", "escalation"), ("iam:ListRoles", "none")],
)
def test_one_gives_rights_and_another_takes_away_the_boundary(frees: str, expected: str) -> None:
    records = [
        user("u"),
        role("giver", BY_U, on_held("iam:PutRolePolicy")),
        role("freer", BY_U, on_held(frees)),
        role("held", BY_U, boundary="limit"),
        LIMIT,
    ]
    assert admin(*records) == expected
