"""The root user: credentials, MFA, keys and use."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons
from tests.given import ACCOUNT, AS_OF


@pytest.mark.parametrize(("control", "example"), examples_of("root"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


NONE = {
    "AccountPasswordPresent": 0,
    "AccountAccessKeysPresent": 0,
    "AccountSigningCertificatesPresent": 0,
}


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def one(folder: Path, control: str, given: dict[str, Any], **more: Any) -> str:
    return reasons(folder, control, given, **more)["account"]


@pytest.mark.parametrize("name", [None, *NONE])
@pytest.mark.parametrize("change", [1, None])
def test_root_without_mfa_passes_only_without_any_credential(
    tmp_path: Path, name: str | None, change: int | None
) -> None:
    summary = {"AccountMFAEnabled": 0, **NONE}
    if name and change is None:
        del summary[name]
    elif name and change:
        summary[name] = change
    given = {"account-summary": summary, "virtual-mfa-devices": []}
    bare = name is None
    assert one(tmp_path / "a", "ROOT-01", given).startswith("pass" if bare else "fail")
    assert one(tmp_path / "b", "ROOT-02", given).startswith("not-appl" if bare else "fail")


def test_a_device_that_is_not_virtual(tmp_path: Path) -> None:
    given: dict[str, Any] = {"account-summary": {"AccountMFAEnabled": 1, **NONE}}
    assert one(tmp_path / "a", "ROOT-02", given).startswith("not-evaluated")
    given["virtual-mfa-devices"] = []
    assert one(tmp_path / "b", "ROOT-02", given).startswith("pass: Root has MFA and no virtual")
    given["virtual-mfa-devices"] = [{"serial": "mfa/one", "user": "root"}]
    said = f"fail: Root has a virtual MFA device: arn:aws:iam::{ACCOUNT}:mfa/one."
    assert one(tmp_path / "c", "ROOT-02", given) == said


@pytest.mark.parametrize(
    ("keys", "certificates", "expected"),
    [
        (0, 0, "pass"),
        (1, 0, "fail: The root user has an access key."),
        (1, None, "fail: The root user has an access key."),
        (0, 1, "fail: The root user has a signing certificate."),
        (0, None, "not-evaluated: The account summary does not say"),
    ],
)
def test_keys_and_certificates_of_root(
    tmp_path: Path, keys: int, certificates: int | None, expected: str
) -> None:
    summary = {"AccountAccessKeysPresent": keys}
    if certificates is not None:
        summary["AccountSigningCertificatesPresent"] = certificates
    assert one(tmp_path, "ROOT-05", {"account-summary": summary}).startswith(expected)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "pass: AWS has no record that root was ever used."),
        (
            {"password_last_used": ago(20), "access_key_1_last_used_date": ago(5)},
            "fail: Root's access key 1 was used 5 days ago, within 30 days.",
        ),
        (
            {"password_last_used": ago(5), "access_key_2_last_used_date": ago(20)},
            "fail: Root's password was used 5 days ago, within 30 days.",
        ),
        (
            {"password_last_used": ago(200), "access_key_2_last_used_date": ago(100)},
            "pass: Root was last used 100 days ago (access key 2).",
        ),
        (
            {"password_last_used": "soon"},
            "not-evaluated: Root's line of the credential report cannot be read: "
            "password_last_used is 'soon', not a date.",
        ),
    ],
)
def test_the_last_use_of_root(tmp_path: Path, cells: dict[str, str], expected: str) -> None:
    assert one(tmp_path, "ROOT-06", {"root": cells}) == expected


@pytest.mark.parametrize(
    ("management", "password", "expected"),
    [
        (None, 0, "not-evaluated: The configuration does not say"),
        (True, 1, "not-applicable: The management account keeps its root credentials."),
        (False, 0, "pass"),
        (False, 1, "fail: The root user of this member account still has a password and access"),
    ],
)
def test_credentials_of_a_members_root(
    tmp_path: Path, management: bool | None, password: int, expected: str
) -> None:
    summary = {**NONE, "AccountPasswordPresent": password, "AccountAccessKeysPresent": password}
    given = {"account-summary": summary}
    assert one(tmp_path, "ROOT-16", given, management=management).startswith(expected)
