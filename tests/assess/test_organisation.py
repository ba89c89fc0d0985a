"""Which answer shows the organisation, and what is said of a newer one that was of no use."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.organisation import Organisation, find_organisation, read_organisation
from reportgen.evidence.store import Snapshot
from tests.given import AS_OF, store_with

MANAGEMENT, DELEGATED, MEMBER = "111122223333", "444455556666", "777788889999"
ANSWER: dict[str, Any] = {
    "Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT},
    "Roots": [{"Id": "r-1", "PolicyTypes": []}],
    "OrganizationalUnits": [],
    "Accounts": [{"Id": MANAGEMENT, "ParentId": "r-1"}],
    "Policies": [],
}


def snapshot(folder: Path, account: str, days_ago: int, answer: dict[str, Any]) -> Snapshot:
    when = AS_OF - timedelta(days=days_ago)
    files: dict[str, str | bytes] = {"organization": json.dumps(answer)}
    return store_with(folder / account, files, account, when)[1]


def found(tmp_path: Path, newer: dict[str, Any], older_days: int = 2) -> Organisation:
    positions = {
        MANAGEMENT: snapshot(tmp_path, MANAGEMENT, 1, {**ANSWER, **newer}),
        DELEGATED: snapshot(tmp_path, DELEGATED, older_days, ANSWER),
    }
    organisation = find_organisation(positions, AS_OF, 45)
    assert organisation is not None
    return organisation


def test_the_newest_answer_is_used(tmp_path: Path) -> None:
    organisation = found(tmp_path, {"Accounts": []})
    assert (organisation.accounts, organisation.problems) == ((), ())


@pytest.mark.parametrize("key", ["Roots", "OrganizationalUnits", "Accounts", "Policies"])
def test_a_newer_answer_without_a_list_is_passed_over_and_named(tmp_path: Path, key: str) -> None:
    organisation = found(tmp_path, {key: None})
    assert organisation.accounts == (MANAGEMENT,)
    assert organisation.problems == (f"{MANAGEMENT}'s {key} is not a list; an older one is judged",)


def test_an_older_answer_of_no_use_says_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, {"Accounts": None}, older_days=0).problems == ()


def test_a_members_answer_shows_no_policies_and_is_no_fault(tmp_path: Path) -> None:
    positions = {
        DELEGATED: snapshot(tmp_path, DELEGATED, 1, ANSWER),
        MEMBER: snapshot(tmp_path, MEMBER, 0, {"Organization": ANSWER["Organization"]}),
    }
    organisation = find_organisation(positions, AS_OF, 45)
    assert organisation is not None
    assert organisation.problems == ()


@pytest.mark.parametrize(("days", "usable"), [(44, True), (45, True), (46, False)])
def test_an_answer_may_be_as_old_as_the_limit(tmp_path: Path, days: int, usable: bool) -> None:
    positions = {MANAGEMENT: snapshot(tmp_path, MANAGEMENT, days, ANSWER)}
    assert (find_organisation(positions, AS_OF, 45) is not None) is usable


def test_the_chain_goes_from_the_root_down() -> None:
    units = [{"Id": "ou-1", "ParentId": "r-1"}, {"Id": "ou-2", "ParentId": "ou-1"}]
    accounts = [{"Id": MEMBER, "ParentId": "ou-2"}, {"Id": DELEGATED, "ParentId": "ou-9"}]
    tree = read_organisation({**ANSWER, "OrganizationalUnits": units, "Accounts": accounts})
    assert tree.chain(MEMBER) == ["r-1", "ou-1", "ou-2", MEMBER]
    assert tree.chain(DELEGATED) == tree.chain("000000000000") == []


def test_a_closed_account_is_none_of_the_organisations() -> None:
    accounts = [
        {"Id": MEMBER, "ParentId": "r-1", "Status": "SUSPENDED"},
        {"Id": DELEGATED, "ParentId": "r-1", "Status": "ACTIVE"},
    ]
    assert read_organisation({**ANSWER, "Accounts": accounts}).accounts == (DELEGATED,)
