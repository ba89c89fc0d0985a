"""MFA devices of users: who is asked, who was refused, and what follows from it."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from tests.conftest import Front, Run


@pytest.fixture
def two_with_apps(front: Front) -> Front:
    """Two users with a virtual device each, and one without MFA."""
    iam = boto3.client("iam")
    for name in ("ana", "ben", "cal"):
        iam.create_user(UserName=name)
    for name in ("ana", "ben"):
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        iam.enable_mfa_device(
            UserName=name,
            SerialNumber=serial["SerialNumber"],
            AuthenticationCode1="123456",
            AuthenticationCode2="654321",
        )
    return front


def sms_verdicts(run: Run, tmp_path: Path) -> dict[str, str]:
    run("assess", "--store", "s", "--format", "json", "-o", "r.json")
    rows = json.loads((tmp_path / "r.json").read_text())["results"]
    return {r["resource"].split("/")[-1]: r["verdict"] for r in rows if r["control_id"] == "MFA-07"}


def test_users_with_an_app_are_asked_for_other_devices(
    two_with_apps: Front, run: Run, tmp_path: Path
) -> None:
    assert run("collect", "--store", "s").returncode == 0
    assert two_with_apps.calls["ListMFADevices"] == 2
    assert sms_verdicts(run, tmp_path) == {"ana": "pass", "ben": "pass", "cal": "not-applicable"}


def test_no_answer_for_anybody_is_no_pass(two_with_apps: Front, run: Run, tmp_path: Path) -> None:
    two_with_apps.faults["ListMFADevices"] = "deny"
    assert run("collect", "--store", "s").returncode == 3
    found = sms_verdicts(run, tmp_path)
    assert (found["ana"], found["ben"]) == ("not-evaluated", "not-evaluated")


def test_one_refusal_is_no_pass_for_that_user_alone(
    two_with_apps: Front, run: Run, tmp_path: Path
) -> None:
    two_with_apps.faults["ListMFADevices?UserName=ben"] = "deny"
    run("collect", "--store", "s")
    assert sms_verdicts(run, tmp_path) == {
        "ana": "pass",
        "ben": "not-evaluated",
        "cal": "not-applicable",
    }
