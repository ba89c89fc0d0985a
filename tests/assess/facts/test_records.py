"""What the account says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.records import Unavailable
from tests.assess.facts.holding import DENIED, facts_of


@pytest.mark.parametrize("value", [True, "3", None, 3.0])
def test_a_number_of_the_summary_is_a_whole_number(tmp_path: Path, value: Any) -> None:
    facts = facts_of(tmp_path, {"account-summary": {"SummaryMap": {"Users": value, "Roles": 0}}})
    with pytest.raises(Unavailable, match="account-summary has no Users"):
        facts.summary("Users")
    assert facts.summary_or_none("Users") is None
    assert facts.summary("Roles") == facts.summary_or_none("Roles") == 0


@pytest.mark.parametrize("value", [None, [], "text"])
def test_a_map_that_is_none_has_no_numbers(tmp_path: Path, value: Any) -> None:
    facts = facts_of(tmp_path, {"account-summary": {"SummaryMap": value}})
    with pytest.raises(Unavailable, match="account-summary has no Users"):
        facts.summary("Users")


def test_a_number_of_a_summary_that_was_not_read_is_not_none(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"account-summary": DENIED})
    with pytest.raises(Unavailable, match="could not be read"):
        facts.summary_or_none("Users")


NONE_SET = (
    "\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: "
    "The Password Policy cannot be found.\n"
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (NONE_SET, None),
        ({"PasswordPolicy": {}}, {}),
        ({"PasswordPolicy": {"MinimumPasswordLength": 14}}, {"MinimumPasswordLength": 14}),
    ],
)
def test_only_an_error_says_that_there_is_no_password_policy(
    tmp_path: Path, answer: Any, expected: Any
) -> None:
    assert facts_of(tmp_path, {"password-policy": answer}).password_policy() == expected


@pytest.mark.parametrize("value", [None, [], "text"])
def test_a_damaged_password_policy_is_not_none_at_all(tmp_path: Path, value: Any) -> None:
    facts = facts_of(tmp_path, {"password-policy": {"PasswordPolicy": value}})
    with pytest.raises(Unavailable, match="PasswordPolicy is not a policy"):
        facts.password_policy()


def test_details_of_roles_are_by_arn(tmp_path: Path) -> None:
    role = {"Arn": "arn:aws:iam::111122223333:role/r", "MaxSessionDuration": 3600}
    assert facts_of(tmp_path, {"roles": {"Roles": [role, 7]}}).role_details() == {role["Arn"]: role}
