"""Assignments of IAM Identity Center: to whom, for how long, and whether they stand.

Source: IAM Identity Center User Guide, "Permission sets" and "Assign user or group access".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from reportgen.assess.checks.permission_sets import administrators, not_here
from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    PERMISSION_SET,
    Judgement,
    Opinion,
    counted,
    failed,
    judged,
    not_applicable,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import SessionHours, Texts
from reportgen.assess.principals import named
from reportgen.assess.records import Unreadable, records

_ELSEWHERE = "IAM Identity Center is not managed here."
_NO_SETS = "Identity Center has no permission sets."
# What a set has that names no length (API_CreatePermissionSet).
_DEFAULT = "PT1H"
# ISO 8601, as far as a session's length goes.
_LENGTH = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")

PermissionSet = Mapping[str, Any]


def _each_set(
    facts: AccountFacts, opinion: Callable[[PermissionSet], Opinion]
) -> Iterator[Judgement]:
    elsewhere = not_here(facts, "identity-center", _ELSEWHERE)
    if elsewhere is not None:
        yield elsewhere
        return
    rows = (
        judged(
            facts,
            str(s.get("PermissionSetArn", "")),
            PERMISSION_SET,
            partial(opinion, s),
            str(s.get("Name", "")),
        )
        for s in facts.permission_sets()
    )
    yield from or_none(facts, rows, _NO_SETS)


def _assigned(record: PermissionSet) -> list[Mapping[str, Any]]:
    """The assignments of a set. Raises Unreadable where they were not read."""
    listed = record.get("Assignments")
    if not isinstance(listed, list) or len(records(listed)) < len(listed):
        raise Unreadable(f"the assignments of {record.get('Name')} were not read")
    return records(listed)


def to_groups(facts: AccountFacts, *, excepted: Texts) -> Iterator[Judgement]:
    """Sets are assigned to groups, not to single people, save sets named for emergencies."""

    def judge(record: PermissionSet) -> Opinion:
        name = str(record.get("Name"))
        kinds = [assignment.get("PrincipalType") for assignment in _assigned(record)]
        if not kinds:
            return not_applicable(f"{name} is assigned to nobody.")
        if named(name, excepted):
            return passed(f"{name} is named for emergencies, which may be given to people.")
        if not set(kinds) <= {"GROUP", "USER"}:
            raise Unreadable(f"to whom {name} is assigned was not read")
        people = kinds.count("USER")
        if people:
            return failed(f"{name} is assigned to single people {counted(people, 'time')}.")
        return passed(f"{name} is assigned to groups alone.")

    return _each_set(facts, judge)


def sessions_short(facts: AccountFacts, *, maximum_hours: SessionHours) -> Iterator[Judgement]:
    """Sessions of a set last no longer than ``maximum_hours``."""

    def judge(record: PermissionSet) -> Opinion:
        name, text = record.get("Name"), record.get("SessionDuration", _DEFAULT)
        minutes = _minutes(text)
        said = f"Sessions of {name} last {minutes // 60} h {minutes % 60:02} min"
        if minutes > maximum_hours * 60:
            return failed(f"{said}; the limit is {counted(maximum_hours, 'hour')}.")
        return passed(f"{said}.")

    return _each_set(facts, judge)


def _minutes(text: Any) -> int:
    """Whole minutes of a length, begun ones counted. Raises Unreadable."""
    match = _LENGTH.fullmatch(str(text))
    if match is None or not any(match.groups()):
        raise Unreadable(f"SessionDuration is {text!r}, no length of time")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 60 + minutes + (seconds > 0)


def not_standing(facts: AccountFacts, *, control: str, excepted: Texts) -> Iterator[Judgement]:
    """Nobody holds an administrator's set for good: it is given for a while, as is attested."""
    elsewhere = not_here(facts, "identity-center", _ELSEWHERE)
    if elsewhere is not None:
        yield elsewhere
        return
    statement = facts.attestation(control)
    found = administrators(facts)
    rows = (
        judged(
            facts,
            arn,
            PERMISSION_SET,
            partial(_standing, record, why, excepted, statement),
            str(record.get("Name", "")),
        )
        for arn, record, why in found
    )
    yield from or_none(facts, rows, _NO_SETS)


def _standing(
    record: PermissionSet, why: bool | str, excepted: Sequence[str], statement: str | None
) -> Opinion:
    """``why``: whether it is an administrator's, or why that is not known."""
    name = str(record.get("Name"))
    if isinstance(why, str):
        return unknown(f"{name} could not be judged: {why}.")
    if not why:
        return not_applicable(f"{name} is no administrator's.")
    count = len(_assigned(record))
    if not count:
        return passed(f"AWS shows: nobody holds {name} now.")
    held = f"AWS shows: {name} is held by {counted(count, 'assignment')}."
    if named(name, excepted):
        return passed(f"{held} It is named for emergencies.")
    if statement is None:
        return failed(f"{held} Nobody attests that these are given for a while alone.")
    return passed(f"{held} {statement}")
