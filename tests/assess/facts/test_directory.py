"""The directory, delegation and contacts, and what is damaged in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.records import Unavailable
from reportgen.model import Status
from tests.assess.facts.holding import DENIED, facts_of
from tests.assess.facts.test_mfa import read_as


def test_members_by_group(tmp_path: Path) -> None:
    pairs = (("g", "1"), ("g", "2"), ("h", "1"))
    members = [{"GroupId": g, "MemberId": {"UserId": u}} for g, u in pairs]
    facts = facts_of(tmp_path, {"identity-store": {"Users": [], "GroupMemberships": members}})
    assert facts.group_members() == {"g": {"1", "2"}, "h": {"1"}}


@pytest.mark.parametrize("member", [None, "1", {}, {"UserId": ""}])
def test_a_membership_of_nobody_is_damage(tmp_path: Path, member: Any) -> None:
    members = [{"GroupId": "g", "MemberId": member}]
    facts = facts_of(tmp_path, {"identity-store": {"Users": [], "GroupMemberships": members}})
    with pytest.raises(Unavailable, match="names nobody"):
        facts.group_members()


def test_who_administers_identity_center(tmp_path: Path) -> None:
    listed = [
        {"Id": "1", "DelegatedServices": [{"ServicePrincipal": "guardduty.amazonaws.com"}]},
        {"Id": "2", "DelegatedServices": [{"ServicePrincipal": "sso.amazonaws.com"}]},
    ]
    facts = facts_of(tmp_path, {"delegated-administrators": {"DelegatedAdministrators": listed}})
    assert facts.identity_center_administrators() == ["2"]


def test_services_that_were_not_read_are_not_none(tmp_path: Path) -> None:
    listed = [{"Id": "1"}]
    facts = facts_of(tmp_path, {"delegated-administrators": {"DelegatedAdministrators": listed}})
    with pytest.raises(Unavailable, match="which services 1"):
        facts.identity_center_administrators()


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ({"AlternateContacts": []}, []),
        ({"AlternateContacts": [{"AlternateContactType": "SECURITY"}]}, ["SECURITY"]),
        ({"AlternateContact": {"AlternateContactType": "SECURITY"}}, ["SECURITY"]),
        ({"AlternateContacts": None}, None),
        ({"AlternateContact": None}, None),
        ({"AlternateContacts": ["SECURITY"]}, None),
    ],
)
def test_alternate_contacts(
    tmp_path: Path, answer: dict[str, Any], kinds: list[str] | None
) -> None:
    facts = facts_of(tmp_path, {"alternate-contacts": answer})
    if kinds is None:
        with pytest.raises(Unavailable, match="no list of contacts"):
            facts.alternate_contacts()
    else:
        assert list(facts.alternate_contacts()) == kinds


def test_no_primary_contact_is_an_answer(tmp_path: Path) -> None:
    said = (
        "\nAn error occurred (ResourceNotFoundException) when calling the GetContactInformation "
        "operation: none\n"
    )
    assert facts_of(tmp_path / "a", {"contact-information": said}).primary_contact() is None
    facts = facts_of(tmp_path / "b", {"contact-information": {"ContactInformation": None}})
    with pytest.raises(Unavailable, match="has no contact"):
        facts.primary_contact()


def test_one_service_among_several_makes_an_administrator(tmp_path: Path) -> None:
    both = [{"ServicePrincipal": f"{name}.amazonaws.com"} for name in ("guardduty", "sso")]
    listed = [{"Id": "1", "DelegatedServices": both}, {"Id": "2", "DelegatedServices": []}]
    facts = facts_of(tmp_path, {"delegated-administrators": {"DelegatedAdministrators": listed}})
    assert facts.identity_center_administrators() == ["1"]


def test_instances_are_counted_and_one_that_is_not_enabled_is_none(tmp_path: Path) -> None:
    instances = [{"InstanceArn": "a", "PermissionSets": []}]
    facts = facts_of(tmp_path / "a", {"identity-center": {"Instances": instances}})
    assert facts.identity_center_instances() == 1
    facts = facts_of(tmp_path / "b", {"identity-center": DENIED})
    with pytest.raises(Unavailable, match="denied"):
        facts.identity_center_instances()
    facts = facts_of(tmp_path / "c", {"identity-center": {"Instances": instances}})
    read_as(facts, "identity-center", status=Status.NOT_ENABLED)
    assert facts.identity_center_instances() == 0
