"""Rules: every comparison at its limit, and what has no value is not evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.assess.rule import check_of
from reportgen.catalogue import TableRule
from reportgen.model import AccountInfo
from tests.given import ACCOUNT, AS_OF, short_form, store_with


def verdicts(
    folder: Path, given: dict[str, Any], table: str, *require: Any, where: Any = ()
) -> Any:
    _, snapshot = store_with(folder, dict(short_form(given)))
    facts = AccountFacts(AccountInfo(ACCOUNT, "x"), snapshot, AS_OF, 45, {})
    rule = TableRule(
        table=table, where=list(where), require=list(require), passed="Yes.", failed="No."
    )
    return {j.resource.split("/")[-1]: j.verdict.value for j in check_of(rule)(facts)}


CASES = [
    ({"equals": "TRUE"}, "true", "pass"),
    ({"equals": "true"}, "false", "fail"),
    ({"one_of": ["a", "b"]}, "B", "pass"),
    ({"one_of": ["a", "b"]}, "c", "fail"),
    ({"like": "svc-*"}, "svc-1", "pass"),
    ({"like": "svc-*"}, "sv", "fail"),
    ({"at_most": 5}, "5", "pass"),
    ({"at_most": 5}, "6", "fail"),
    ({"at_least": 5}, "5", "pass"),
    ({"at_least": 5}, "4", "fail"),
    ({"at_least": 5}, "five", "not-evaluated"),
    ({"within_days": 90}, "2026-07-02T00:00:00Z", "pass"),
    ({"within_days": 90}, "2026-07-01T00:00:00Z", "fail"),
    ({"within_days": 90}, "2026-10-01T00:00:01Z", "not-evaluated"),
    ({"within_days": 90}, "spring", "not-evaluated"),
    ({"equals": "x"}, "N/A", "not-evaluated"),
    ({"present": True}, "N/A", "fail"),
    ({"present": True}, "x", "pass"),
    ({"present": False}, "no_information", "pass"),
    ({"present": False}, "x", "fail"),
]


@pytest.mark.parametrize(("comparison", "cell", "expected"), CASES)
def test_a_comparison(tmp_path: Path, comparison: dict[str, Any], cell: str, expected: str) -> None:
    report = [{"user": "u", "password_last_used": cell}]
    given = {"credential-report": report, "account-summary": {"Users": 1}}
    condition = {"field": "password_last_used", **comparison}
    assert verdicts(tmp_path, given, "credential-report", condition) == {"u": expected}


def test_a_column_that_is_not_there_is_not_evaluated(tmp_path: Path) -> None:
    given = {"credential-report": [{"user": "u"}], "account-summary": {"Users": 1}}
    condition = {"field": "pasword_enabled", "present": False}
    assert verdicts(tmp_path, given, "credential-report", condition) == {"u": "not-evaluated"}


def test_where_chooses_the_rows(tmp_path: Path) -> None:
    boundary = {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limit"}
    given = {"authorization-details": {"roles": [
        {"RoleName": "deploy-a", "PermissionsBoundary": boundary},
        {"RoleName": "deploy-b"},
        {"RoleName": "app"},
    ]}}  # fmt: skip
    found = verdicts(
        tmp_path, given, "roles",
        {"field": "PermissionsBoundary.PermissionsBoundaryArn", "present": True},
        where=[{"field": "RoleName", "like": "deploy-*"}],
    )  # fmt: skip
    assert found == {"deploy-a": "pass", "deploy-b": "fail", "app": "not-applicable"}


def test_no_rows_is_not_applicable(tmp_path: Path) -> None:
    given = {"authorization-details": {"groups": []}}
    found = verdicts(tmp_path, given, "groups", {"field": "GroupName", "present": True})
    assert set(found.values()) == {"not-applicable"}
