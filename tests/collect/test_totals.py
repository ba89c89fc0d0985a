"""Control totals: three counts, and a difference that is written down also when it is zero."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reportgen.collect.totals import control_totals
from reportgen.evidence.store import Item
from reportgen.model import Envelope, Grade, Status
from tests.given import credential_report

FIELDS = {
    "operation": "x",
    "parameters": {},
    "account_id": "111122223333",
    "partition": "aws",
    "region": "",
    "caller_arn": "",
    "collected_at": "2026-09-30T00:00:00Z",
    "recorded_at": "2026-09-30T00:00:00Z",
    "tool_version": "0",
    "detail": "",
    "origin": "aws",
    "grade": Grade.GOOD,
}


def item(source: str, content: str, status: Status = Status.COLLECTED) -> Item:
    about = Envelope(source=source, status=status, **FIELDS)  # type: ignore[arg-type]
    return Item(about, content.encode())


def given(users: int, rows: int, counted: Any, **more: Any) -> dict[str, Item]:
    listed = {"UserDetailList": [{}] * users, "RoleDetailList": [], "GroupDetailList": [], **more}
    report = credential_report(
        [{"user": "<root_account>"}, *({"user": f"u{n}"} for n in range(rows))]
    )
    summary = {"SummaryMap": {"Users": counted, "Roles": 0, "Groups": 1}}
    return {
        "authorization-details": item("authorization-details", json.dumps(listed)),
        "credential-report": item("credential-report", report),
        "account-summary": item("account-summary", json.dumps(summary)),
    }


@pytest.mark.parametrize(
    ("users", "rows", "counted", "difference"),
    [(2, 2, 2, 0), (2, 1, 2, 1), (0, 0, 0, 0), (5, 2, 3, 3), (1, 1, True, 0), (1, 1, "2", 0)],
)
def test_the_difference_is_the_largest_less_the_smallest(
    users: int, rows: int, counted: Any, difference: int
) -> None:
    totals = control_totals(given(users, rows, counted))["users"]
    assert totals["difference"] == difference
    assert totals["authorization-details"] == users
    assert totals["credential-report"] == rows


def test_groups_and_roles_have_two_counts() -> None:
    totals = control_totals(given(0, 0, 0))
    assert totals["roles"] == {"authorization-details": 0, "account-summary": 0, "difference": 0}
    assert totals["groups"]["difference"] == 1


@pytest.mark.parametrize(
    ("own", "of_aws", "counted", "difference"), [(0, 0, 0, 0), (2, 5, 2, 0), (2, 1, 3, 1)]
)
def test_policies_of_aws_are_not_the_account_s(
    own: int, of_aws: int, counted: int, difference: int
) -> None:
    arns = [f"arn:aws:iam::111122223333:policy/{n}" for n in range(own)]
    arns += [f"arn:aws:iam::aws:policy/job-function/{n}" for n in range(of_aws)]
    items = given(0, 0, 0, Policies=[{"Arn": arn} for arn in arns])
    summary = {"SummaryMap": {"Policies": counted}}
    items["account-summary"] = item("account-summary", json.dumps(summary))
    assert control_totals(items)["policies"] == {
        "authorization-details": own,
        "account-summary": counted,
        "difference": difference,
    }


def test_a_list_that_is_none_counts_nothing() -> None:
    assert control_totals(given(0, 0, 0, RoleDetailList=7))["roles"]["difference"] is None
    # What is no record is a row all the same.
    assert control_totals(given(0, 0, 0, RoleDetailList=[None]))["roles"]["difference"] == 1


def test_one_count_alone_has_no_difference() -> None:
    items = {"account-summary": given(1, 1, 4)["account-summary"]}
    assert control_totals(items)["users"] == {
        "authorization-details": None,
        "account-summary": 4,
        "credential-report": None,
        "difference": None,
    }


def test_a_list_that_is_cut_off_and_a_denied_read_count_nothing() -> None:
    items = given(1, 1, 1, IsTruncated=True, Marker="m")
    items["credential-report"] = item("credential-report", "", Status.DENIED)
    totals = control_totals(items)["users"]
    assert totals["authorization-details"] is None
    assert totals["credential-report"] is None
    assert totals["difference"] is None
