"""Sign-in and MFA, in verdict and in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts.mfa import MfaFacts
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts
from tests.given import ACCOUNT, AS_OF


@pytest.mark.parametrize(("control", "example"), examples_of("people"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


KEY = f"arn:aws:iam::{ACCOUNT}:u2f/user/u/k"


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def of(folder: Path, control: str, given: Any = (), **cells: str) -> str:
    whole = {
        "credential-report": [{"user": "u", **cells}],
        "account-summary": {"Users": 1},
        **dict(given),
    }
    return reasons(folder, control, whole)["u"]


def devices(*serials: str, virtual: str = "", read: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {
        "virtual-mfa-devices": [{"serial": virtual, "user": "u"}] if virtual else [],
    }
    if read:
        found["mfa-devices"] = [{"UserName": "u", "SerialNumber": s} for s in serials]
    return found


SIGNS_IN = {"password_enabled": "true", "mfa_active": "true"}


@pytest.mark.parametrize(
    ("given", "phishing", "sms"),
    [
        (devices(KEY), "pass: Signs in with FIDO only.", "pass"),
        (
            devices(KEY, "GAHT1"),
            "fail: Signs in with a rotating-code hardware token, which can be phished.",
            "pass",
        ),
        (
            devices(KEY, f"arn:aws:iam::{ACCOUNT}:sms-mfa/u"),
            "fail: Signs in with an SMS device, which can be phished.",
            "fail: An SMS device is registered.",
        ),
        (devices(KEY, f"arn:aws:iam::{ACCOUNT}:new/u"), "not-evaluated: The device", "not-eval"),
        (
            devices("GAHT1", virtual="mfa/app"),
            "fail: Signs in with a rotating-code hardware token and a virtual (authenticator app)",
            "pass",
        ),
        (
            devices(virtual="mfa/app", read=False),
            "fail: Signs in with a virtual (authenticator app) device, which can be phished.",
            "not-evaluated: There may be further devices: mfa-devices was not collected.",
        ),
        (
            devices(read=False),
            "not-evaluated: MFA is on, but its kind is not known: mfa-devices was not collected.",
            "not-evaluated: MFA is on, but its kind is not known",
        ),
        (
            {"mfa-devices": [{"UserName": "u", "SerialNumber": KEY}]},
            "not-evaluated: Virtual-mfa-devices was not collected.",
            "not-evaluated: Virtual-mfa-devices was not collected.",
        ),
    ],
)
def test_what_the_devices_of_a_user_show(
    tmp_path: Path, given: dict[str, Any], phishing: str, sms: str
) -> None:
    for control, expected in (("MFA-05", phishing), ("MFA-07", sms)):
        whole = {"credential-report": [{"user": "u", **SIGNS_IN}], "account-summary": {"Users": 1}}
        (said,) = reasons(tmp_path / control, control, {**whole, **given}).values()
        assert said.startswith(expected)


def test_two_of_a_kind_nobody_knows_and_one_of_sms(tmp_path: Path) -> None:
    sms = f"arn:aws:iam::{ACCOUNT}:sms-mfa/u"
    unknown = f"arn:aws:iam::{ACCOUNT}:new/u"
    said = of(tmp_path, "MFA-07", devices(unknown, sms), **SIGNS_IN)
    assert said == "fail: An SMS device is registered."


def test_a_user_whose_devices_were_asked_for_and_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MfaFacts, "_asked_for_mfa", lambda *_: True)
    said = of(tmp_path, "MFA-05", devices(), **SIGNS_IN)
    assert said == "not-evaluated: MFA is on, but AWS's answers list no device for this user."


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("production", {"u": "fail"}),
        ("sandbox", {"account": "not-applicable"}),
        (None, {"account": "not-evaluated"}),
    ],
)
def test_production_is_what_the_configuration_calls_so(
    tmp_path: Path, environment: str | None, expected: dict[str, str]
) -> None:
    given = {
        "credential-report": [{"user": "u", "password_enabled": "true"}],
        "account-summary": {"Users": 1},
    }
    assert verdicts(tmp_path, "MFA-03", given, environment=environment) == expected


GLASS = [{"Key": "Purpose", "Value": " Break-Glass "}]


def tagged(tags: Any) -> dict[str, Any]:
    return {"authorization-details": {"users": [{"UserName": "u", "Tags": tags}]}}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({**SIGNS_IN, "password_last_used": ago(31)}, "pass"),
        ({"password_enabled": "true"}, "fail: Break glass user has no MFA."),
        # Without a password too: whoever gives it one in an emergency gives it no MFA.
        ({}, "fail: Break glass user has no MFA."),
        ({"mfa_active": "true"}, "pass"),
        ({**SIGNS_IN, "access_key_2_active": "true"}, "fail: Break glass user has an active acc"),
        ({**SIGNS_IN, "password_last_used": ago(30)}, "fail: Break glass user signed in 30 days"),
    ],
)
def test_break_glass_users(tmp_path: Path, cells: dict[str, str], said: str) -> None:
    assert of(tmp_path / "a", "IDC-04", tagged(GLASS), **cells).startswith(said)
    other = of(tmp_path / "b", "IDC-04", tagged([{"Key": "purpose", "Value": "x"}]), **cells)
    assert other == "not-applicable: Not a break glass user."


def test_a_user_whose_tags_were_not_read_may_be_one_for_emergencies(tmp_path: Path) -> None:
    """The report lists it, and the authorisation details, which have the tags, do not."""
    other = {"authorization-details": {"users": [{"UserName": "other", "Tags": GLASS}]}}
    for control in ("IDC-01", "IDC-04"):
        said = of(tmp_path / control, control, other, **SIGNS_IN)
        assert said.startswith("not-evaluated: Whether it is a break glass user"), said


def test_console_users_are_break_glass_users(tmp_path: Path) -> None:
    cells = {"password_enabled": "true"}
    assert of(tmp_path / "a", "IDC-01", tagged(GLASS), **cells).startswith("pass: Break glass")
    assert of(tmp_path / "b", "IDC-01", tagged([]), **cells).startswith("fail")
    assert of(tmp_path / "c", "IDC-01", tagged([])).startswith("pass: Has no console password")


@pytest.mark.parametrize("name", ["cert_1_active", "cert_2_active"])
def test_a_signing_certificate_works(tmp_path: Path, name: str) -> None:
    said = of(tmp_path, "IDC-08", **{name: "TRUE"})
    assert said == "not-applicable: Has an active signing certificate."


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"password_enabled": "true"}, "not-applicable: Has a credential that works."),
        ({"access_key_2_active": "true"}, "not-applicable: Has a credential that works."),
        ({"user_creation_time": "N/A"}, "not-evaluated: The credential report gives no date"),
        (
            {"user_creation_time": ago(400), "password_last_used": "not_supported"},
            "fail: Has no working credential, nor had any use for 400 days.",
        ),
        (
            {"user_creation_time": ago(400), "access_key_1_last_used_date": ago(46)},
            "fail: Has no working credential, nor had any use for 46 days.",
        ),
        ({"user_creation_time": ago(400), "access_key_2_last_used_date": ago(45)}, "pass"),
        ({"user_creation_time": ago(400), "password_last_used": ago(45)}, "pass"),
    ],
)
def test_what_is_left_over(tmp_path: Path, cells: dict[str, str], expected: str) -> None:
    assert of(tmp_path, "IDC-08", **cells).startswith(expected)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            {"password_last_used": "N/A", "password_last_changed": ago(50)},
            "fail: Never signed in, password 50 days old.",
        ),
        (
            {"password_last_changed": ago(10), "user_creation_time": ago(400)},
            "pass: Signed in, or was created, of late.",
        ),
        ({"user_creation_time": ago(46)}, "fail: Never signed in, password 46 days old."),
        ({"user_creation_time": "N/A"}, "not-evaluated: The credential report gives no date"),
        ({"password_last_used": ago(46)}, "fail: Last signed in 46 days ago."),
    ],
)
def test_a_password_lies_unused(tmp_path: Path, cells: dict[str, str], expected: str) -> None:
    assert of(tmp_path, "KEY-13", password_enabled="true", **cells).startswith(expected)
