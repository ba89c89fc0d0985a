"""In which region Identity Center is found, and what it means where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.model import AwsRequest, Status
from reportgen.sources import identity_center, identity_store
from reportgen.sources.source import Answer, Aws, AwsSession, ReadError, Reading

OWN, HEAD = "123456789012", "111122223333"
INSTANCE = {"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1"}
REGIONS = [{"RegionName": name} for name in ("us-east-1", "eu-west-1", "ap-southeast-2")]
REGIONS += [{"RegionName": "me-south-1", "OptInStatus": "not-opted-in"}]


class Regions:
    """Identity Center of one account by region: instances, or why there is no answer."""

    def __init__(self, **found: Any) -> None:
        self.found = {name.replace("_", "-"): value for name, value in found.items()}
        self.asked: list[tuple[str, str]] = []

    def call(self, service: str, method: str, /, *, region: str = "", **given: Any) -> Answer:
        self.asked.append((method, region))
        answers = {"list_permission_sets": "PermissionSets", "list_users": "Users"}
        answers |= {"list_groups": "Groups"}
        if method != "list_instances":
            return Answer({answers[method]: []}, AwsRequest("r", "", 200, 0), b"{}")
        value = self.found.get(region or "own", [])
        if isinstance(value, ReadError):
            raise value
        return Answer({"Instances": value}, AwsRequest("r", "", 200, 0), b"{}")


def way(account: AwsSession, **more: Any) -> Aws:
    earlier = {
        "caller-identity": Reading(data={"Account": OWN}),
        "organization": Reading(data={"Organization": {"MasterAccountId": OWN}}),
        "regions": Reading(data={"Regions": REGIONS}),
    }
    return Aws(account, earlier={**earlier, **more})


def test_in_the_callers_own_region_nobody_asks_further() -> None:
    account = Regions(own=[INSTANCE])
    aws = way(account)
    assert len(identity_center.read(aws)["Instances"]) == 1
    assert account.asked == [("list_instances", ""), ("list_permission_sets", "")]
    assert aws.reading.parameters == {}


def test_it_is_found_in_another_region_and_read_there() -> None:
    account = Regions(eu_west_1=[INSTANCE], us_east_1=[INSTANCE])
    aws = way(account)
    assert len(identity_center.read(aws)["Instances"]) == 1
    assert aws.reading.parameters == {"Region": "eu-west-1"}
    assert account.asked[-1] == ("list_permission_sets", "eu-west-1")
    assert ("list_instances", "us-east-1") not in account.asked
    # The directory lives where the instance does.
    center = Reading(data={"Instances": [INSTANCE]}, parameters=aws.reading.parameters)
    identity_store.read(way(account, **{"identity-center": center}))
    assert account.asked[-2:] == [("list_users", "eu-west-1"), ("list_groups", "eu-west-1")]


def test_where_it_is_nowhere_it_is_not_enabled() -> None:
    account = Regions()
    with pytest.raises(ReadError, match="NoInstance") as told:
        identity_center.read(way(account))
    assert told.value.status is Status.NOT_ENABLED
    assert [region for _, region in account.asked] == [
        "",
        "ap-southeast-2",
        "eu-west-1",
        "us-east-1",
    ]


@pytest.mark.parametrize("status", [Status.DENIED, Status.THROTTLED, Status.FAILED])
def test_where_a_region_does_not_answer_it_may_be_there(status: Status) -> None:
    lost = ReadError(status, "Something", "no")
    with pytest.raises(ReadError, match="Something") as told:
        identity_center.read(way(Regions(eu_west_1=lost)))
    assert told.value.status is status
    # Found elsewhere, it is not there too.
    identity_center.read(way(Regions(eu_west_1=lost, us_east_1=[INSTANCE])))


def test_a_region_without_the_service_has_no_instance() -> None:
    nowhere = ReadError(Status.FAILED, "EndpointConnectionError", "Could not connect")
    with pytest.raises(ReadError, match="NoInstance"):
        identity_center.read(way(Regions(eu_west_1=nowhere)))
    with pytest.raises(ReadError, match="EndpointConnectionError"):
        identity_center.read(way(Regions(own=nowhere)))


@pytest.mark.parametrize(
    "more",
    [
        {"organization": Reading(data={"Organization": {"MasterAccountId": HEAD}})},
        {"regions": None},
        {"regions": Reading(data={"Regions": None})},
    ],
)
def test_a_member_account_is_asked_in_one_region(more: dict[str, Any]) -> None:
    """It manages nothing; and where the regions are not known there is no other to ask."""
    account = Regions()
    with pytest.raises(ReadError, match="NoInstance"):
        identity_center.read(way(account, **more))
    assert account.asked == [("list_instances", "")]


ARN = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
NONE = ReadError(Status.FAILED, "ResourceNotFoundException", "")
LACKING = ReadError(Status.DENIED, "AccessDeniedException", "no")
SET: dict[str, Any] = {
    "list_instances": {"Instances": [{**INSTANCE, "OwnerAccountId": HEAD}]},
    "list_permission_sets": {"PermissionSets": [ARN]},
    "describe_permission_set": {"PermissionSet": {"Name": "admin", "PermissionSetArn": ARN}},
    "list_managed_policies_in_permission_set": {"AttachedManagedPolicies": [{"Name": "p"}]},
    "get_inline_policy_for_permission_set": {"InlinePolicy": ""},
    "list_customer_managed_policy_references_in_permission_set": {
        "CustomerManagedPolicyReferences": [{"Name": "own"}]
    },
    "list_accounts_for_provisioned_permission_set": {"AccountIds": [OWN, HEAD]},
    "get_permissions_boundary_for_permission_set": {"PermissionsBoundary": {"Name": "b"}},
    "list_account_assignments": {"AccountAssignments": [{"PrincipalId": "g"}]},
}


class Center:
    """One permission set; ``other`` answers in place of its own, or errors."""

    def __init__(self, **other: Any) -> None:
        self.answers = {**SET, **other}
        self.accounts: list[str] = []

    def call(self, service: str, method: str, /, *, region: str = "", **given: Any) -> Answer:
        if method == "list_account_assignments":
            self.accounts.append(given["AccountId"])
        answer = self.answers[method]
        if isinstance(answer, ReadError):
            raise answer
        return Answer(answer, AwsRequest("r", "", 200, 0), b"{}")


def member() -> dict[str, Reading]:
    return {"organization": Reading(data={"Organization": {"MasterAccountId": HEAD}})}


def test_a_permission_set_has_its_policies_boundary_and_assignments() -> None:
    center = Center()
    (instance,) = identity_center.read(way(center))["Instances"]
    (found,) = instance["PermissionSets"]
    assert found == {
        "Name": "admin",
        "PermissionSetArn": ARN,
        "AttachedManagedPolicies": [{"Name": "p"}],
        "InlinePolicy": "",
        "CustomerManagedPolicyReferences": [{"Name": "own"}],
        "PermissionsBoundary": {"Name": "b"},
        "Assignments": [{"PrincipalId": "g"}, {"PrincipalId": "g"}],
    }
    assert center.accounts == [OWN, HEAD]


def test_a_set_without_a_boundary_has_none() -> None:
    center = Center(get_permissions_boundary_for_permission_set=NONE)
    (instance,) = identity_center.read(way(center))["Instances"]
    assert instance["PermissionSets"][0]["PermissionsBoundary"] is None


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("get_permissions_boundary_for_permission_set", LACKING, "AccessDenied"),
        ("get_permissions_boundary_for_permission_set", {}, "no PermissionsBoundary"),
        ("get_permissions_boundary_for_permission_set", {"PermissionsBoundary": 7}, "no Perm"),
        ("describe_permission_set", {}, "no PermissionSet"),
        ("describe_permission_set", {"PermissionSet": "x"}, "no PermissionSet"),
        ("get_inline_policy_for_permission_set", {}, "no InlinePolicy"),
        ("get_inline_policy_for_permission_set", {"InlinePolicy": None}, "no InlinePolicy"),
        ("list_account_assignments", LACKING, "AccessDenied"),
        ("list_permission_sets", LACKING, "AccessDenied"),
    ],
)
def test_a_part_that_is_missing_is_no_permission_set(method: str, answer: Any, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        identity_center.read(way(Center(**{method: answer})))


def test_a_member_account_may_not_look_into_the_organisation_s_instance() -> None:
    """Nothing is missing then; of an instance of its own a refusal is one, and so is a throttle."""
    closed = Center(list_permission_sets=LACKING)
    with pytest.raises(ReadError, match="NoInstance"):
        identity_center.read(way(closed, **member()))
    own = {"Instances": [{**INSTANCE, "OwnerAccountId": OWN}]}
    with pytest.raises(ReadError, match="AccessDenied"):
        identity_center.read(
            way(Center(list_permission_sets=LACKING, list_instances=own), **member())
        )
    slow = ReadError(Status.THROTTLED, "ThrottlingException", "")
    with pytest.raises(ReadError, match="Throttling"):
        identity_center.read(way(Center(list_permission_sets=slow), **member()))
