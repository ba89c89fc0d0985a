"""The account as the policy engine reads it, what is above it, and what is around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.records import Unavailable
from reportgen.model import CONFIGURATION, absent
from tests.assess.facts.holding import DENIED, facts_of
from tests.given import ACCOUNT, authorization_details

OTHER = "444455556666"
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
BOSS = {"UserName": "boss", "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": FULL}]}
DETAILS = authorization_details({"users": [BOSS]})
ORGANISATION: dict[str, Any] = {
    "Organization": {"Id": "o-exampleorg1", "MasterAccountId": OTHER},
    "Roots": [
        {"Id": "r-1", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}
    ],
    "OrganizationalUnits": [],
    "Accounts": [{"Id": ACCOUNT, "ParentId": "r-1"}, {"Id": OTHER, "ParentId": "r-1"}],
    "Policies": [],
}


def boss(facts: Any) -> str:
    return str(facts.standings()[f"arn:aws:iam::{ACCOUNT}:user/boss"].admin)


def test_an_scp_above_is_cut_from_what_policies_allow(tmp_path: Path) -> None:
    # No SCP is attached at any level, so nothing is allowed (SCP evaluation).
    facts = facts_of(
        tmp_path / "a", {"authorization-details": DETAILS, "organization": ORGANISATION}
    )
    assert boss(facts) == "none"
    assert facts.standings() is facts.standings()
    (own,) = {e.id for e in facts.envelopes.values() if e.source == "organization"}
    assert own in facts.noted
    alone = facts_of(tmp_path / "b", {"authorization-details": DETAILS})
    assert boss(alone) == "full"
    assert absent(ACCOUNT, "organization") in alone.noted


@pytest.mark.parametrize("key", ["UserDetailList", "RoleDetailList"])
def test_principals_need_both_lists(tmp_path: Path, key: str) -> None:
    only = {k: v for k, v in DETAILS.items() if k != key}
    with pytest.raises(Unavailable, match=f"has no {key}"):
        facts_of(tmp_path, {"authorization-details": only}).iam()


def test_a_list_that_is_cut_off_is_a_problem_told_once(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"authorization-details": {**DETAILS, "IsTruncated": True}})
    told = ["authorization-details is cut off: AWS had more pages"]
    assert facts.iam().problems == facts.iam().problems == told
    assert facts_of(tmp_path / "b", {"authorization-details": DETAILS}).iam().problems == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DENIED, "organization could not be read: denied"),
        (
            {"Organization": {"Id": "o-1"}},
            "no account's snapshot shows the organisation",
        ),
        ({**ORGANISATION, "Policies": None}, "organization is damaged: Policies is not a list"),
        ({**ORGANISATION, "Accounts": None}, "organization is damaged: Accounts is not a list"),
    ],
)
def test_why_no_organisation_is_known(tmp_path: Path, answer: Any, said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        facts_of(tmp_path, {"organization": answer}).organisation()


@pytest.mark.parametrize("told", [True, False, None])
def test_the_management_account_is_told_where_no_organisation_shows_it(
    tmp_path: Path, told: bool | None
) -> None:
    facts = facts_of(tmp_path / "a", {"authorization-details": DETAILS}, management=told)
    assert facts.is_management is told
    assert CONFIGURATION in facts.noted
    # What the organisation shows is stronger than what the configuration says.
    shown = facts_of(tmp_path / "b", {"organization": ORGANISATION}, management=told)
    assert shown.is_management is False
    own = {**ORGANISATION, "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT}}
    assert facts_of(tmp_path / "c", {"organization": own}, management=told).is_management is True


@pytest.mark.parametrize(
    ("around", "noted"),
    [({}, False), ({"known_accounts": (OTHER,)}, True), ({"third_parties": (OTHER,)}, True)],
)
def test_what_is_around_is_of_the_organisation_and_the_configuration(
    tmp_path: Path, around: dict[str, Any], noted: bool
) -> None:
    facts = facts_of(tmp_path, {"organization": ORGANISATION}, **around)
    found = facts.surroundings
    assert (CONFIGURATION in facts.noted) is noted
    assert found.organisation == "o-exampleorg1"
    assert set(found.accounts) == {ACCOUNT, OTHER}
    assert set(found.known) == set(around.get("third_parties", ()))


def test_around_an_account_of_which_nothing_is_known(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"authorization-details": DETAILS}, known_accounts=(OTHER,))
    assert set(facts.surroundings.accounts) == {OTHER}
    assert facts.surroundings.organisation == ""


def test_permission_sets_are_those_of_every_instance(tmp_path: Path) -> None:
    arn = {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1"}
    instances = [{"PermissionSets": [{"Name": n, **arn}]} for n in ("A", "B")]
    facts = facts_of(tmp_path / "a", {"identity-center": {"Instances": instances}})
    assert [s["Name"] for s in facts.permission_sets()] == ["A", "B"]
    damage = ({}, {"PermissionSets": None}, {"PermissionSets": [7]}, {"PermissionSets": [{}]})
    for number, damaged in enumerate(damage):
        answer = {"Instances": [*instances, damaged]}
        facts = facts_of(tmp_path / f"b{number}", {"identity-center": answer})
        with pytest.raises(Unavailable, match=r"is damaged: Instances\.2\.PermissionSets"):
            facts.permission_sets()


def test_who_can_manage_identity_center_can_become_an_administrator(tmp_path: Path) -> None:
    """Whoever assigns permission sets gives access, where Identity Center is managed."""
    assigns = {"Effect": "Allow", "Action": ["sso:*"], "Resource": "*"}
    user = {
        "UserName": "boss",
        "UserPolicyList": [
            {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [assigns]}}
        ],
    }
    files: dict[str, Any] = {"authorization-details": authorization_details({"users": [user]})}
    here = facts_of(tmp_path / "a", {**files, "identity-center": {"Instances": []}})
    full = full_access()
    above = {**ORGANISATION, "Policies": [full]}
    member = facts_of(tmp_path / "b", {**files, "organization": above})
    assert boss(here) == "escalation"
    assert boss(member) == "none"


def full_access() -> dict[str, Any]:
    """FullAWSAccess on the root and both accounts."""
    return {
        "Id": "p-FullAWSAccess",
        "Name": "FullAWSAccess",
        "Type": "SERVICE_CONTROL_POLICY",
        "AwsManaged": True,
        "Content": FULL,
        "Targets": [{"TargetId": t} for t in ("r-1", ACCOUNT, OTHER)],
    }


def test_whom_each_role_lets_in_is_told_of_itself(tmp_path: Path) -> None:
    """Two that say the same are read once; one without a policy lets nobody in."""

    def trust(principal: dict[str, str]) -> dict[str, Any]:
        allowed = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [allowed]}

    service, stranger = trust({"Service": "ec2.amazonaws.com"}), trust({"AWS": OTHER})
    roles = [
        {"RoleName": "a", "AssumeRolePolicyDocument": service},
        {"RoleName": "b", "AssumeRolePolicyDocument": stranger},
        {"RoleName": "c", "AssumeRolePolicyDocument": service},
        {"RoleName": "d", "AssumeRolePolicyDocument": None},
    ]
    facts = facts_of(tmp_path, {"authorization-details": authorization_details({"roles": roles})})
    admitted = {role.name: facts.admitted_by(role) for role in facts.iam().roles}
    assert {n: [g.kind for g in found] for n, found in admitted.items()} == {
        "a": ["service"], "b": ["account"], "c": ["service"], "d": [],
    }  # fmt: skip
