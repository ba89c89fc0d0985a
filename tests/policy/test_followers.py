"""Who might have a way over somebody is asked, whatever else it can do; and how far it is."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.escalation import Escalations
from tests.policies import OWN, account, admin, allow, role, trust_policy, user

EC2 = {"Service": "ec2.amazonaws.com"}
BOSS = role("boss", EC2, allow())
ON_BOSS = allow(Action="iam:PassRole", Resource=f"arn:aws:iam::{OWN}:role/boss")
RUN = allow(Action="ec2:RunInstances")
# What leads to nobody of note, by another kind of path.
KEYS = allow(Action="iam:CreateAccessKey", Resource=f"arn:aws:iam::{OWN}:user/x")
PROVIDER = f"arn:aws:iam::{OWN}:saml-provider/p"
SIGN_IN = allow(Action="iam:UpdateSAMLProvider", Resource=PROVIDER)


@pytest.mark.parametrize("more", [(), (KEYS,), (SIGN_IN,), (KEYS, SIGN_IN)])
def test_who_passes_a_role_and_can_do_more_is_asked(more: tuple[dict[str, Any], ...]) -> None:
    assert admin(user("u", ON_BOSS, RUN, *more), user("x"), BOSS) == "escalation"
    assert admin(user("u", RUN, *more), user("x"), BOSS) == "none"


def test_who_takes_over_a_user_and_passes_roles_is_asked() -> None:
    chief = user("x", allow())
    nobody = role("boss", EC2)
    assert admin(user("u", KEYS, ON_BOSS, RUN), chief, nobody) == "escalation"
    assert admin(user("u", ON_BOSS, RUN), chief, nobody) == "none"


def test_who_changes_a_provider_and_more_is_asked() -> None:
    trust = trust_policy({"Federated": PROVIDER}, "sts:AssumeRoleWithSAML")
    boss = role("boss", trust, allow())
    assert admin(user("u", SIGN_IN, ON_BOSS, RUN), boss) == "escalation"
    assert admin(user("u", ON_BOSS, RUN), boss) == "none"


def test_the_rank_is_the_number_of_principals_on_the_way() -> None:
    def trusting(name: str, who: str, *documents: Any) -> dict[str, Any]:
        return role(name, {"AWS": f"arn:aws:iam::{OWN}:{who}"}, *documents)

    records = [
        trusting("chief", "role/third", allow()),
        trusting("third", "role/second"),
        trusting("second", "user/u"),
        user("u"),
        user("apart"),
    ]
    found = Escalations([account(*records)]).standings.values()
    assert {s.subject.name: s.rank for s in found} == {
        "chief": 0,
        "third": 1,
        "second": 2,
        "u": 3,
        "apart": None,
    }
