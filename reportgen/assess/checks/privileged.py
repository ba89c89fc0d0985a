"""Privileged access as the Essential Eight asks for it: validated again each year.

Source: Essential Eight maturity model, November 2023, "Restrict administrative privileges"
(ISM-1647).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    days,
    failed,
    not_applicable,
    passed,
    unknown,
)
from reportgen.assess.parameters import MaximumDays, Texts
from reportgen.assess.principals import each_principal
from reportgen.assess.records import Entity, Unreadable
from reportgen.clock import parse_moment, whole_days
from reportgen.policy.standing import Standing


def revalidated(
    facts: AccountFacts, *, control: str, tags: Texts, maximum_days: MaximumDays
) -> Iterator[Judgement]:
    """A privileged principal has a tag with the day of its last review, or that is attested."""
    statement = facts.attestation(control)
    entities = {e.arn: e for e in (*facts.users().records, *facts.roles().records)}

    def judge(standing: Standing) -> Opinion:
        if standing.admin == "none":
            return not_applicable("Is not privileged.")
        age = _reviewed(facts, entities.get(standing.subject.arn), tags)
        if age is not None and age <= maximum_days:
            return passed(f"AWS shows: its tag says that it was reviewed {days(age)} ago.")
        if statement is not None:
            return passed(statement)
        if age is None:
            said = "AWS shows: no tag says when it was reviewed."
            return unknown(f"{said} Nobody attests that it was, within {days(maximum_days)}.")
        said = f"AWS shows: it was reviewed {days(age)} ago"
        return failed(f"{said}; the limit is {days(maximum_days)}.")

    return each_principal(facts, judge)


def _reviewed(facts: AccountFacts, entity: Entity | None, tags: Sequence[str]) -> int | None:
    """Days since the latest day that a tag names; None without one. Raises Unreadable."""
    if entity is None:
        raise Unreadable("the authorisation details do not list it, so its tags are unknown")
    found = []
    for tag in tags:
        text = entity.tags.get(tag.casefold(), "").strip()
        if not text:
            continue
        try:
            moment = parse_moment(text if len(text) > 10 else f"{text}T00:00:00Z")
        except ValueError:
            raise Unreadable(f"its tag {tag} is {text!r}, not a date") from None
        if moment > facts.as_of:
            raise Unreadable(f"its tag {tag} is {text!r}, later than the date of the assessment")
        found.append(whole_days(facts.as_of, moment))
    return min(found, default=None)
