"""Ways by EKS clusters (Amazon EKS User Guide, "Learn how EKS Pod Identity grants pods access to
AWS services", "Grant IAM users and roles access to Kubernetes", "IAM roles for service accounts").
"""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.escalation import Escalations
from tests.policies import (
    OWN,
    account,
    admin,
    allow,
    confirmed,
    deny,
    judged,
    role,
    trust_policy,
    user,
)

PODS = {"Service": "pods.eks.amazonaws.com"}
BOSS = role("boss", PODS, allow())
ENTER, GIVE = "eks:CreateAccessEntry", "eks:AssociateAccessPolicy"
ASSOCIATE, UPDATE = "eks:CreatePodIdentityAssociation", "eks:UpdatePodIdentityAssociation"
PASS = allow(Action="iam:PassRole", Resource=f"arn:aws:iam::{OWN}:role/boss")
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{}Policy"


def may(action: Any, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return allow(Action=action, Resource=resource, **more)


def ids(*documents: Any, boss: dict[str, Any] = BOSS) -> dict[str, list[str]]:
    """The paths of a user, each with its hurdles."""
    found = judged(user("u", *documents), boss)["u"]["paths"]
    return {path["id"]: path["hurdles"] for path in found}


RUNS = ["if it can run pods in the cluster"]
KNOWN = ["if it has an access entry of the cluster"]


def test_a_role_is_passed_to_pods() -> None:
    assert ids(PASS, may(ASSOCIATE)) == {"extra-025": RUNS}
    assert ids(PASS, may(UPDATE)) == {"extra-026": RUNS}
    found = ids(PASS, may([ASSOCIATE, ENTER, GIVE]))
    assert found["extra-024"] == []
    to = {"iam:PassedToService": "pods.eks.amazonaws.com"}
    assert ids(may("iam:PassRole", StringEquals=to), may(ASSOCIATE)) == {"extra-025": RUNS}
    assert (
        ids(PASS, may(ASSOCIATE), deny(Action="iam:PassRole", Condition={"StringEquals": to})) == {}
    )
    # A role that no pod may have.
    assert (
        ids(PASS, may(ASSOCIATE), boss=role("boss", {"Service": "ec2.amazonaws.com"}, allow()))
        == {}
    )


def test_whoever_makes_itself_administrator_of_a_cluster_acts_as_the_roles_of_its_pods() -> None:
    assert ids(may([ENTER, GIVE])) == {"extra-027": [], "extra-028": KNOWN}
    assert ids(may(GIVE)) == {"extra-028": KNOWN}
    assert ids(may(ENTER)) == {}


@pytest.mark.parametrize(
    ("name", "scope", "leads"),
    [
        ("ClusterAdmin", "cluster", True),
        ("Admin", "namespace", True),
        ("Edit", "namespace", True),
        ("View", "cluster", False),
        ("AdminView", "cluster", False),
    ],
)
def test_the_policy_that_may_be_associated_lets_pods_be_created(
    name: str, scope: str, leads: bool
) -> None:
    bound = {"eks:policyArn": POLICY.format(name), "eks:accessScope": scope}
    assert bool(ids(may(ENTER), may(GIVE, StringEquals=bound))) is leads


@pytest.mark.parametrize(
    ("entry", "leads"),
    [("*", True), (f"c/user/{OWN}/u/*", True), (f"c/user/{OWN}/v/*", False), ("c/role/*", False)],
)
def test_the_access_entry_is_ones_own(entry: str, leads: bool) -> None:
    on = f"arn:aws:eks:eu-west-1:{OWN}:access-entry/{entry}"
    assert bool(ids(may(ENTER), may(GIVE, on))) is leads
    principal = {"eks:principalArn": f"arn:aws:iam::{OWN}:user/{'u' if leads else 'v'}"}
    found = ids(may(ENTER, StringEquals=principal), may(GIVE))
    assert ("extra-027" in found) is leads


def test_roles_of_service_accounts_are_those_of_a_cluster() -> None:
    def trusting(issuer: str, action: str = "sts:AssumeRoleWithWebIdentity") -> dict[str, Any]:
        provider = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}
        return role("boss", trust_policy(provider, action), allow())

    eks = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    assert ids(may([ENTER, GIVE]), boss=trusting(eks))["extra-027"] == []
    assert ids(may([ENTER, GIVE]), boss=trusting(eks, "sts:AssumeRole")) == {}
    assert ids(may([ENTER, GIVE]), boss=trusting("token.actions.githubusercontent.com")) == {}
    (path, _) = judged(user("u", may([ENTER, GIVE])), trusting(eks))["u"]["paths"]
    assert "role/boss, which a service account of EKS may use" in path["explanation"]


def test_each_step_is_allowed_and_closes_the_way_when_denied() -> None:
    mine = (PASS, may([ASSOCIATE, ENTER, GIVE]))
    found = account(user("u", *mine), BOSS)
    (route,) = [
        r
        for r in Escalations([found]).standings[f"arn:aws:iam::{OWN}:user/u"].routes
        if r.id == "extra-024"
    ]
    assert len(route.calls) == 4
    for call in route.calls:
        assert confirmed(call, found), call
        assert "extra-024" not in ids(*mine, deny(Action=call.action)), call


@pytest.mark.parametrize("issuer", ["token.actions.githubusercontent.com", "id.example.org"])
def test_who_may_change_a_provider_of_openid_connect_gains_nothing_by_that(issuer: str) -> None:
    # Its tokens are validated with the keys at the address that its ARN names (IAM User Guide,
    # "Create an OpenID Connect identity provider in IAM"): no call gives it another address.
    changes = may("iam:*OpenIDConnectProvider*")
    provider = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}
    boss = role("boss", trust_policy(provider, "sts:AssumeRoleWithWebIdentity"), allow())
    assert admin(user("u", changes), boss) == "none"
