"""Populations of lists that are given as they are: which rows, which ids, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reportgen.lists import ReviewLists
from reportgen.model import AccountAssessment, AccountInfo, Envelope, Status
from reportgen.review.population import KINDS, NOT_KNOWN, Population, population
from tests.collect.test_totals import item

ONE, TWO = "111122223333", "444455556666"
AT = datetime(2026, 9, 30, tzinfo=UTC)
USER: Any = {
    "name": "u", "arn": "arn:u", "created": "2026-01-01", "console": False, "last_sign_in": "",
    "mfa": "none", "keys": [{}, {}], "grants": [], "power": "below administrator",
}  # fmt: skip
KEY: Any = {
    "user": "u", "arn": "arn:u", "number": 1, "active": True, "rotated": "2026-01-01",
    "last_used": "", "power": "below administrator",
}  # fmt: skip
ROLE: Any = {
    "name": "r", "arn": "arn:r", "created": "", "policies": 1, "boundary": True, "trusts": ["ec2"],
    "last_used": "2026-08-01", "usage_known": True, "idle_days": 60, "age_days": 90,
    "aws_managed": False, "grants": None, "power": "below administrator",
}  # fmt: skip
ASSIGNED: Any = {
    "permission_set": "Admin", "arn": "arn:ps", "account_id": TWO, "principal_type": "USER",
    "principal_id": "p-1", "grants": ["g"],
}  # fmt: skip


def account(
    lists: ReviewLists, number: str = ONE, **sources: Status | tuple[Status, str]
) -> AccountAssessment:
    envelopes: dict[str, Envelope] = {}
    for name, told in sources.items():
        status, detail = told if isinstance(told, tuple) else (told, "")
        key = name.replace("_", "-")
        envelopes[key] = replace(item(key, "", status).envelope, detail=detail)
    info = AccountInfo(number, "")
    return AccountAssessment(info, AT, AT, f"S-{number}", envelopes, (), (), lists)


def of(kind: str, *accounts: AccountAssessment) -> Population:
    return population(KINDS[kind], accounts)


def test_of_no_account_nothing_stands_anywhere() -> None:
    found = of("users")
    assert (found.as_of, found.rows, found.missing) == ("", (), {})
    one = of("users", account({"users": []}))
    assert (one.as_of, one.snapshots) == ("2026-09-30T00:00:00Z", {ONE: f"S-{ONE}"})


def test_a_user_s_keys_are_counted_where_each_can_be_told() -> None:
    unread = {**KEY, "active": None}
    others = {**unread, "user": "v", "arn": "arn:v"}
    for keys, told in (([KEY, KEY], "2"), ([others], "2"), ([KEY, unread], NOT_KNOWN), (None, "2")):
        lists: ReviewLists = {"users": [USER]}
        if keys is not None:
            lists["access_keys"] = keys
        (row,) = of("users", account(lists)).rows
        assert row.cells["active_keys"] == told


def test_a_row_goes_by_its_arn_or_by_its_name() -> None:
    nameless = {**USER, "name": "w", "arn": ""}
    found = of("users", account({"users": [USER, nameless]}))
    assert [(row.id, row.subject) for row in found.rows] == [
        ("arn:u", ("u", "arn:u")),
        ("w", ("w", "")),
    ]
    never = {**KEY, "arn": "", "rotated": "", "number": 2}
    keys = of("access-keys", account({"access_keys": [KEY, never]}))
    assert [row.id for row in keys.rows] == ["arn:u#1@2026-01-01", "u#2@never rotated"]


def test_a_role_of_aws_is_nobody_s_to_decide_on() -> None:
    theirs = {**ROLE, "arn": "arn:aws", "aws_managed": True}
    unknown = {**ROLE, "arn": "arn:s", "last_used": "", "usage_known": False}
    found = of("roles", account({"roles": [ROLE, theirs, unknown]}))
    assert [row.id for row in found.rows] == ["arn:r", "arn:s"]
    assert [row.cells["last_used"] for row in found.rows] == ["2026-08-01", NOT_KNOWN]
    cells = found.rows[0].cells
    assert (cells["grants"], cells["trusts"], cells["boundary"]) == (NOT_KNOWN, "ec2", "yes")


@pytest.mark.parametrize(("kind", "subject"), [("USER", ("p-1",)), ("GROUP", ())])
def test_an_assignment_is_of_a_person_or_of_none(kind: str, subject: tuple[str, ...]) -> None:
    found = of("assignments", account({"assignments": [{**ASSIGNED, "principal_type": kind}]}))
    (row,) = found.rows
    assert (row.id, row.account_id) == (f"arn:ps|{TWO}|{kind}|p-1", TWO)
    assert row.subject == subject
    assert found.missing == {}


def test_a_list_that_may_not_be_whole_is_missing_in_part() -> None:
    gaps: Any = [
        {"list": "users", "why": "a"},
        {"list": "roles", "why": "b"},
        {"list": "users", "why": "c"},
    ]
    lists: ReviewLists = {"users": [USER], "roles": [ROLE], "access_keys": [], "gaps": gaps}
    told = {kind: of(kind, account(lists)).missing for kind in ("users", "roles", "access-keys")}
    assert told == {"users": {ONE: "a; c"}, "roles": {ONE: "b"}, "access-keys": {}}


READ = Status.COLLECTED


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        ({}, "credential-report was not collected"),
        ({"credential_report": (Status.DENIED, "no")}, "credential-report: denied no"),
        ({"credential_report": READ}, "authorization-details was not collected"),
        ({"credential_report": READ, "authorization_details": Status.FAILED},
         "authorization-details: failed"),
        ({"credential_report": READ, "authorization_details": READ},
         "credential-report is too old, or cannot be read"),
    ],
)  # fmt: skip
def test_why_a_list_is_not_there(sources: Any, why: str) -> None:
    assert of("users", account({}, **sources)).missing == {ONE: why}


@pytest.mark.parametrize(
    ("status", "missing"),
    [
        (None, {}),
        (Status.NOT_ENABLED, {}),
        # It is managed there, and was not read.
        (Status.DENIED, {TWO: "identity-center: denied"}),
    ],
)
def test_assignments_are_told_where_identity_center_is_managed(
    status: Status | None, missing: dict[str, str]
) -> None:
    other = account({}, TWO, **({} if status is None else {"identity_center": status}))
    assert of("assignments", account({"assignments": []}), other).missing == missing
    nowhere = {**missing, "organisation": "identity-center was read in no account"}
    assert of("assignments", other).missing == nowhere
