"""Whom a principal element names (IAM User Guide, "AWS JSON policy elements: Principal")."""

from __future__ import annotations

import pytest

from reportgen.policy.decision import ALLOWED, IMPLICIT_DENY
from reportgen.policy.principal import root_account
from tests.policies import OTHER, OWN, ROLE, USER, admin, allow, role, said, trust_policy, user


@pytest.mark.parametrize("value", ["arn:root", "arn:aws:root", "arn:aws:iam::x", ":root", "root"])
def test_what_only_looks_like_an_account_names_nobody(value: str) -> None:
    trust = trust_policy({"AWS": [value, f"arn:aws:iam::{OTHER}:root"]})
    assert root_account(value) == ""
    asked = said("sts:AssumeRole", allow(), resource=ROLE, resource_policy=trust)
    assert asked == IMPLICIT_DENY
    assert admin(user("u", allow(Action="sts:*")), role("boss", trust, allow())) == "none"


@pytest.mark.parametrize("value", [OWN, f"arn:aws:iam::{OWN}:root"])
def test_an_account_is_named_by_its_id_or_its_root(value: str) -> None:
    assert root_account(value) == OWN
    trust = trust_policy({"AWS": value})
    assert said("sts:AssumeRole", allow(), resource=ROLE, resource_policy=trust) == ALLOWED
    assert admin(user("u", allow(Action="sts:*")), role("boss", trust, allow())) == "escalation"


def test_a_user_is_no_account() -> None:
    assert root_account(USER) == ""
