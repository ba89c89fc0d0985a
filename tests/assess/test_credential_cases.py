"""The credential report, MFA devices and root: the numbered cases that checkers get wrong.

The number and source of each case are in its id; ``recall`` marks what no primary source confirms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import mfa_kind
from reportgen.assess.run import find_check, run_control
from reportgen.catalogue import load_catalogue
from reportgen.evidence.answers import parse_credential_report
from reportgen.model import AccountInfo, Result
from tests.given import ACCOUNT, AS_OF, credential_report, short_form, store_with

CATALOGUE = load_catalogue()
NO_ROOT = {
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AccountAccessKeysPresent": 0,
    "AccountSigningCertificatesPresent": 0,
}
NEW, OLD = "2026-09-27T00:00:00+00:00", "2026-01-01T00:00:00+00:00"


def judge(
    tmp_path: Path, control_id: str, given: dict[str, Any], partition: str = "aws", **account: Any
) -> dict[str, Result]:
    files = {k: v.replace("arn:aws:", f"arn:{partition}:") for k, v in short_form(given).items()}
    _, snapshot = store_with(tmp_path, dict(files))
    facts = AccountFacts(AccountInfo(ACCOUNT, "Test", **account), snapshot, AS_OF, 45, {})
    control = CATALOGUE.controls[control_id]
    results = run_control(control, find_check(CATALOGUE, control), facts, control.parameters)
    return {r.resource.split("/")[-1] if "/" in r.resource else "account": r for r in results}


def row(**cells: str) -> list[dict[str, str]]:
    return [{"user": "u", **cells}]


def case(number: str, control: str, given: Any, name: str, expected: str, **account: Any) -> Any:
    return pytest.param(control, given, name, expected, account, id=number)


CASES = [
    case("81-doc", "ROOT-01", {"account-summary": {"AccountMFAEnabled": 0, "AccountPasswordPresent": 1}, "root": {"password_enabled": "not_supported"}}, "account", "fail"),
    case("82-model", "ROOT-01", {"account-summary": NO_ROOT}, "account", "pass", management=False),
    case("82-model-feature-alone", "ROOT-01", {"account-summary": {**NO_ROOT, "AccountPasswordPresent": 1}}, "account", "fail", management=False),
    case("83-doc", "ROOT-01", {"account-summary": {"AccountMFAEnabled": 0, "AccountPasswordPresent": 1}}, "account", "fail", management=True),
    case("84-doc", "ROOT-02", {"account-summary": {"AccountMFAEnabled": 1}, "virtual-mfa-devices": [{"serial": "mfa/anything", "user": "root"}]}, "account", "fail"),
    case("85-code", "ROOT-02", {"account-summary": {"AccountMFAEnabled": 1}, "virtual-mfa-devices": [{"serial": "mfa/rooter", "user": "rooter"}]}, "account", "pass"),
    case("88-recall", "MFA-01", {"credential-report": row(mfa_active="true", password_enabled="false")}, "u", "not-applicable"),
    case("89-doc", "KEY-11", {"credential-report": row(password_enabled="true", password_last_used="no_information", password_last_changed=OLD)}, "u", "fail"),
    case("89-doc-new", "KEY-11", {"credential-report": row(password_enabled="true", password_last_used="no_information", password_last_changed=NEW)}, "u", "pass"),
    case("90-doc", "KEY-13", {"credential-report": row(password_enabled="false", password_last_used="N/A")}, "u", "not-applicable"),
    case("91-doc-new", "KEY-12", {"credential-report": row(access_key_1_active="true", access_key_1_last_rotated=NEW)}, "u", "pass"),
    case("91-doc-old", "KEY-12", {"credential-report": row(access_key_1_active="true", access_key_1_last_rotated=OLD)}, "u", "fail"),
    case("92-doc", "KEY-03", {"credential-report": row(access_key_1_active="false", access_key_1_last_rotated="2025-08-26T00:00:00+00:00")}, "u", "not-applicable"),
    case("93-live", "MFA-01", {"credential-report": row(mfa_active="TRUE", password_enabled="TRUE")}, "u", "pass"),
    case("93-live-zulu", "KEY-03", {"credential-report": row(access_key_1_active="true", access_key_1_last_rotated="2026-01-01T00:00:00Z")}, "u", "fail"),
    case("96-doc", "E8-08", {"password-policy": None}, "account", "fail"),
    case("97-model-old", "ROLE-09", {"authorization-details": {"roles": [{"RoleName": "r", "CreateDate": OLD}]}}, "r", "fail"),
    case("97-model-new", "ROLE-09", {"authorization-details": {"roles": [{"RoleName": "r", "CreateDate": NEW}]}}, "r", "pass"),
]  # fmt: skip


@pytest.mark.parametrize(("control", "given", "name", "expected", "account"), CASES)
def test_case(
    control: str,
    given: dict[str, Any],
    name: str,
    expected: str,
    account: dict[str, Any],
    tmp_path: Path,
) -> None:
    assert judge(tmp_path, control, given, **account)[name].verdict == expected


def test_86_serials_tell_the_kind_of_device() -> None:
    # doc: IAM identifiers. That a synced passkey is no hardware is recall, and is not judged.
    assert mfa_kind(f"arn:aws:iam::{ACCOUNT}:u2f/user/x/key") == "fido"
    assert mfa_kind(f"arn:aws:iam::{ACCOUNT}:mfa/x") == "totp-app"
    assert mfa_kind("GAHT12345678") == "totp-token"


def test_87_root_in_govcloud_has_no_sign_in(tmp_path: Path) -> None:
    given = {"account-summary": {"AccountMFAEnabled": 0}, "credential-report": row()}
    found = judge(tmp_path, "ROOT-01", given, partition="aws-us-gov")
    assert found["account"].verdict == "not-applicable"


def test_93_columns_that_nobody_knows_do_no_harm() -> None:
    lines = credential_report(row(mfa_active="true")).splitlines()
    text = "\n".join(f"{line},{tail}" for line, tail in zip(lines, ("new", "x"), strict=True))
    assert parse_credential_report(text.encode()).rows[0]["mfa_active"] == "true"


def test_95_a_last_use_in_aws_s_gap_still_counts_as_a_use(tmp_path: Path) -> None:
    # doc: dates between 2018-05-03 and 2018-05-23 are missing; such a user shows an older one.
    cells = {"password_enabled": "true", "password_last_used": "2018-05-03T00:00:00+00:00"}
    found = judge(tmp_path, "KEY-11", {"credential-report": row(**cells)})
    assert found["u"].verdict == "fail"
    assert "ago" in found["u"].reason


# 94 (a report in the making, or expired) is in test_collect; 98 (other credentials than keys) and
# 99 (Identity Center's people) are outside the credential report: the report says so on its page
# "What we did not look at".
