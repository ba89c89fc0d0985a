"""Access keys, from the credential report.

A user has at most two. ``last_used_date`` N/A means never used, or not since 22 April 2015, when
AWS began to record it. Keys that are not active have no rotation to judge.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.assess.checks.people import stale_password
from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    days,
    each_user,
    failed,
    not_applicable,
    or_none,
    passed,
)
from reportgen.assess.parameters import GraceDays, MaximumDays, Texts
from reportgen.assess.records import CredentialRow, Unreadable

_NO_KEY = "Has no active access key."
_NO_USERS = "The account has no IAM users."


def _key_age(row: CredentialRow, key: int) -> int:
    age = row.age(f"access_key_{key}_last_rotated")
    if age is None:
        raise Unreadable(f"access key {key} is active but has no date of creation")
    return age


def rotated(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """No active key is older than ``maximum_days``."""

    def judge(row: CredentialRow) -> Opinion:
        ages = {key: _key_age(row, key) for key in row.active_keys()}
        if not ages:
            return not_applicable(_NO_KEY)
        old = [
            f"access key {k} is {days(age)} old" for k, age in ages.items() if age > maximum_days
        ]
        if old:
            return failed(f"{_joined(old)}; the limit is {days(maximum_days)}.")
        return passed(f"Oldest active access key is {days(max(ages.values()))} old.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def none_for_people(facts: AccountFacts) -> Iterator[Judgement]:
    """A user who signs in to the console has no access key."""

    def judge(row: CredentialRow) -> Opinion:
        if not row.flag("password_enabled"):
            return not_applicable("Has no console password.")
        if row.active_keys():
            return failed("Has a console password and an active access key.")
        return passed("Has a console password and no active access key.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def one_active(facts: AccountFacts) -> Iterator[Judgement]:
    """No user has two active keys."""

    def judge(row: CredentialRow) -> Opinion:
        count = len(row.active_keys())
        if count == 0:
            return not_applicable(_NO_KEY)
        return failed("Has two active access keys.") if count > 1 else passed("Has one active key.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def never_used(facts: AccountFacts, *, grace_days: GraceDays) -> Iterator[Judgement]:
    """Every active key older than ``grace_days`` was used at some time."""

    def judge(row: CredentialRow) -> Opinion:
        keys = row.active_keys()
        if not keys:
            return not_applicable(_NO_KEY)
        idle = [
            f"access key {key} was never used in {days(age)}"
            for key in keys
            if row.when(f"access_key_{key}_last_used_date") is None
            and (age := _key_age(row, key)) > grace_days
        ]
        return (
            failed(f"{_joined(idle)}.") if idle else passed("Every active key was used, or is new.")
        )

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def unused_credentials(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """Every enabled password and active key was used within ``maximum_days``."""

    def judge(row: CredentialRow) -> Opinion:
        stale = []
        password = row.flag("password_enabled")
        if password and (wrong := stale_password(row, maximum_days)):
            stale.append(f"{wrong[0].lower()}{wrong[1:]}")
        keys = row.active_keys()
        for key in keys:
            used = row.age(f"access_key_{key}_last_used_date")
            if used is None and (age := _key_age(row, key)) > maximum_days:
                stale.append(f"access key {key} never used in {days(age)}")
            elif used is not None and used > maximum_days:
                stale.append(f"access key {key} last used {days(used)} ago")
        if not password and not keys:
            return not_applicable("Has no credential that works.")
        if stale:
            return failed(f"{_joined(stale)}; the limit is {days(maximum_days)}.")
        return passed(f"Every working credential was used, or made, within {days(maximum_days)}.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def owned(facts: AccountFacts, *, tags: Texts) -> Iterator[Judgement]:
    """A user with an active key carries the tags that say whose it is and what for."""
    users = {user.arn: user for user in facts.users().records}

    def judge(row: CredentialRow) -> Opinion:
        if not row.active_keys():
            return not_applicable(_NO_KEY)
        if row.arn not in users:
            raise Unreadable(
                "the authorisation details do not list this user, so its tags are unknown"
            )
        missing = [tag for tag in tags if not users[row.arn].tags.get(tag.casefold(), "").strip()]
        if missing:
            return failed(f"Has an active access key and no {' or '.join(missing)} tag.")
        return passed("Its tags name the owner and purpose of its key.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def no_key_only_users(facts: AccountFacts) -> Iterator[Judgement]:
    """Service accounts are roles: no user exists for its access key alone."""

    def judge(row: CredentialRow) -> Opinion:
        if row.flag("password_enabled"):
            return not_applicable("Has a console password: a person's user.")
        if row.active_keys():
            return failed("A service account with a long-lived access key where a role would do.")
        return passed("Has no active access key.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def _joined(parts: list[str]) -> str:
    text = " and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}"
