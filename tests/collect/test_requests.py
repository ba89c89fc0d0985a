"""How many requests an account takes: with its pages and regions, not with its users."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from moto.iam.models import iam_backends

from reportgen.sources import chosen, own_sources
from reportgen.sources.mfa_devices import FEW
from tests.collect.account import collected
from tests.conftest import Front

REGION = "ap-southeast-2"
NO_LAST_ACCESSED = tuple(name for name in chosen(own_sources()) if name != "last-accessed")
LAST_ACCESSED = ("iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails")


def people(first: int, last: int) -> None:
    """Users, put into moto as its own request would: a thousand requests say nothing more."""
    backend = iam_backends["123456789012"]["aws"]
    for number in range(first, last):
        backend.create_user(region_name=REGION, user_name=f"user{number:04}")


def with_apps(names: list[str], enabled: datetime) -> None:
    """Give each user a virtual MFA device."""
    backend = iam_backends["123456789012"]["aws"]
    for name in names:
        device = backend.create_virtual_mfa_device(name, "/")
        backend.enable_mfa_device(name, device.serial_number, "123456", "654321")
        device.enable_date = enabled


def asked(front: Front) -> tuple[int, int]:
    """Requests, those for last accessed apart."""
    apart = sum(front.asked[operation] for operation in LAST_ACCESSED)
    return front.asked.total() - apart, apart


@pytest.mark.usefixtures("no_pauses")
def test_a_thousand_users_take_no_more_than_ten(front: Front) -> None:
    people(0, 10)
    few = collected(regions=(REGION,))
    requests, last_accessed = asked(front)
    assert requests <= 60
    assert last_accessed <= 3 * 10
    front.asked.clear()
    people(10, 1000)
    many = collected(regions=(REGION,))
    requests, last_accessed = asked(front)
    listed = json.loads(many["authorization-details"].content)["UserDetailList"]
    assert len(listed) == 1000
    assert len(json.loads(few["authorization-details"].content)["UserDetailList"]) == 10
    assert requests <= 60
    assert last_accessed <= 3 * 1000
    assert len(json.loads(many["last-accessed"].content)["LastAccessed"]) == 1000


@pytest.mark.usefixtures("no_pauses")
def test_a_thousand_users_with_virtual_devices_take_no_more(front: Front) -> None:
    people(0, 1000)
    with_apps([f"user{number:04}" for number in range(1000)], datetime(2026, 1, 1))
    found = collected(*NO_LAST_ACCESSED, regions=(REGION,))
    requests, _ = asked(front)
    assert requests <= 60
    parameters = found["mfa-devices"].envelope.parameters
    assert front.asked["iam:ListMFADevices"] == len(parameters["UserNames"]) == FEW
    assert len(parameters["NotAsked"]) == 1000 - FEW
    assert parameters["Totals"]["MFADevicesInUse"] == 1000
