"""Checks that are written as a rule: a filter over a named table of the evidence.

A field is a column of the credential report, or a way into a record of the authorisation details:
``PermissionsBoundary.PermissionsBoundaryArn``, ``tags.owner`` (keys in any case). What a record
lacks compares with nothing, so the row is not evaluated; only ``present`` asks whether it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    GROUP,
    POLICY,
    ROLE,
    USER,
    Judgement,
    Opinion,
    each_entity,
    each_user,
    failed,
    not_applicable,
    or_none,
    passed,
)
from reportgen.assess.records import CLOCK_SKEW, CredentialRow, Entity, Unreadable
from reportgen.catalogue import RuleCondition, TableRule
from reportgen.clock import parse_moment, whole_days
from reportgen.policy.glob import matches

# What AWS writes into a cell of the credential report that has no value.
_EMPTY = ("", "n/a", "no_information")
_NOTHING = "The account has none."


def check_of(rule: TableRule) -> Callable[..., Iterator[Judgement]]:
    """The check that a rule describes."""

    def check(facts: AccountFacts) -> Iterator[Judgement]:
        if rule.table == "credential-report":
            return or_none(facts, each_user(facts, lambda r: _opinion(rule, facts, r)), _NOTHING)
        listing, kind = {
            "users": (facts.users, USER),
            "roles": (facts.roles, ROLE),
            "groups": (facts.groups, GROUP),
            "policies": (facts.policies, POLICY),
        }[rule.table]
        found = listing()
        judged = each_entity(facts, found, kind, lambda e: _opinion(rule, facts, e))
        return or_none(facts, judged, _NOTHING, found.gaps)

    return check


def _opinion(rule: TableRule, facts: AccountFacts, record: CredentialRow | Entity) -> Opinion:
    if not all(_holds(c, facts, record) for c in rule.where):
        return not_applicable("Is not of the kind that the rule speaks of.")
    if all(_holds(c, facts, record) for c in rule.require):
        return passed(rule.passed)
    return failed(rule.failed)


def _holds(condition: RuleCondition, facts: AccountFacts, record: CredentialRow | Entity) -> bool:
    value = _value(condition.field, record)
    if condition.present is not None:
        return (value not in (None, "", [], {})) is condition.present
    if value is None:
        raise Unreadable(f"{condition.field} has no value")
    if condition.equals is not None:
        return _text(value) == _text(condition.equals)
    if condition.one_of is not None:
        return _text(value) in [_text(v) for v in condition.one_of]
    if condition.like is not None:
        return matches(condition.like, str(value))
    if condition.within_days is not None:
        return _age(condition.field, value, facts) <= condition.within_days
    number = _number(condition.field, value)
    if condition.at_most is not None:
        return number <= condition.at_most
    return condition.at_least is not None and number >= condition.at_least


def _value(field: str, record: CredentialRow | Entity) -> Any:
    """A field's value; None where the record has none. Raises Unreadable for no such column."""
    if isinstance(record, CredentialRow):
        if field not in record.cells:
            raise Unreadable(f"the credential report has no {field} for this user")
        cell = record.cells[field]
        return None if cell.casefold() in _EMPTY else cell
    if field.startswith("tags."):
        return record.tags.get(field.removeprefix("tags.").casefold())
    value: Any = record.detail
    for part in field.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    return str(value).casefold()


def _number(field: str, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise Unreadable(f"{field} is {value!r}, not a number") from None


def _age(field: str, value: Any, facts: AccountFacts) -> int:
    try:
        moment = parse_moment(str(value))
    except ValueError:
        raise Unreadable(f"{field} is {value!r}, not a date") from None
    if moment > facts.as_of + CLOCK_SKEW:
        raise Unreadable(f"{field} is {value!r}, later than the date of the assessment")
    return whole_days(facts.as_of, moment)
