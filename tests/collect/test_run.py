"""Collect against a moto server over HTTP, with a front that denies, throttles and breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from reportgen.evidence.store import Store
from reportgen.model import Status
from reportgen.sources import own_sources
from tests.conftest import Front, Run

# Action -> the source that it is read for.
ACTIONS = {
    "GetCredentialReport": "credential-report",
    "GetAccountSummary": "account-summary",
    "ListMFADevices": "mfa-devices",
}
VERBS = ("Generate", "Get")
ARN = "arn:aws:iam::123456789012:user/"


def populate() -> None:
    """Users with every mix of password, MFA and keys; a group, a role, policies."""
    iam = boto3.client("iam")
    for name in ("app", "fido", "bare", "robot", "tagged", "idle"):
        iam.create_user(UserName=name)
    for name in ("app", "fido", "bare"):
        iam.create_login_profile(UserName=name, Password="Long-enough-1!")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="app")["VirtualMFADevice"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName="app", SerialNumber=device["SerialNumber"], **codes)
    serial = "arn:aws:iam::123456789012:u2f/user/fido/key"
    iam.enable_mfa_device(UserName="fido", SerialNumber=serial, **codes)
    iam.create_access_key(UserName="app")
    iam.create_access_key(UserName="robot")
    iam.create_access_key(UserName="robot")
    iam.create_access_key(UserName="tagged")
    tags = [{"Key": "Owner", "Value": "team"}, {"Key": "purpose", "Value": "batch"}]
    iam.tag_user(UserName="tagged", Tags=tags)
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
        }
    )
    policy = iam.create_policy(PolicyName="read", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_policy(PolicyName="unused", PolicyDocument=document)
    iam.attach_user_policy(UserName="bare", PolicyArn=policy)
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="app")
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::999988887777:user/eve"},
                "Action": "sts:AssumeRole",
            }
        ]
    }
    iam.create_role(RoleName="foreign", AssumeRolePolicyDocument=json.dumps(trust))


def verdicts(results: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (r["control_id"], r["resource"].split("/")[-1]): r["verdict"] for r in results["results"]
    }


def assess(run: Run, tmp_path: Path) -> dict[str, Any]:
    done = run("assess", "--store", "s", "--format", "json", "-o", "r.json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((tmp_path / "r.json").read_text())
    return found


def test_verdicts_are_right_for_each_user(front: Front, run: Run, tmp_path: Path) -> None:
    populate()
    front.calls.clear()
    done = run("collect", "--store", "s", "--in-region", "ap-southeast-2")
    assert done.returncode == 0, done.stderr
    assert "123456789012" in done.stdout
    results = assess(run, tmp_path)
    assert list(results)[:4] == ["schema_version", "as_of", "catalogue", "accounts"]
    found = verdicts(results)
    expected = {
        ("MFA-01", "app"): "pass",
        ("MFA-01", "fido"): "pass",
        ("MFA-01", "bare"): "fail",
        ("MFA-01", "robot"): "not-applicable",
        ("MFA-05", "app"): "fail",
        ("MFA-05", "fido"): "pass",
        ("MFA-05", "bare"): "fail",
        ("MFA-07", "fido"): "pass",
        ("MFA-09", "robot"): "fail",
        ("MFA-09", "idle"): "pass",
        ("KEY-02", "app"): "fail",
        ("KEY-02", "bare"): "pass",
        ("KEY-03", "robot"): "pass",
        ("KEY-05", "robot"): "fail",
        ("KEY-05", "tagged"): "pass",
        ("KEY-07", "robot"): "fail",
        ("KEY-07", "tagged"): "pass",
        ("IDC-01", "bare"): "fail",
        ("IDC-02", "tagged"): "pass",
        ("IDC-03", "foreign"): "fail",
        ("POL-07", "read"): "pass",
        ("POL-07", "unused"): "fail",
        ("POL-10", "bare"): "fail",
        ("POL-10", "app"): "pass",
    }
    assert {key: found.get(key) for key in expected} == expected
    account = {
        r["control_id"]: r["verdict"] for r in results["results"] if r["resource"].endswith(":root")
    }
    assert account["ROOT-01"] == "fail"
    assert account["ROOT-05"] == "pass"
    # moto's report has no root line, and its account has no password policy.
    assert account["ROOT-06"] == "not-evaluated"
    assert account["E8-08"] == "fail"
    assert account["MON-05"] == "pass"
    # The two with MFA are asked, since no bulk call tells of devices that are not virtual; no page
    # is fetched twice.
    assert front.calls["ListMFADevices"] == 2
    # The limit is of one region; the account has two.
    last_accessed = sum(front.calls[f"{verb}ServiceLastAccessedDetails"] for verb in VERBS)
    # Six users and a role, each with a report that is asked for and one that is fetched.
    assert last_accessed == 2 * 7
    assert sum(front.calls.values()) - last_accessed <= 60


def test_envelopes_and_secrets(front: Front, run: Run, tmp_path: Path) -> None:
    populate()
    run("collect", "--store", "s")
    snapshot = Store.open(tmp_path / "s").snapshots()[0]
    for envelope in snapshot.envelopes:
        if envelope.status is Status.COLLECTED:
            # What hangs on another source asks nothing where that has nothing.
            source = own_sources().get(envelope.source)
            assert envelope.requests or source is None or source.after
            assert all(r.request_id for r in envelope.requests)
            assert snapshot.read(envelope)
    report = snapshot.of_account("123456789012")["credential-report"]
    assert report.generated_time
    assert snapshot.of_account("123456789012")["virtual-mfa-devices"].redacted == [
        "Base32StringSeed",
        "QRCodePNG",
    ]
    for path in (tmp_path / "s").rglob("*"):
        if path.is_file() and path.name.startswith("virtual-mfa"):
            assert "REDACTED" in path.read_text() or "envelope" in path.name


# Every operation is denied in test_denied.py, in the process; here by the command line.
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_each_source_denied(action: str, front: Front, run: Run, tmp_path: Path) -> None:
    populate()
    run("collect", "--store", "s")
    before = assess(run, tmp_path)
    front.faults[action] = "deny"
    done = run("collect", "--store", "t")
    assert done.returncode == 3
    assert f"{ACTIONS[action]}: denied" in done.stderr
    done = run("assess", "--store", "t", "--format", "json", "-o", "t.json")
    after = json.loads((tmp_path / "t.json").read_text())
    assert after["coverage"]["pass"] <= before["coverage"]["pass"]
    status = {e["source"]: e["status"] for e in after["accounts"][0]["evidence"]}
    assert status[ACTIONS[action]] == "denied"
    assert after["coverage"]["not-evaluated"] > before["coverage"]["not-evaluated"]
    reasons = [r["reason"] for r in after["results"] if r["verdict"] == "not-evaluated"]
    assert any("denied" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("fault", "status"), [("throttle", "throttled"), ("malformed", "failed"), ("cut", "failed")]
)
def test_faults_of_the_wire(
    fault: str, status: str, front: Front, run: Run, tmp_path: Path
) -> None:
    populate()
    front.faults["GetAccountSummary"] = fault
    done = run("collect", "--store", "s")
    assert done.returncode == 3
    assert f"account-summary: {status}" in done.stderr
    found = verdicts(assess(run, tmp_path))
    assert found[("MFA-01", "bare")] == "fail"
    assert [v for (c, _), v in found.items() if c == "ROOT-01"] == ["not-evaluated"]


def test_expired_credentials(front: Front, run: Run, tmp_path: Path) -> None:
    front.faults["GetCallerIdentity"] = "expire"
    done = run("collect", "--store", "s")
    assert done.returncode == 2
    assert "ExpiredToken" in done.stderr
    assert "sign in again" in done.stderr


def test_no_credentials(front: Front, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = run("collect", "--store", "s")
    assert done.returncode == 2
    assert "No AWS credentials were found" in done.stderr


def test_unknown_profile(front: Front, run: Run) -> None:
    done = run("collect", "--store", "s", "--profile", "nobody")
    assert done.returncode == 2
    assert "'nobody' does not exist" in done.stderr


def test_empty_account_and_report(front: Front, run: Run, tmp_path: Path) -> None:
    assert run("collect", "--store", "s").returncode == 0
    found = verdicts(assess(run, tmp_path))
    assert [v for (c, _), v in found.items() if c == "MFA-01"] == ["not-applicable"]


def test_report_from_a_live_account(front: Front, run: Run, tmp_path: Path) -> None:
    populate()
    run("collect", "--store", "s")
    day = Store.open(tmp_path / "s").snapshots()[0].collected_at.date()
    done = run("report", "--store", "s", "--ending", day, "--out", "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / f"iam-quarterly-{day}.pdf").read_bytes().startswith(b"%PDF")
