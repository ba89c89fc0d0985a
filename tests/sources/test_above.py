"""What is read where the organisation is managed: there, in a member account, and without one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from reportgen.model import AwsRequest, Status
from reportgen.sources.above import is_member, managed_elsewhere, manages
from reportgen.sources.source import Answer, Aws, ReadError, Reading
from tests.collect.account import collected
from tests.conftest import Front
from tests.shapes import Asked

MADE = datetime(2026, 9, 1, tzinfo=UTC)
OWN, MEMBER, HEAD = "123456789012", "210987654321", "111122223333"
DENIED = ReadError(Status.DENIED, "AccessDeniedException", "no")
ABOVE = ("delegated-administrators", "organizations-features", "identity-store", "primary-emails")
FEATURES = {"OrganizationId": "o-abcdefghij", "EnabledFeatures": ["RootCredentialsManagement"]}


class Silent:
    """A session that nobody asks."""

    def call(self, service: str, method: str, /, *, region: str = "", **_: Any) -> Answer:
        return Answer({}, AwsRequest("", "", 200, 0), b"")


def aws(own: str | None, organization: dict[str, Any] | None) -> Aws:
    earlier: dict[str, Reading | None] = {}
    if own is not None:
        earlier["caller-identity"] = Reading(data={"Account": own})
    if organization is not None:
        earlier["organization"] = Reading(data=organization)
    return Aws(Silent(), earlier=earlier)


@pytest.mark.parametrize(
    ("own", "organization", "member"),
    [
        (MEMBER, {"Organization": {"MasterAccountId": OWN}}, True),
        (OWN, {"Organization": {"MasterAccountId": OWN}}, False),
        (MEMBER, {"Organization": {"ManagementAccountId": OWN}}, True),
        # Where it is not known, nothing is taken for a member account.
        (MEMBER, {"Organization": {}}, False),
        (MEMBER, {"Organization": None}, False),
        (MEMBER, None, False),
        (None, {"Organization": {"MasterAccountId": OWN}}, False),
        ("", {"Organization": {"MasterAccountId": OWN}}, False),
    ],
)
def test_a_refusal_is_expected_of_members_alone(
    own: str | None, organization: dict[str, Any] | None, member: bool
) -> None:
    way = aws(own, organization)
    assert is_member(way) is member
    with pytest.raises(ReadError) as caught, managed_elsewhere(way):
        raise DENIED
    assert caught.value.status is (Status.NOT_ENABLED if member else Status.DENIED)


def test_another_error_stays_what_it_is() -> None:
    way = aws(MEMBER, {"Organization": {"MasterAccountId": OWN}})
    with pytest.raises(ReadError) as caught, managed_elsewhere(way):
        raise ReadError(Status.THROTTLED, "Throttling", "slow")
    assert caught.value.status is Status.THROTTLED


def test_who_manages() -> None:
    assert manages(OWN, {"MasterAccountId": OWN})
    assert not manages(MEMBER, {"MasterAccountId": OWN})
    assert manages(MEMBER, "no record")


# -- against the test AWS ------------------------------------------------------------------------


@pytest.fixture
def managed(front: Front) -> Front:
    """The management account of an organisation, with a directory and a delegated account."""
    client: Any = boto3.client("organizations", region_name="us-east-1")
    client.create_organization(FeatureSet="ALL")
    made = client.create_account(Email="member@example.com", AccountName="Member")
    delegated = made["CreateAccountStatus"]["AccountId"]
    client.register_delegated_administrator(
        AccountId=delegated, ServicePrincipal="guardduty.amazonaws.com"
    )
    front.answers["iam:ListOrganizationsFeatures"] = FEATURES
    store = boto3.client("sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]
    directory: Any = boto3.client("identitystore")
    group = directory.create_group(IdentityStoreId=store, DisplayName="admins")["GroupId"]
    user = directory.create_user(
        IdentityStoreId=store,
        UserName="ana",
        DisplayName="Ana",
        Name={"GivenName": "Ana", "FamilyName": "A"},
    )["UserId"]
    directory.create_group_membership(
        IdentityStoreId=store, GroupId=group, MemberId={"UserId": user}
    )
    return front


def everything() -> dict[str, Any]:
    return collected(*ABOVE, also=("primary-emails",))


def data(items: dict[str, Any], source: str) -> dict[str, Any]:
    assert items[source].envelope.status is Status.COLLECTED, items[source].envelope.detail
    found: dict[str, Any] = json.loads(items[source].content)
    return found


@pytest.mark.usefixtures("managed")
def test_the_management_account_reads_it_all() -> None:
    items = everything()
    (admin,) = data(items, "delegated-administrators")["DelegatedAdministrators"]
    assert [s["ServicePrincipal"] for s in admin["DelegatedServices"]] == [
        "guardduty.amazonaws.com"
    ]
    assert data(items, "organizations-features")["EnabledFeatures"] == FEATURES["EnabledFeatures"]
    directory = data(items, "identity-store")
    (user,), (group,), (member,) = (
        directory[key] for key in ("Users", "Groups", "GroupMemberships")
    )
    assert member["GroupId"] == group["GroupId"]
    assert member["MemberId"] == {"UserId": user["UserId"]}
    # The caller's own account cannot be asked for this way.
    emails = data(items, "primary-emails")["PrimaryEmails"]
    assert emails == [{"AccountId": admin["Id"], "PrimaryEmail": f"root-{admin['Id']}@example.com"}]


@pytest.mark.parametrize(
    ("operation", "source"),
    [
        ("organizations:ListDelegatedAdministrators", "delegated-administrators"),
        ("organizations:ListDelegatedServicesForAccount", "delegated-administrators"),
        ("iam:ListOrganizationsFeatures", "organizations-features"),
        ("identitystore:ListUsers", "identity-store"),
        ("identitystore:ListGroups", "identity-store"),
        ("identitystore:ListGroupMemberships", "identity-store"),
        ("account:GetPrimaryEmail", "primary-emails"),
    ],
)
def test_denied_in_the_management_account_is_denied(
    managed: Front, operation: str, source: str
) -> None:
    managed.faults[operation] = "deny"
    items = everything()
    assert items[source].envelope.status is Status.DENIED
    others = [name for name in ABOVE if name != source]
    assert {items[name].envelope.status for name in others} == {Status.COLLECTED}


def test_denied_in_a_member_account_is_how_it_should_be(managed: Front) -> None:
    def of_another(_: Asked) -> dict[str, Any]:
        return {"Organization": {"Id": "o-abcdefghij", "MasterAccountId": HEAD}}

    managed.answers["organizations:DescribeOrganization"] = of_another
    for operation in ("ListRoots", "ListDelegatedAdministrators", "ListOrganizationsFeatures"):
        managed.faults[operation] = "deny"
    managed.faults["identitystore:ListUsers"] = "deny"
    items = everything()
    assert items["organization"].envelope.status is Status.COLLECTED
    assert "member account" in items["organization"].envelope.detail
    for name in ABOVE:
        assert items[name].envelope.status is Status.NOT_ENABLED, name
        assert items[name].envelope.detail.startswith("ManagedElsewhere")


def test_an_account_of_no_organisation_has_none_of_it(front: Front) -> None:
    items = collected("organizations-features", "primary-emails", also=("primary-emails",))
    for name in ("organization", "organizations-features", "primary-emails"):
        assert items[name].envelope.status is Status.NOT_ENABLED
