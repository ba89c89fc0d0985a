"""Lists of entities, and why one may not be complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.records import Unavailable
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT

HEAD = f"arn:aws:iam::{ACCOUNT}"
LISTS = {"UserDetailList": [], "RoleDetailList": [], "GroupDetailList": [], "Policies": []}


def details(folder: Path, **lists: Any) -> Any:
    return facts_of(folder, {"authorization-details": {**LISTS, **lists}})


def test_each_kind_has_its_list_and_its_name(tmp_path: Path) -> None:
    facts = details(
        tmp_path,
        UserDetailList=[{"Arn": f"{HEAD}:user/a/u", "UserName": "u", "Path": "/a/"}],
        RoleDetailList=[{"Arn": f"{HEAD}:role/r"}],
        GroupDetailList=[{"Arn": f"{HEAD}:group/g", "GroupName": "G"}],
        Policies=[{"Arn": f"{HEAD}:policy/p", "PolicyName": "P"}],
    )
    found = [
        (e.kind, e.name, e.path)
        for listing in (facts.users(), facts.roles(), facts.groups(), facts.policies())
        for e in listing.records
    ]
    assert found == [
        ("user", "u", "/a/"),
        ("role", "r", "/"),
        ("group", "G", "/"),
        ("policy", "P", "/"),
    ]
    assert facts.users() is facts.users()


def test_records_that_are_none_are_gaps(tmp_path: Path) -> None:
    user = {"Arn": f"{HEAD}:user/u", "UserName": "first"}
    again = {**user, "UserName": "second"}
    facts = details(tmp_path, UserDetailList=[{"Arn": ""}, user, again, 7, {"Arn": 1}])
    listing = facts.users()
    assert [e.name for e in listing.records] == ["first"]
    assert listing.gaps == [
        "UserDetailList item 1 has no Arn",
        f"{HEAD}:user/u is listed twice",
        "UserDetailList item 4 has no Arn",
        "UserDetailList item 5 has no Arn",
    ]


def test_a_list_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    only = {"UserDetailList": []}
    facts = facts_of(tmp_path / "a", {"authorization-details": only})
    assert facts.users().records == []
    assert facts.users().gaps == []
    with pytest.raises(Unavailable, match="has no GroupDetailList"):
        facts.groups()
    with pytest.raises(Unavailable, match=r"^GroupDetailList is not a list"):
        details(tmp_path / "b", GroupDetailList=None).groups()


@pytest.mark.parametrize("odd", [{"UserName": 7}, {"Path": None}, {"UserName": None, "Path": 1}])
def test_a_name_or_path_that_is_no_text_is_a_gap(tmp_path: Path, odd: dict[str, Any]) -> None:
    user = {"Arn": f"{HEAD}:user/u", "UserName": "u", "Path": "/", **odd}
    listing = details(tmp_path, UserDetailList=[user]).users()
    assert listing.records == []
    assert listing.gaps == [f"{HEAD}:user/u has a name or path that is no text"]
