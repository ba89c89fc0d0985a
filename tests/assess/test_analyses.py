"""An analysis is kept where all that it rests on is the same, and never where something is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from reportgen.assess.analyses import Analyses, Analysis
from reportgen.policy.account import document
from tests.given import ACCOUNT, authorization_details

Answer = dict[str, Any]
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOTHING = {"Version": "2012-10-17", "Statement": [{**FULL["Statement"][0], "Effect": "Deny"}]}  # type: ignore[dict-item]
UNTIL = {"DateLessThan": {"aws:CurrentTime": "2026-09-15T00:00:00Z"}}
TIMED = {"Version": "2012-10-17", "Statement": [{**FULL["Statement"][0], "Condition": UNTIL}]}  # type: ignore[dict-item]
BEFORE, AFTER = (datetime(2026, 9, day, tzinfo=UTC) for day in (14, 16))


def details(policy: Any = FULL) -> Answer:
    held = [{"PolicyName": "p", "PolicyDocument": policy}]
    used = {"LastUsedDate": "2026-09-01T00:00:00Z", "Region": "us-east-1"}
    return authorization_details(
        {
            "users": [{"UserName": "boss", "UserPolicyList": held}],
            "roles": [{"RoleName": "job", "RoleLastUsed": used}],
        }
    )


def admin(found: Analysis, at: datetime = BEFORE, scps: Any = None) -> str:
    standings = found.standings(scps, "", None, at)
    return standings[f"arn:aws:iam::{ACCOUNT}:user/boss"].admin


def used_later(answer: Answer) -> None:
    answer["RoleDetailList"][0]["RoleLastUsed"]["LastUsedDate"] = "2026-09-02T00:00:00Z"


def never_used(answer: Answer) -> None:
    del answer["RoleDetailList"][0]["RoleLastUsed"]


@pytest.mark.parametrize("change", [lambda _: None, used_later, never_used])
def test_another_use_is_the_same_analysis(change: Callable[[Answer], None]) -> None:
    analyses, answer = Analyses(), details()
    first = analyses.of(answer, ACCOUNT)
    later = json.loads(json.dumps(answer))
    change(later)
    assert analyses.of(later, ACCOUNT) is first
    assert first.standings(None, "", None, BEFORE) is first.standings(None, "", None, AFTER)


def tagged(answer: Answer) -> None:
    answer["RoleDetailList"][0]["Tags"] = [{"Key": "a", "Value": "b"}]


def renamed(answer: Answer) -> None:
    answer["UserDetailList"][0]["UserPolicyList"][0]["PolicyName"] = "q"


def one_for_true(answer: Answer) -> None:
    """Equal to Python, and not the same answer."""
    answer["Marked"] = 1


def cut_off(answer: Answer) -> None:
    answer["IsTruncated"] = True


def gone(answer: Answer) -> None:
    answer["RoleDetailList"] = []


@pytest.mark.parametrize("change", [tagged, renamed, one_for_true, cut_off, gone])
def test_anything_else_is_read_anew(change: Callable[[Answer], None]) -> None:
    analyses, answer = Analyses(), {**details(), "Marked": True}
    first = analyses.of(answer, ACCOUNT)
    other = copy.deepcopy(answer)
    change(other)
    assert analyses.of(other, ACCOUNT) is not first


def test_a_list_that_is_cut_off_is_a_problem_told_once() -> None:
    analyses, answer = Analyses(), {**details(), "IsTruncated": True}
    told = ["authorization-details is cut off: AWS had more pages"]
    assert analyses.of(answer, ACCOUNT).account.problems == told
    assert analyses.of(answer, ACCOUNT).account.problems == told


def test_a_policy_that_speaks_of_time_is_asked_at_each_moment() -> None:
    found = Analyses().of(details(TIMED), ACCOUNT)
    assert [admin(found, at) for at in (BEFORE, AFTER, BEFORE)] == ["full", "none", "full"]


def test_an_scp_that_speaks_of_time_is_asked_at_each_moment() -> None:
    found, scps = Analyses().of(details(), ACCOUNT), ((document(TIMED),),)
    assert [admin(found, at, scps) for at in (BEFORE, AFTER)] == ["full", "none"]


def test_other_scps_are_another_analysis() -> None:
    found = Analyses().of(details(), ACCOUNT)
    none, open_, shut = None, ((document(FULL),),), ((document(FULL), document(NOTHING)),)
    assert [admin(found, scps=s) for s in (none, open_, shut, (), open_, ((),))] == [
        "full",
        "full",
        "none",
        "full",
        "full",
        # A level at which nothing is attached allows nothing.
        "none",
    ]


def test_another_organisation_or_centre_is_another_analysis() -> None:
    found = Analyses().of(details(), ACCOUNT)
    asked = [("", None), ("o-exampleorg1", None), ("", set()), ("", {ACCOUNT})]
    made = [found.standings(None, organisation, centre, BEFORE) for organisation, centre in asked]
    assert len({id(standings) for standings in made}) == len(asked)


def test_few_accounts_are_held() -> None:
    analyses = Analyses()
    accounts = [f"{n:012}" for n in (1, 2, 3)]
    first, second, third = (analyses.of(details(), account) for account in accounts)
    assert analyses.of(details(), accounts[2]) is third
    assert analyses.of(details(), accounts[1]) is second
    assert analyses.of(details(), accounts[0]) is not first
