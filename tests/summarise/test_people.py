"""Role usage and the monthly review: against cases worked out by hand, at each limit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from reportgen.lists import ListedRole, ListedUser, ListedUserKey, ReviewLists
from reportgen.report.people import Key
from reportgen.summarise import people
from tests.models import role, user


def test_role_usage_bands() -> None:
    roles = [
        role(name="busy", idle_days=30),
        role(name="quiet", idle_days=31),
        role(name="idle", idle_days=200),
        role(name="never"),
        role(name="young", age_days=5),
        role(name="dark", usage_known=False),
    ]
    usage = people.role_usage(roles)
    counts = {b.band: b.roles for b in usage.bands}
    assert counts == {
        "0 to 30 days": 1,
        "31 to 90 days": 1,
        "91 to 180 days": 0,
        "181 to 400 days": 1,
        "no use in 400 days": 2,
        "not known": 1,
    }
    assert [r.name for r in usage.idle] == ["never", "idle"]


@pytest.mark.parametrize(("days", "listed"), [(89, []), (90, ["r"]), (91, ["r"])])
def test_a_role_is_idle_from_90_days(days: int, listed: list[str]) -> None:
    assert [r.name for r in people.role_usage([role(idle_days=days)]).idle] == listed
    assert [r.name for r in people.role_usage([role(age_days=days)]).idle] == listed


@pytest.mark.parametrize(("days", "unused"), [(44, 0), (45, 1), (46, 1)])
def test_a_key_is_unused_from_45_days(days: int, unused: int) -> None:
    used = Key(number=1, age_days=400, last_used="2026-08-01", idle_days=days)
    never = Key(number=2, age_days=days, last_used="", idle_days=None)
    for key, state in ((used, "unused"), (never, "never used")):
        review = people.monthly([user(key)], "2026-09-01")
        assert [k.state for k in review.unused_keys] == [state] * unused


@pytest.mark.parametrize(
    ("created", "new"),
    [("2026-08-31", 0), ("2026-09-01", 1), ("2026-09-02", 1), ("unreadable", 0), ("", 0)],
)
def test_a_user_is_new_from_the_first_day(created: str, new: int) -> None:
    assert len(people.monthly([user(created=created)], "2026-09-01").new_users) == new


def test_a_role_of_no_known_age_has_not_been_idle() -> None:
    assert people.idle_for(role(idle_days=None, age_days=None)) == 0
    assert people.idle_for(role(idle_days=0, age_days=500)) == 0


def test_the_key_unused_for_longest_comes_first() -> None:
    """A key that was used counts from its last use, one that never was from its making."""
    old_but_used = Key(number=1, age_days=900, last_used="2026-08-01", idle_days=50)
    never = Key(number=2, age_days=60, last_used="", idle_days=None)
    longest = Key(number=1, age_days=100, last_used="2026-07-01", idle_days=70)
    users = [user(old_but_used, never, name="a"), user(longest, name="b")]
    unused = people.monthly(users, "2026-09-01").unused_keys
    assert [(k.name, k.number) for k in unused] == [("b", 1), ("a", 2), ("a", 1)]


def test_people_without_mfa_are_those_of_whom_none_is_known() -> None:
    kinds = ("none", "unknown", "app", "FIDO", "yes")
    users = [user(name=kind, mfa=kind, console=True) for kind in kinds]
    users.append(user(name="robot", mfa="none"))
    review = people.monthly(users, "2026-09-01")
    assert [u.name for u in review.without_mfa] == ["none", "unknown"]
    assert (review.users, review.console_users) == (6, 5)
    assert review.mfa_kinds == dict.fromkeys(kinds, 1)


ADMINISTRATOR, BECOMES, BELOW = "administrator", "can become administrator", "below administrator"
KEY: ListedUserKey = {"number": 1, "age_days": 3, "last_used": "", "idle_days": None}


def listed_user(name: str, power: str = BELOW, **more: Any) -> ListedUser:
    row: Any = {
        "name": name, "arn": "", "created": "2025-01-01", "console": False, "last_sign_in": "",
        "mfa": "none", "keys": [], "grants": [], "power": power,
    }  # fmt: skip
    return {**row, **more}


def listed_role(name: str, power: str = BELOW, **more: Any) -> ListedRole:
    row: Any = {
        "name": name, "arn": "", "created": "", "policies": 1, "boundary": False, "trusts": ["ec2"],
        "last_used": "", "usage_known": True, "idle_days": None, "age_days": 5,
        "aws_managed": False, "grants": ["p"], "power": power,
    }  # fmt: skip
    return {**row, **more}


def month(**lists: ReviewLists) -> list[tuple[str, ReviewLists]]:
    return sorted(lists.items())


def counts(lists: ReviewLists) -> dict[str, int | None]:
    (found,) = people.access(month(n1=lists), {"n1": "One"}).accounts
    return {name: value for name, value in asdict(found).items() if name[:7] != "account"}


USERS = [
    listed_user("a", ADMINISTRATOR, console=True),
    listed_user("b", console=True, mfa="app", keys=[KEY, KEY]),
    listed_user("c", mfa="none", keys=[KEY]),
    # Whether it has a console password is not known.
    listed_user("d", console=None),
]
ROLES = [
    listed_role("r", BECOMES, boundary=True),
    listed_role("s", "administrator, on conditions"),
    listed_role("t"),
    listed_role("AWSServiceRole", ADMINISTRATOR, aws_managed=True),
]
OF_USERS = {"users": 4, "console": 2, "keys": 3, "without_mfa": 1}
OF_ROLES = {"roles": 3, "roles_with_boundary": 1, "aws_roles": 1}


def test_an_account_is_counted_by_hand() -> None:
    assert counts({"users": USERS, "roles": ROLES}) == {
        **OF_USERS, **OF_ROLES, "administrators": 3,
    }  # fmt: skip


def test_what_was_not_read_has_no_count() -> None:
    """No list is no zero; and administrators are known only where both lists are."""
    nothing: dict[str, int | None] = dict.fromkeys([*OF_USERS, *OF_ROLES, "administrators"])
    assert counts({}) == nothing
    assert counts({"users": USERS}) == {**nothing, **OF_USERS}
    assert counts({"roles": ROLES}) == {**nothing, **OF_ROLES}
    empty = dict.fromkeys(nothing, 0)
    assert counts({"users": [], "roles": []}) == empty


def test_lists_have_their_account_and_leave_out_aws_s_roles() -> None:
    lists = people.access(
        month(n1={"users": USERS, "roles": ROLES}, n2={"users": [listed_user("e", grants=None)]}),
        {"n1": "One", "n2": "Two"},
    )
    assert [(u.account, u.name) for u in lists.users] == [
        ("One", "a"), ("One", "b"), ("One", "c"), ("One", "d"), ("Two", "e"),
    ]  # fmt: skip
    assert [(r.account_id, r.name) for r in lists.roles] == [("n1", n) for n in "rst"]
    assert [u.grants for u in lists.users] == [(), (), (), (), None]
    assert lists.roles[0].grants == ("p",)
    assert [a.account for a in lists.accounts] == ["One", "Two"]


def test_a_permission_set_names_its_accounts_where_they_are_known() -> None:
    row: Any = {
        "name": "Admin", "arn": "arn", "created": "", "grants": ["g"], "session": "PT1H",
        "boundary": False, "accounts": ["n1", "n9"], "groups": 1, "people": 0,
    }  # fmt: skip
    found = people.access(month(n1={"permission_sets": [row]}), {"n1": "One"})
    (one,) = found.permission_sets
    assert one.accounts == ("n1", "n9")
    assert one.account_names == ("One", "n9")
    assert (one.account, one.account_id) == ("One", "n1")
