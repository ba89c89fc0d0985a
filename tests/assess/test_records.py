"""Single records: dates a day ahead of the assessment, empty cells, tags and lists of damage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reportgen.assess.records import CredentialRow, Entity, Unreadable
from tests.given import AS_OF

ARN = "arn:aws:iam::111122223333:user/u"


def row(**cells: str) -> CredentialRow:
    return CredentialRow({"user": "u", "arn": ARN, **cells}, AS_OF)


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (86_399, True), (86_400, True), (86_401, False)]
)
def test_clocks_may_differ_by_a_day_and_no_more(seconds: int, taken: bool) -> None:
    text = (AS_OF + timedelta(seconds=seconds)).isoformat()
    entity = Entity("user", "u", ARN, "/", {})
    if taken:
        assert row(password_last_used=text).when("password_last_used") is not None
        assert entity.age("CreateDate", text, AS_OF) <= 0
        return
    with pytest.raises(Unreadable, match="later than the date of the assessment"):
        row(password_last_used=text).when("password_last_used")
    with pytest.raises(Unreadable, match="later than the date of the assessment"):
        entity.age("CreateDate", text, AS_OF)


@pytest.mark.parametrize("text", ["N/A", "n/a", "no_information"])
def test_words_for_no_date(text: str) -> None:
    assert row(password_last_used=text).when("password_last_used") is None


@pytest.mark.parametrize("text", ["", "not_supported", "soon", "2026-13-01"])
def test_what_is_no_date_is_not_no_date(text: str) -> None:
    """An empty cell is none that AWS writes: it would pass for "never used"."""
    with pytest.raises(Unreadable, match="not a date"):
        row(password_last_used=text).when("password_last_used")


@pytest.mark.parametrize(
    ("arn", "odd"),
    [(ARN, False), ("", False), ("perhaps", True), ("arn:aws:iam::111122223333:role/u", True)],
)
def test_the_arn_of_a_line_is_that_of_a_user(arn: str, odd: bool) -> None:
    assert row(arn=arn).arn_is_odd is odd


@pytest.mark.parametrize("value", [None, "x", {}, [7], [None], [[]]])
@pytest.mark.parametrize("key", ["Tags", "AttachedManagedPolicies", "UserPolicyList"])
def test_a_list_that_is_damaged_is_not_empty(key: str, value: Any) -> None:
    entity = Entity("user", "u", ARN, "/", {key: value})
    name = {"Tags": "tags", "AttachedManagedPolicies": "attached", "UserPolicyList": "inline"}[key]
    with pytest.raises(Unreadable, match=f"{key} is damaged"):
        getattr(entity, name)
    assert not getattr(Entity("user", "u", ARN, "/", {}), name)


@pytest.mark.parametrize(
    "tag", [{}, {"Key": "a"}, {"Key": None, "Value": "b"}, {"Key": "a", "Value": 1}]
)
def test_a_tag_has_a_key_and_a_value(tag: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="a tag of u is damaged"):
        _ = Entity("user", "u", ARN, "/", {"Tags": [tag]}).tags
    whole = Entity("user", "u", ARN, "/", {"Tags": [{"Key": "Team", "Value": ""}]})
    assert whole.tags == {"team": ""}
