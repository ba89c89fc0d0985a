"""Which accounts are meant; named ones need no request."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from reportgen.collect import accounts
from reportgen.collect.accounts import AccountScope, Target, targets
from reportgen.errors import CollectError, UsageError
from reportgen.model import AwsRequest, Status
from reportgen.sources.source import Answer, ReadError

ONE, TWO, THREE = "111122223333", "222233334444", "333344445555"
NOBODY: Any = None


@pytest.mark.parametrize(
    ("scope", "several"),
    [
        (AccountScope(), False),
        (AccountScope(exclude=(ONE,)), False),
        (AccountScope(organization=True), True),
        (AccountScope(accounts=(ONE,)), True),
        (AccountScope(units=("ou-ab12-cd345678",)), True),
    ],
)
def test_more_than_the_own_account_is_meant(scope: AccountScope, several: bool) -> None:
    assert scope.several is several


def test_only_an_active_account_is_active() -> None:
    assert Target(ONE).active
    assert not Target(ONE, status="SUSPENDED").active


def test_named_accounts_come_once_by_id_without_the_excluded() -> None:
    scope = AccountScope(accounts=(TWO, ONE, TWO, THREE), exclude=(THREE,))
    assert targets(NOBODY, scope) == [Target(ONE), Target(TWO)]


@pytest.mark.parametrize("name", [ONE[:11], ONE + "4", "a" + ONE[1:], ""])
@pytest.mark.parametrize("field", ["accounts", "exclude"])
def test_an_account_id_has_exactly_twelve_digits(name: str, field: str) -> None:
    with pytest.raises(UsageError, match="is not an AWS account id"):
        targets(NOBODY, AccountScope(**{field: (name,)}))


def test_a_unit_is_a_root_or_an_organisational_unit() -> None:
    with pytest.raises(UsageError, match="is no organisational unit"):
        targets(NOBODY, AccountScope(units=("workloads",)))


def test_of_those_listed_named_ones_are_taken_and_strangers_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accounts, "_listed", lambda *_: [Target(TWO), Target(ONE)])
    for scope in (AccountScope(organization=True), AccountScope(units=("r-ab12",))):
        assert targets(NOBODY, scope) == [Target(ONE), Target(TWO)]
    assert targets(NOBODY, AccountScope(organization=True, accounts=(TWO,))) == [Target(TWO)]
    assert targets(NOBODY, AccountScope(organization=True, exclude=(TWO,))) == [Target(ONE)]
    for field in ("accounts", "exclude"):
        with pytest.raises(UsageError, match=f"Not among the accounts listed: {THREE}"):
            targets(NOBODY, AccountScope(organization=True, **{field: (THREE,)}))  # type: ignore[arg-type]


def test_the_state_goes_before_the_retired_status_and_neither_is_active() -> None:
    records = [
        {"Id": ONE, "Name": "one", "State": "CLOSED", "Status": "ACTIVE"},
        {"Id": TWO, "Status": "SUSPENDED"},
        {"Id": THREE},
    ]
    assert list(accounts._read(records)) == [
        Target(ONE, "one", "CLOSED"),
        Target(TWO, "", "SUSPENDED"),
        Target(THREE, "", "ACTIVE"),
    ]


@pytest.mark.parametrize(
    "record", [None, "x", {}, {"Id": None}, {"Id": ONE[:11]}, {"Id": int(ONE)}, {"Name": "one"}]
)
def test_an_account_without_an_id_is_no_account(record: Any) -> None:
    with pytest.raises(ReadError, match="an account of the list has no id"):
        list(accounts._read([{"Id": TWO}, record]))


class Tree:
    """An organisation: a unit with a unit in it, and an account at each level."""

    INSIDE: ClassVar = {"r-ab12": [ONE], "ou-ab12-cd345678": [TWO], "ou-ab12-ef567890": [THREE]}
    BELOW: ClassVar = {"r-ab12": ["ou-ab12-cd345678"], "ou-ab12-cd345678": ["ou-ab12-ef567890"]}

    def __init__(self, error: ReadError | None = None) -> None:
        self.error = error
        self.asked: list[str] = []

    def call(self, service: str, method: str, /, *, region: str = "", **given: Any) -> Answer:
        if self.error is not None:
            raise self.error
        self.asked.append(method)
        parent = str(given.get("ParentId"))
        found: dict[str, Any] = {
            "list_accounts": {"Accounts": [{"Id": i} for i in (THREE, ONE, TWO)]},
            "list_accounts_for_parent": {
                "Accounts": [{"Id": i} for i in self.INSIDE.get(parent, [])]
            },
            "list_organizational_units_for_parent": {
                "OrganizationalUnits": [{"Id": i} for i in self.BELOW.get(parent, [])]
            },
        }[method]
        return Answer(found, AwsRequest("r", "", 200, 0), b"{}")


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (AccountScope(organization=True), [ONE, TWO, THREE]),
        (AccountScope(units=("r-ab12",)), [ONE, TWO, THREE]),
        (AccountScope(units=("ou-ab12-cd345678",)), [TWO, THREE]),
        (AccountScope(units=("ou-ab12-ef567890", "ou-ab12-cd345678")), [TWO, THREE]),
        # Units narrow the organisation.
        (AccountScope(organization=True, units=("ou-ab12-ef567890",)), [THREE]),
    ],
)
def test_a_unit_has_all_below_it_each_once(scope: AccountScope, names: list[str]) -> None:
    tree = Tree()
    assert [target.account_id for target in targets(tree, scope)] == names
    assert ("list_accounts" in tree.asked) is not bool(scope.units)


@pytest.mark.parametrize(
    "scope", [AccountScope(organization=True), AccountScope(units=("r-ab12",))]
)
def test_a_refusal_says_from_where_to_run(scope: AccountScope) -> None:
    refused = ReadError(Status.DENIED, "AccessDeniedException", "no")
    with pytest.raises(CollectError, match="cannot be listed: AccessDenied") as told:
        targets(Tree(refused), scope)
    assert "management account" in told.value.hint
