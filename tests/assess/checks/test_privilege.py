"""Administrators, ways to become one, and AWS's broad policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.catalogue import Control, Example
from reportgen.model import AccountInfo, absent
from tests.assess.checks.cases import examples_of, hold, judge
from tests.assess.checks.principals import (
    ALL,
    ESCALATES,
    READ,
    SSO_PATH,
    ago,
    allow,
    attached,
    of,
    policy,
    role,
    signing,
    user,
)
from tests.given import ACCOUNT, AS_OF, short_form, store_with


@pytest.mark.parametrize(("control", "example"), examples_of("privilege"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", ALL), "fail"),
        (role("Prod-BreakGlass-1", ALL), "pass"),
        (role("OrganizationAccountAccessRole", ALL), "pass"),
        (role("r", allow("s3:*")), "pass: Is no administrator."),
        # That one can become an administrator is for BND-03.
        (role("r", ESCALATES), "pass: Is no administrator."),
        (role("r", allow("*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})), "fail"),
    ],
)
def test_administrators(tmp_path: Path, record: Any, expected: str) -> None:
    (said,) = of(tmp_path, "LP-01", record).values()
    assert said.startswith(expected)
    # What is said of it starts a sentence.
    assert said.split(": ", 1)[1][0].isupper()


def test_an_administrators_reason_is_told_whole(tmp_path: Path) -> None:
    (plain,) = of(tmp_path / "a", "KEY-06", user("u", ALL), given=signing()).values()
    (said,) = of(tmp_path / "b", "LP-01", user("u", ALL)).values()
    reason = plain.removeprefix("fail: Has an active key and is an administrator: ").rstrip(".")
    assert said.removeprefix("fail: ").casefold().startswith(reason.casefold())


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"password_last_used": ago(45)}, "pass: Is privileged and was last used 45 days ago."),
        (
            {"password_last_used": ago(200), "access_key_2_last_used_date": ago(3)},
            "pass: Is privileged and was last used 3 days ago.",
        ),
        ({"access_key_1_last_used_date": ago(46)}, "fail: Is privileged and was last used 46 d"),
        ({"user_creation_time": ago(46)}, "fail: Is privileged, never used, created 46 days ago"),
        ({"user_creation_time": ago(45)}, "pass: Is privileged, never used, created 45 days ago."),
        ({"user_creation_time": "N/A"}, "not-evaluated: Neither a use nor a creation"),
        ({"user_creation_time": "soon"}, "not-evaluated: User_creation_time is 'soon', not a date"),
    ],
)
def test_a_privileged_user_was_used_lately(
    tmp_path: Path, cells: dict[str, str], expected: str
) -> None:
    given = {"credential-report": [{"user": "u", **cells}]}
    found = of(tmp_path, "LP-03", user("u", ALL), user("plain"), given=given)
    assert found["u"].startswith(expected)
    assert found["plain"] == "not-applicable: Is not privileged."


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", ALL, RoleLastUsed={"LastUsedDate": ago(45)}), "pass: Is privileged and was"),
        (role("r", ALL, RoleLastUsed={"LastUsedDate": ago(46)}), "fail"),
        (role("r", ESCALATES, RoleLastUsed={"LastUsedDate": ago(46)}), "fail"),
        (role("r", ALL, RoleLastUsed={}, CreateDate=ago(45)), "pass: Is privileged, never used"),
        (role("r", ALL, RoleLastUsed="x", CreateDate=ago(46)), "fail: Is privileged, never used"),
        (role("r", ALL, CreateDate=""), "not-evaluated: Neither a use nor a creation is on re"),
        (role("r"), "not-applicable"),
    ],
)
def test_a_privileged_role_was_used_lately(tmp_path: Path, record: Any, expected: str) -> None:
    assert of(tmp_path, "LP-03", record)["r"].startswith(expected)


def test_the_report_is_asked_for_only_where_a_user_is_privileged(tmp_path: Path) -> None:
    boss = role("boss", ALL, RoleLastUsed={"LastUsedDate": ago(1)})
    report = absent(ACCOUNT, "credential-report")

    def asked(folder: Path, *records: Any) -> bool:
        given = {
            "authorization-details": {
                "users": [r for r in records if "UserName" in r],
                "roles": [r for r in records if "RoleName" in r],
            }
        }
        return any(report in row.evidence for row in judge(folder, "LP-03", given))

    assert not asked(tmp_path / "a", boss, user("plain"))
    assert asked(tmp_path / "b", boss, user("u", ALL), user("plain"))


def test_a_privileged_user_that_the_report_does_not_show(tmp_path: Path) -> None:
    given: dict[str, Any] = {"credential-report": []}
    found = of(tmp_path / "a", "LP-03", user("u", ALL), given=given)
    assert found["u"] == "not-evaluated: The credential report does not list this user."
    found = of(tmp_path / "b", "LP-03", user("u", ALL))
    assert found["u"] == "not-evaluated: Credential-report was not collected."


def test_ways_to_become_an_administrator(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "BND-03",
        role("boss", ALL),
        role("plain", allow("s3:GetObject")),
        role("one", allow("iam:CreateAccessKey", resource=f"arn:aws:iam::{ACCOUNT}:user/boss")),
        user("boss", ALL),
    )
    assert found["boss"] == "not-applicable: Is an administrator already."
    assert found["plain"] == "pass: No known way leads to an administrator."
    assert found["one"].startswith("fail: Can become an administrator by ")
    assert " more way" not in found["one"].replace("One more way", " more way")
    assert "Name the resources of iam:CreateAccessKey, or take it away." in found["one"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_first_way_is_told_and_the_others_counted(tmp_path: Path, count: int) -> None:
    bosses = [user(f"boss{n}", ALL) for n in range(count)]
    names = [f"arn:aws:iam::{ACCOUNT}:user/boss{n}" for n in range(count)]
    rights = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
    able = role("r", allow(*rights[:count], resource=names))
    said = of(tmp_path, "BND-03", able, *bosses)["r"]
    given = {"authorization-details": {"users": bosses, "roles": [able]}}
    ways = len(routes(tmp_path / "again", given))
    tails = {1: "", 2: " One more way."}
    assert tails.get(ways, f" {ways - 1} more ways.") in said
    assert ("more way" in said) is (ways > 1)


def routes(folder: Path, given: dict[str, Any]) -> Any:
    _, snapshot = store_with(folder, dict(short_form(given)))
    facts = AccountFacts(AccountInfo(ACCOUNT, "Test"), snapshot, AS_OF, 45, {})
    return facts.standings()[f"arn:aws:iam::{ACCOUNT}:role/r"].routes


@pytest.mark.parametrize(("count", "expected"), [(1, "pass"), (3, "pass"), (4, "fail")])
def test_broad_policies_are_held_by_few(tmp_path: Path, count: int, expected: str) -> None:
    holders = [role(f"r{n}", Path="/a:b/", **attached("PowerUserAccess")) for n in range(count)]
    for record in holders:
        record["Arn"] = f"arn:aws:iam::{ACCOUNT}:role/a:b/{record['RoleName']}"
    others = [
        role("other", **attached("ReadOnlyAccess")),
        role("AWSReservedSSO_y", Path=SSO_PATH, **attached("PowerUserAccess")),
    ]
    theirs = {**policy("ReadOnlyAccess", READ), "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    found = of(tmp_path, "POL-06", *holders, *others, policies=[theirs])
    assert set(found) == {"PowerUserAccess"}
    said = found["PowerUserAccess"]
    assert said.startswith(f"{expected}: Attached to {count}")
    assert "role/a:b/r0" in said
    assert "arn:" not in said


def test_a_group_holds_for_its_members(tmp_path: Path) -> None:
    group = {"GroupName": "g", **attached("PowerUserAccess")}
    members = [user(f"u{n}", GroupList=["g"]) for n in range(5)]
    found = of(tmp_path, "POL-06", *members, details={"groups": [group]})
    assert found == {"PowerUserAccess": "pass: Attached to 1: group/g."}


def test_a_list_that_is_not_whole_shows_no_few(tmp_path: Path) -> None:
    holder = role("r", **attached("PowerUserAccess"))
    found = of(tmp_path / "a", "POL-06", holder, holder)
    said = "not-evaluated: Attached to 1 at least; the list is not complete."
    assert found["PowerUserAccess"] == said
    assert of(tmp_path / "b", "POL-06", role("r")) == {
        "account": "not-applicable: None of AWS's broad policies is attached."
    }
