"""Passwords, roles in use, attached policies, control totals and certificates."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons
from tests.given import ACCOUNT, AS_OF


@pytest.mark.parametrize(("control", "example"), examples_of("access"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def one(folder: Path, control: str, given: dict[str, Any], **more: Any) -> str:
    (said,) = reasons(folder, control, given, **more).values()
    return said


def policy(**fields: Any) -> dict[str, Any]:
    return {"password-policy": fields}


def test_each_shortcoming_of_a_password_policy_is_said(tmp_path: Path) -> None:
    weak = policy(MinimumPasswordLength=8, PasswordReusePrevention=5)
    said = "asks for 8 characters, not 14 and remembers 5 passwords, not 24"
    assert one(tmp_path / "a", "E8-08", weak) == f"fail: The password policy {said}."
    # AWS leaves PasswordReusePrevention out where nothing is remembered.
    said = one(tmp_path / "b", "E8-08", policy(MinimumPasswordLength=14))
    assert said == "fail: The password policy remembers 0 passwords, not 24."
    strong = policy(MinimumPasswordLength=14, PasswordReusePrevention=24)
    assert one(tmp_path / "c", "E8-08", strong).startswith("pass: The password policy asks for 14")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"PasswordReusePrevention": 24},
        {"MinimumPasswordLength": "14", "PasswordReusePrevention": 24},
        {"MinimumPasswordLength": 14, "PasswordReusePrevention": "24"},
    ],
)
def test_a_password_policy_without_numbers_is_not_evaluated(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    said = "not-evaluated: The password policy has no readable MinimumPasswordLength."
    assert one(tmp_path, "E8-08", policy(**fields)) == said


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, "fail: No use on record, created 200 days ago; the limit is 90 days."),
        ({}, "fail: No use on record, created 200 days ago; the limit is 90 days."),
        ("damaged", "fail: No use on record, created 200 days ago; the limit is 90 days."),
        ({"LastUsedDate": ago(3)}, "pass: Last used 3 days ago."),
        ({"LastUsedDate": "soon"}, "not-evaluated: LastUsedDate is 'soon', not a date."),
    ],
)
def test_a_role_without_a_last_use_is_judged_by_its_age(
    tmp_path: Path, last: Any, expected: str
) -> None:
    role = {"RoleName": "r", "CreateDate": ago(200), "RoleLastUsed": last}
    assert one(tmp_path, "ROLE-09", {"authorization-details": {"roles": [role]}}) == expected


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3", "fail"),
        ("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine", "fail"),
        (f"arn:aws:iam::{ACCOUNT}:policy/team/AWSCompromisedKeyQuarantine", "fail"),
        (f"arn:aws:iam::{ACCOUNT}:policy/AWSCompromisedKeyQuarantine/other", "pass"),
        (f"arn:aws:iam::{ACCOUNT}:policy/NoAWSCompromisedKeyQuarantine", "pass"),
    ],
)
def test_a_quarantine_policy_is_known_by_its_name(tmp_path: Path, arn: str, expected: str) -> None:
    held = [{"PolicyName": "first", "PolicyArn": arn}]
    user = {"UserName": "u", "AttachedManagedPolicies": held}
    said = one(tmp_path, "SEC-01", {"authorization-details": {"users": [user]}})
    assert said.split(":")[0] == expected
    assert ("attached first." in said) is (expected == "fail")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"AttachmentCount": 0}, "fail: Is attached to nothing and is nobody's boundary."),
        ({"AttachmentCount": 2}, "pass: Attached 2 times, a boundary 0 times."),
        (
            {"AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1},
            "pass: Attached 0 times, a boundary 1 times.",
        ),
        ({}, "not-evaluated: AttachmentCount is None, not a number."),
        (
            {"AttachmentCount": 1, "PermissionsBoundaryUsageCount": "1"},
            "not-evaluated: PermissionsBoundaryUsageCount is '1', not a number.",
        ),
    ],
)
def test_a_policy_in_use(tmp_path: Path, counts: dict[str, Any], expected: str) -> None:
    own = {"PolicyName": "p", **counts}
    aws = {"PolicyName": "a", "Arn": "arn:aws:iam::aws:policy/a", "AttachmentCount": 0}
    given = {"authorization-details": {"policies": [own, aws]}}
    assert one(tmp_path, "POL-07", given) == expected


@pytest.mark.parametrize(
    ("rows", "users", "counted", "expected"),
    [
        (1, 1, 1, "pass"),
        (2, 1, 1, "fail"),
        (1, 2, 1, "fail"),
        (1, 1, 2, "fail"),
        (0, 0, 0, "pass"),
    ],
)
def test_control_totals(tmp_path: Path, rows: int, users: int, counted: int, expected: str) -> None:
    given = {
        "credential-report": [{"user": f"u{n}"} for n in range(rows)],
        "authorization-details": {"users": [{"UserName": f"u{n}"} for n in range(users)]},
        "account-summary": {"Users": counted},
    }
    said = f"credential report {rows}, authorisation details {users}, account summary {counted}"
    found = one(tmp_path, "MON-05", given)
    assert found.split(":")[0] == expected
    assert said in found


def test_a_list_with_gaps_has_no_total(tmp_path: Path) -> None:
    given = {
        "credential-report": [{"user": "u"}],
        "authorization-details": {"users": [{"UserName": "u"}, {"UserName": "u"}]},
        "account-summary": {"Users": 1},
    }
    assert one(tmp_path, "MON-05", given).startswith("fail")


def certificate(expires: str) -> dict[str, Any]:
    return {"server-certificates": [{"ServerCertificateName": "c", "Expiration": expires}]}


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (AS_OF + timedelta(seconds=1), "pass: Valid for 0 days more."),
        (AS_OF, "fail: Expired 0 days ago."),
        (AS_OF - timedelta(days=2), "fail: Expired 2 days ago."),
        (AS_OF + timedelta(days=3), "pass: Valid for 3 days more."),
    ],
)
def test_a_certificate_is_good_until_its_last_moment(
    tmp_path: Path, expires: datetime, expected: str
) -> None:
    assert one(tmp_path, "CERT-01", certificate(expires.isoformat())) == expected


def test_a_certificate_without_an_arn_is_the_accounts(tmp_path: Path) -> None:
    answer = {"ServerCertificateMetadataList": [{"Expiration": "soon"}]}
    files = {"server-certificates": json.dumps(answer)}
    found = reasons(tmp_path, "CERT-01", {}, files=files)
    assert found == {"account": "not-evaluated: Expiration is 'soon', not a date."}


def test_policies_of_ones_own_are_named_and_those_of_aws_are_not_meant(tmp_path: Path) -> None:
    inline = [{"PolicyName": f"p{n}", "PolicyDocument": {}} for n in range(4)]
    role = {"RoleName": "r", "RolePolicyList": inline}
    service = {
        "RoleName": "s",
        "Path": "/aws-service-role/x.amazonaws.com/",
        "RolePolicyList": inline,
    }
    given = {"authorization-details": {"roles": [role, service], "users": [{"UserName": "u"}]}}
    assert reasons(tmp_path, "POL-08", given) == {
        "r": "fail: Has inline policies: p0; p1; p2; and 1 more.",
        "s": "not-applicable: AWS manages this role.",
        "u": "pass: Has no inline policy.",
    }
