"""Reviews of each cadence, judged from the store's own history and the register.

A review is an entry of attestations.yaml for its control: by whom, when, what was found and left
open. The evidence that it looked at is what the store holds of that day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    counted,
    days,
    failed,
    on_account,
    passed,
    unknown,
)
from reportgen.assess.parameters import MaximumDays
from reportgen.audit.register import Attestation

# How far back intervals are looked at: those that end within a year.
_WINDOW = timedelta(days=366)


def reviewed(
    facts: AccountFacts, *, control: str, maximum_days: MaximumDays
) -> Iterator[Judgement]:
    """The last review was signed within ``maximum_days``, on evidence no older than that.

    Without a review, the account fails once the store has evidence of it for longer.
    """
    collected, statements = facts.collected_days, facts.signed(control)
    if statements:
        opinion = _of_review(facts.today, collected, statements[-1], maximum_days)
    else:
        opinion = _without(facts.today, collected, maximum_days)
    yield on_account(facts, opinion)


def _without(today: date, collected: tuple[date, ...], maximum: int) -> Opinion:
    if not collected:
        return unknown("No review is on the register, and the store shows no collection.")
    held = (today - collected[0]).days
    since = f"the store has evidence since {collected[0]}, {days(held)}"
    if held > maximum:
        return failed(f"No review is on the register; {since}, and a review is due in {maximum}.")
    return unknown(f"No review is on the register; {since}, and one is due within {days(maximum)}.")


def _of_review(
    today: date, collected: tuple[date, ...], last: Attestation, maximum: int
) -> Opinion:
    who = f"by {last.by} on {last.signed}"
    age = (today - last.signed).days
    if age > maximum:
        return failed(f"Last reviewed {who}, {days(age)} ago; the limit is {days(maximum)}.")
    if last.expires < today:
        return failed(f"Last reviewed {who}; the statement ended on {last.expires} ({last.id}).")
    before = [day for day in collected if day <= last.signed]
    if not before:
        return unknown(f"Reviewed {who}, when the store held no evidence to review ({last.id}).")
    stale = (last.signed - before[-1]).days
    if stale > maximum:
        said = f"Reviewed {who} on evidence {days(stale)} old; the limit is {days(maximum)}"
        return failed(f"{said} ({last.id}).")
    said = f"Reviewed {who}, {days(age)} ago, on evidence of {before[-1]}: {last.statement}"
    return passed(f"{said} ({last.id})")


def on_time(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """No two collections of the last year lie further apart than ``maximum_days``, nor is the last.

    One young collection alone shows no interval.
    """
    start = facts.today - _WINDOW
    within = [day for day in facts.collected_days if day >= start]
    # The interval that reaches into the year began with the last collection before it.
    before = [day for day in facts.collected_days if day < start][-1:]
    yield on_account(facts, _intervals(facts.today, [*before, *within], maximum_days))


def _intervals(today: date, listed: Sequence[date], maximum: int) -> Opinion:
    if not listed:
        return unknown("The store shows no collection of the account.")
    gap, start, end = max(((b - a).days, a, b) for a, b in pairwise([*listed, today]))
    if gap > maximum:
        until = "today" if end == today else end
        said = f"Nothing was collected for {days(gap)}, from {start} to {until}"
        return failed(f"{said}; the limit is {days(maximum)}.")
    if len(listed) == 1:
        said = f"The store has one collection, of {listed[0]}"
        return unknown(f"{said}: there is no interval to judge.")
    told = counted(len(listed), "collection")
    return passed(f"{told} since {listed[0]}, at most {days(gap)} apart.")
