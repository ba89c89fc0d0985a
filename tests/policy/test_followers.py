"""Who might have a way over somebody is asked, whatever else it can do; and how far it is."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.analyse import analyse
from reportgen.policy.escalation import Escalations
from tests.policies import OTHER, OWN, account, admin, allow, judged, role, trust_policy, user

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


def test_the_nearest_target_is_told() -> None:
    """Of two roles that let the user in, the one that is an administrator itself."""
    by = {"AWS": f"arn:aws:iam::{OWN}:user/u"}
    far = role("a-far", by)
    near = role("z-near", by, allow())
    chief = role("chief", {"AWS": f"arn:aws:iam::{OWN}:role/a-far"}, allow())
    for records in ([far, near, chief], [chief, near, far]):
        (path,) = judged(user("u"), *records)["u"]["paths"]
        assert path["via"] == near["Arn"]


@pytest.mark.parametrize("number", [OWN, OTHER])
def test_only_principals_of_the_same_account_are_taken_over(number: str) -> None:
    """IAM's actions are about the caller's own account, whatever a policy names."""
    arn = f"arn:aws:iam::{number}:user/chief"
    takes = user("u", allow(Action="iam:CreateAccessKey", Resource=arn))
    chief = {**user("chief", allow()), "Arn": arn}
    accounts = [account(takes, chief)] if number == OWN else [account(takes), account(chief)]
    found = {row["arn"].rpartition("/")[2]: row["admin"] for row in analyse(accounts)}
    assert found == {"u": "escalation" if number == OWN else "none", "chief": "full"}
    # Nor does anybody take over itself to become what it is.
    own = user("u", allow(Action="iam:CreateAccessKey", Resource=f"arn:aws:iam::{OWN}:user/u"))
    assert admin(own) == "none"


@pytest.mark.parametrize("number", [OWN, OTHER])
@pytest.mark.parametrize(
    "mine",
    [
        ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
        # What is there already has a role of its own account.
        ("lambda:UpdateFunctionCode", "lambda:InvokeFunction"),
    ],
)
def test_a_service_acts_as_roles_of_its_own_account(mine: tuple[str, ...], number: str) -> None:
    """IAM User Guide, "Grant a user permissions to pass a role to an AWS service"."""
    arn = f"arn:aws:iam::{number}:role/boss"
    boss = {**role("boss", {"Service": "lambda.amazonaws.com"}, allow()), "Arn": arn}
    worker = role("worker", {"Service": "lambda.amazonaws.com"})
    on = {"iam:PassRole": arn}
    u = user("u", *(allow(Action=action, Resource=on.get(action, "*")) for action in mine))
    accounts = [account(u, worker, boss)] if number == OWN else [account(u, worker), account(boss)]
    (row,) = (row for row in analyse(accounts) if row["arn"].endswith("user/u"))
    assert row["admin"] == ("escalation" if number == OWN else "none")
