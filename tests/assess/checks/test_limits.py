"""Every threshold of a check exactly at it, one under and one over.

An age is counted in whole days. "No older than 90 days" holds on day 90 and fails on day 91; what
must have lain quiet for 30 days fails on day 30 and holds on day 31.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.assess.test_credential_cases import judge
from tests.given import AS_OF


def ago(days: int, seconds: int = 0) -> str:
    return (AS_OF - timedelta(days=days, seconds=seconds)).isoformat()


def user(**cells: str) -> dict[str, Any]:
    return {"credential-report": [{"user": "u", **cells}]}


KEY = {"access_key_1_active": "true", "access_key_1_last_rotated": ago(0)}


def rotated(days: int, key: int = 1) -> dict[str, Any]:
    return user(**{f"access_key_{key}_active": "true", f"access_key_{key}_last_rotated": ago(days)})


def never_used(days: int) -> dict[str, Any]:
    return rotated(days)


def key_used(days: int) -> dict[str, Any]:
    return user(
        access_key_1_active="true",
        access_key_1_last_rotated=ago(400),
        access_key_1_last_used_date=ago(days),
    )


def signed_in(days: int) -> dict[str, Any]:
    return user(password_enabled="true", password_last_used=ago(days))


def password_made(days: int) -> dict[str, Any]:
    return user(
        password_enabled="true",
        password_last_used="no_information",
        password_last_changed=ago(days),
    )


def user_made(days: int) -> dict[str, Any]:
    return user(password_enabled="true", user_creation_time=ago(days))


def role(days: int, *, used: bool = True) -> dict[str, Any]:
    record: dict[str, Any] = {"RoleName": "u", "CreateDate": ago(400 if used else days)}
    if used:
        record["RoleLastUsed"] = {"LastUsedDate": ago(days), "Region": "ap-southeast-2"}
    return {"authorization-details": {"roles": [record]}}


def role_made(days: int) -> dict[str, Any]:
    return role(days, used=False)


FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def administrator(days: int) -> dict[str, Any]:
    given = role(days)
    record = given["authorization-details"]["roles"][0]
    record["RolePolicyList"] = [{"PolicyName": "p", "PolicyDocument": FULL}]
    given["authorization-details"]["users"] = []
    return given


NO_MORE_THAN = [
    ("KEY-03", rotated, 90),
    ("KEY-03", lambda days: rotated(days, 2), 90),
    ("KEY-11", key_used, 45),
    ("KEY-11", never_used, 45),
    ("KEY-11", signed_in, 45),
    ("KEY-11", password_made, 45),
    ("KEY-12", never_used, 45),
    ("KEY-13", signed_in, 45),
    ("KEY-13", password_made, 45),
    ("KEY-13", user_made, 45),
    ("IDC-08", lambda days: user(user_creation_time=ago(days)), 45),
    ("ROLE-09", role, 90),
    ("ROLE-09", role_made, 90),
    ("LP-03", administrator, 45),
]


@pytest.mark.parametrize(("control", "given", "limit"), NO_MORE_THAN)
def test_no_more_than_so_many_days(tmp_path: Path, control: str, given: Any, limit: int) -> None:
    verdicts = [
        judge(tmp_path / str(days), control, given(days))["u"].verdict.value
        for days in (limit - 1, limit, limit + 1)
    ]
    assert verdicts == ["pass", "pass", "fail"]


@pytest.mark.parametrize(
    "cells",
    [
        {"password_last_used": "AGO"},
        {"access_key_1_last_used_date": "AGO"},
        {"access_key_2_last_used_date": "AGO"},
    ],
)
def test_root_lies_quiet(tmp_path: Path, cells: dict[str, str]) -> None:
    verdicts = []
    for days in (29, 30, 31):
        given = {"root": {name: ago(days) for name in cells}}
        verdicts.append(judge(tmp_path / str(days), "ROOT-06", given)["account"].verdict.value)
    assert verdicts == ["fail", "fail", "pass"]


def test_break_glass_lies_quiet(tmp_path: Path) -> None:
    verdicts = []
    for days in (29, 30, 31):
        given = user(password_enabled="true", mfa_active="true", password_last_used=ago(days))
        tags = [{"Key": "purpose", "Value": "break-glass"}]
        given["authorization-details"] = {"users": [{"UserName": "u", "Tags": tags}]}
        verdicts.append(judge(tmp_path / str(days), "IDC-04", given)["u"].verdict.value)
    assert verdicts == ["fail", "fail", "pass"]


@pytest.mark.parametrize(("length", "reuse", "expected"), [
    (13, 24, "fail"), (14, 24, "pass"), (15, 24, "pass"), (14, 23, "fail"), (14, None, "fail"),
])  # fmt: skip
def test_password_policy(tmp_path: Path, length: int, reuse: int | None, expected: str) -> None:
    policy = {"MinimumPasswordLength": length}
    if reuse is not None:
        policy["PasswordReusePrevention"] = reuse
    found = judge(tmp_path, "E8-08", {"password-policy": policy, "credential-report": []})
    assert found["account"].verdict.value == expected


def test_a_day_is_whole(tmp_path: Path) -> None:
    almost = user(access_key_1_active="true", access_key_1_last_rotated=ago(91, seconds=-1))
    assert judge(tmp_path, "KEY-03", almost)["u"].verdict.value == "pass"


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(timedelta(days=1), "pass"), (timedelta(days=1, seconds=1), "not-evaluated")],
)
def test_a_moment_after_the_assessment(tmp_path: Path, ahead: timedelta, expected: str) -> None:
    """Clocks may differ by a day; what is later than that cannot be right."""
    moment = (AS_OF + ahead).isoformat()
    key = user(access_key_1_active="true", access_key_1_last_rotated=moment)
    assert judge(tmp_path / "key", "KEY-03", key)["u"].verdict.value == expected
    given = role(0)
    given["authorization-details"]["roles"][0]["RoleLastUsed"]["LastUsedDate"] = moment
    assert judge(tmp_path / "role", "ROLE-09", given)["u"].verdict.value == expected
    given = administrator(0)
    given["authorization-details"]["roles"][0]["RoleLastUsed"]["LastUsedDate"] = moment
    assert judge(tmp_path / "admin", "LP-03", given)["u"].verdict.value == expected
