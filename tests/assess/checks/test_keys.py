"""Access keys: their age, their use and their owners, in verdict and in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons
from tests.given import AS_OF


@pytest.mark.parametrize(("control", "example"), examples_of("keys"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def of(folder: Path, control: str, *, users: Any = None, **cells: str) -> str:
    given: dict[str, Any] = {
        "credential-report": [{"user": "u", **cells}],
        "account-summary": {"Users": 1},
    }
    if users is not None:
        given["authorization-details"] = {"users": users}
    return reasons(folder, control, given)["u"]


def key(number: int, made: int, used: int | None = None) -> dict[str, str]:
    cells = {
        f"access_key_{number}_active": "true",
        f"access_key_{number}_last_rotated": ago(made),
    }
    if used is not None:
        cells[f"access_key_{number}_last_used_date"] = ago(used)
    return cells


def test_the_oldest_key_is_told(tmp_path: Path) -> None:
    said = of(tmp_path / "a", "KEY-03", **key(1, 3), **key(2, 50))
    assert said == "pass: Oldest active access key is 50 days old."
    said = of(tmp_path / "b", "KEY-03", **key(1, 100), **key(2, 200))
    assert said == (
        "fail: Access key 1 is 100 days old and access key 2 is 200 days old; the limit is 90 days."
    )


@pytest.mark.parametrize("control", ["KEY-03", "KEY-12", "KEY-11"])
def test_a_key_without_a_date_of_creation_is_not_evaluated(tmp_path: Path, control: str) -> None:
    said = of(tmp_path, control, access_key_1_active="true")
    assert said == "not-evaluated: Access key 1 is active but has no date of creation."


def test_a_key_that_was_used_needs_no_age(tmp_path: Path) -> None:
    cells = {"access_key_1_active": "true", "access_key_1_last_used_date": ago(1)}
    assert of(tmp_path / "a", "KEY-12", **cells).startswith("pass")
    assert of(tmp_path / "b", "KEY-11", **cells).startswith("pass")


def test_one_idle_key_of_two(tmp_path: Path) -> None:
    said = of(tmp_path, "KEY-12", **key(1, 100, 1), **key(2, 100))
    assert said == "fail: Access key 2 was never used in 100 days."


def test_every_stale_credential_is_told(tmp_path: Path) -> None:
    said = of(
        tmp_path,
        "KEY-11",
        password_enabled="true",
        password_last_used=ago(60),
        **key(1, 400, 70),
        **key(2, 80),
    )
    assert said == (
        "fail: Last signed in 60 days ago and access key 1 last used 70 days ago and "
        "access key 2 never used in 80 days; the limit is 45 days."
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "not-applicable"),
        ({"password_enabled": "true", "password_last_used": ago(1)}, "pass"),
        (key(1, 1), "pass"),
        # An old password that is switched off opens nothing.
        ({"password_last_used": ago(400), **key(1, 400, 1)}, "pass"),
    ],
)
def test_credentials_that_work(tmp_path: Path, cells: dict[str, str], expected: str) -> None:
    assert of(tmp_path, "KEY-11", **cells).split(":")[0] == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"owner": "a", "purpose": "b"}, "pass"),
        ({"Owner": "a", "PURPOSE": "b"}, "pass"),
        ({"owner": "a"}, "fail: Has an active access key and no purpose tag."),
        ({"owner": " ", "purpose": "b"}, "fail: Has an active access key and no owner tag."),
        ({}, "fail: Has an active access key and no owner or purpose tag."),
    ],
)
def test_a_key_has_an_owner_and_a_purpose(
    tmp_path: Path, tags: dict[str, str], expected: str
) -> None:
    user = {"UserName": "u", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
    assert of(tmp_path, "KEY-05", users=[user], **key(1, 1)).startswith(expected)


def test_the_tags_of_a_user_that_is_not_listed_are_not_known(tmp_path: Path) -> None:
    assert of(tmp_path / "a", "KEY-05", users=[], **key(1, 1)).startswith("not-evaluated")
    assert of(tmp_path / "b", "KEY-05", users=[]).startswith("not-applicable")
