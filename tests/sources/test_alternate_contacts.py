"""Contacts of the account: each of three types may be there or not; a refusal is no absence."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from reportgen.evidence.answers import parse
from reportgen.model import Status
from reportgen.sources import own_sources
from tests.collect.account import collected
from tests.conftest import Front
from tests.shapes import Asked, Refused

SOURCE = "alternate-contacts"


def security_only(asked: Asked) -> dict[str, Any]:
    kind = asked.parameters["AlternateContactType"]
    if kind != "SECURITY":
        raise Refused("ResourceNotFoundException", "none", 404)
    contact = {"Name": "Duty desk", "Title": "Security", "EmailAddress": "security@example.com"}
    return {"AlternateContact": {**contact, "PhoneNumber": "+61200000000"}}


def test_those_that_there_are(front: Front) -> None:
    front.answers["account:GetAlternateContact"] = security_only
    item = collected(SOURCE)[SOURCE]
    (contact,) = json.loads(item.content)["AlternateContacts"]
    assert contact["AlternateContactType"] == "SECURITY"
    assert contact["EmailAddress"] == "security@example.com"
    assert front.asked["account:GetAlternateContact"] == 3
    # AWS's own request ids show that the two others were asked for.
    assert sorted(r.http_status for r in item.envelope.requests) == [200, 404, 404]


def test_none_is_an_answer(front: Front) -> None:
    item = collected(SOURCE)[SOURCE]
    assert item.envelope.status is Status.COLLECTED
    assert json.loads(item.content) == {"AlternateContacts": []}


@pytest.mark.parametrize("fault", ["deny", "missing", "malformed"])
def test_a_refusal_of_one_type_is_not_its_absence(front: Front, fault: Any) -> None:
    front.answers["account:GetAlternateContact"] = security_only
    front.faults["GetAlternateContact?SECURITY"] = fault
    assert collected(SOURCE)[SOURCE].envelope.status in (Status.DENIED, Status.FAILED)


@pytest.mark.parametrize(
    "content",
    [
        b'{"AlternateContact": {"AlternateContactType": "SECURITY"}}',
        b'{"AlternateContacts": [{"AlternateContactType": "SECURITY"}]}',
    ],
)
def test_what_the_cli_writes_can_be_imported(content: bytes) -> None:
    assert parse(SOURCE, content, own_sources()[SOURCE].keys)


def test_the_primary_contact_and_every_region(front: Front) -> None:
    items = collected("contact-information", "region-opt-status", "instance-profiles")
    contact = json.loads(items["contact-information"].content)["ContactInformation"]
    assert contact["FullName"] == "Example Organisation"
    regions = json.loads(items["region-opt-status"].content)["Regions"]
    assert {r["RegionName"] for r in regions} == {"ap-southeast-2", "us-east-1"}


def test_instance_profiles_with_their_roles(front: Front) -> None:
    iam = boto3.client("iam")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="servers")
    iam.add_role_to_instance_profile(InstanceProfileName="servers", RoleName="web")
    item = collected("instance-profiles")["instance-profiles"]
    (profile,) = json.loads(item.content)["InstanceProfiles"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["web"]
