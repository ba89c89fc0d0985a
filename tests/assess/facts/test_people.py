"""The credential report: its age, its lines, and whether it has every user."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import Unavailable
from tests.assess.facts.holding import DENIED, facts_of
from tests.assess.facts.test_mfa import read_as
from tests.given import ACCOUNT, AS_OF, authorization_details, credential_report, root_row

OLD = "2020-01-01T00:00:00+00:00"


def report(*users: str, **files: Any) -> dict[str, Any]:
    rows = [{"user": name, "user_creation_time": OLD} for name in users]
    return {"credential-report": credential_report([root_row(), *rows]), **files}


def details(*users: str) -> dict[str, Any]:
    return authorization_details({"users": [{"UserName": name} for name in users]})


def summary(users: int) -> dict[str, Any]:
    return {"SummaryMap": {"Users": users}}


def test_roots_line_is_apart(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, report("a", "b"))
    assert [row.user for row in facts.credential_rows()] == ["a", "b"]
    assert facts.root_row().arn == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_report_without_root_says_so(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"credential-report": credential_report([{"user": "a"}])})
    with pytest.raises(Unavailable, match="no line for the root user"):
        facts.root_row()


@pytest.mark.parametrize(
    ("files", "missing", "said"),
    [
        ({"authorization-details": details("a")}, [], ""),
        ({"authorization-details": details("a", "b")}, ["b"], ""),
        ({"authorization-details": details()}, [], ""),
        ({"account-summary": summary(1)}, [], ""),
        (
            {"account-summary": summary(2)},
            [],
            "the account has 2 users, the report 1; authorization-details was not collected",
        ),
        (
            {"account-summary": summary(0)},
            [],
            "the account has 0 users, the report 1; authorization-details was not collected",
        ),
        ({}, [], "authorization-details was not collected; account-summary was not collected"),
        (
            {"authorization-details": DENIED, "account-summary": DENIED},
            [],
            "authorization-details could not be read: denied (AccessDenied: not authorized); "
            "account-summary could not be read: denied (AccessDenied: not authorized)",
        ),
        (
            {"authorization-details": {**details("a"), "IsTruncated": True}},
            [],
            "authorization-details is cut off: AWS had more pages",
        ),
        (
            {"authorization-details": {**details("a", "a"), "IsTruncated": True}},
            [],
            "authorization-details is cut off: AWS had more pages; "
            f"arn:aws:iam::{ACCOUNT}:user/a is listed twice",
        ),
    ],
)
def test_whether_the_report_is_whole(
    tmp_path: Path, files: dict[str, Any], missing: list[str], said: str
) -> None:
    found, gap = facts_of(tmp_path, report("a", **files)).users_missing_from_report()
    assert [user.name for user in found] == missing
    assert gap == said


def test_a_line_without_an_arn_is_known_by_its_name(tmp_path: Path) -> None:
    rows = [{"user": "a", "arn": ""}, {"user": "b"}]
    files = {
        "credential-report": credential_report(rows),
        "authorization-details": details("a", "b", "c"),
    }
    found, gap = facts_of(tmp_path, files).users_missing_from_report()
    assert ([user.name for user in found], gap) == (["c"], "")


def test_a_line_with_an_arn_is_not_known_by_its_name(tmp_path: Path) -> None:
    # A user deleted and made anew under another path keeps the name and not the ARN.
    rows = [{"user": "a", "arn": f"arn:aws:iam::{ACCOUNT}:user/old/a"}]
    files = {
        "credential-report": credential_report(rows),
        "authorization-details": details("a"),
    }
    found, _ = facts_of(tmp_path, files).users_missing_from_report()
    assert [user.name for user in found] == ["a"]


def generated(folder: Path, days: int, *, created: str = OLD, origin: str = "file") -> AccountFacts:
    """A report that AWS made so many days before the assessment."""
    rows = [root_row(), {"user": "a", "user_creation_time": created}]
    facts = facts_of(folder, {"credential-report": credential_report(rows)})
    moment = (AS_OF - timedelta(days=days)).isoformat()
    read_as(facts, "credential-report", generated_time=moment, origin=origin)
    return facts


@pytest.mark.parametrize(("days", "usable"), [(44, True), (45, True), (46, False)])
def test_a_report_may_be_as_old_as_the_limit(tmp_path: Path, days: int, usable: bool) -> None:
    facts = generated(tmp_path, days)
    if usable:
        assert len(facts.credential_rows()) == 1
    else:
        with pytest.raises(Unavailable, match="generated 46 days before the assessment"):
            facts.credential_rows()


def test_the_age_of_a_live_report_is_that_of_its_read(tmp_path: Path) -> None:
    assert len(generated(tmp_path, 400, origin="aws").credential_rows()) == 1


@pytest.mark.parametrize(("hours", "believed"), [(24, True), (25, False)])
def test_a_report_is_no_older_than_what_it_records(
    tmp_path: Path, hours: int, believed: bool
) -> None:
    """Clocks may differ by a day; beyond that the stated time of the report cannot be right."""
    made = (AS_OF - timedelta(days=60) + timedelta(hours=hours)).isoformat()
    facts = generated(tmp_path, 60, created=made)
    if believed:
        with pytest.raises(Unavailable, match="generated 60 days"):
            facts.credential_rows()
    else:
        assert len(facts.credential_rows()) == 1


@pytest.mark.parametrize("created", ["N/A", "soon"])
def test_a_report_without_moments_has_the_age_that_it_states(tmp_path: Path, created: str) -> None:
    with pytest.raises(Unavailable, match="generated 46 days"):
        generated(tmp_path, 46, created=created).credential_rows()


def test_each_user_is_there_once_and_what_is_odd_of_it_is_said(tmp_path: Path) -> None:
    """A user whose line has no ARN, or one of something else, goes by its name."""
    odd = f"arn:aws:iam::{ACCOUNT}:role/c"
    rows: list[dict[str, str]] = [
        {"user": "a"},
        {"user": "b", "arn": ""},
        {"user": "c", "arn": odd},
    ]
    rows += [{"user": "d"}, {"user": "d"}]
    files = {
        "credential-report": credential_report([root_row(), *rows]),
        "authorization-details": details("a", "b", "c", "d", "e"),
    }
    people = facts_of(tmp_path, files).people()
    assert list(people.rows) == [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in "abcd"]
    assert people.faults == {
        f"arn:aws:iam::{ACCOUNT}:user/c": f"the credential report's ARN of this user is {odd!r}",
        f"arn:aws:iam::{ACCOUNT}:user/d": "the credential report lists this user more than once",
    }
    assert [user.name for user in people.missing] == ["e"]
    assert people.gap == ""
