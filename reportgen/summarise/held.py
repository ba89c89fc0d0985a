"""Days in violation: did a control hold all the time, or only on the last day?

What an evaluation shows holds from its day until the next one, at most as long as evidence may be
old; before the first, and after that, nothing is known. Days are those of the organisation's time
zone. A set of days is kept as the bits of a number, bit 0 being the period's first day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from reportgen.catalogue import Catalogue
from reportgen.model import Result, Verdict
from reportgen.summarise.movement import Key
from reportgen.summarise.periods import Period


@dataclass(frozen=True)
class Observation:
    """One account judged as of ``day``, by evidence collected on ``collected``."""

    account_id: str
    day: date
    collected: date
    results: Sequence[Result]


@dataclass
class Days:
    """Days of a period, as bits: ``failed`` and ``unknown``, by finding and by control.

    ``failed`` has a finding's days in violation; ``broken`` the days on which a control failed
    anywhere, ``unseen`` those on which it was not evaluated for some account, ``applied`` those on
    which it was evaluated and applied somewhere.
    """

    period_days: int
    evaluations: int = 0
    failed: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    unknown: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    broken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unseen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    applied: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def of(self, key: Key) -> dict[str, int]:
        """Days in violation, and days not known, of one finding."""
        failed = self.failed.get(key, 0)
        return {
            "days_in_violation": failed.bit_count(),
            "days_unknown": (self.unknown.get(key, 0) & ~failed).bit_count(),
        }


def days_of(
    period: Period,
    observations: Iterable[Observation],
    accounts: Iterable[str],
    controls: Iterable[str],
    maximum_age_days: int,
) -> Days:
    """Work out the days of every finding and control of ``controls`` in every one of ``accounts``.

    ``observations`` may start before the period: the last before it covers its first days. Of two
    for one account and day the later one given counts.
    """
    days = Days((period.end - period.start).days + 1)
    names = list(controls)
    by_account: dict[str, dict[date, Observation]] = {account: {} for account in accounts}
    for seen in observations:
        by_account.setdefault(seen.account_id, {})[seen.day] = seen
        days.evaluations += period.start <= seen.day <= period.end
    everything = (1 << days.period_days) - 1
    for seen_on in by_account.values():
        spans = list(_spans([seen_on[day] for day in sorted(seen_on)], period, maximum_age_days))
        dark = everything
        for _, bits in spans:
            dark &= ~bits
        _account(days, spans, dark, names)
    return days


def _spans(
    ordered: Sequence[Observation], period: Period, maximum_age_days: int
) -> Iterator[tuple[Observation, int]]:
    """Each evaluation with the days of the period for which it speaks."""
    for number, seen in enumerate(ordered):
        last = seen.collected + timedelta(days=maximum_age_days)
        if number + 1 < len(ordered):
            last = min(last, ordered[number + 1].day - timedelta(days=1))
        first, last = max(seen.day, period.start), min(last, period.end)
        if first <= last:
            length = (last - first).days + 1
            yield seen, ((1 << length) - 1) << (first - period.start).days


def _account(
    days: Days, spans: Iterable[tuple[Observation, int]], dark: int, controls: Iterable[str]
) -> None:
    """Add one account's days. A row for resources that could not be seen blinds its control."""
    blind = dict.fromkeys(controls, dark)
    rows: dict[Key, int] = defaultdict(int)
    failing: set[Key] = set()
    for control in blind:
        days.unseen[control] |= dark
    for seen, bits in spans:
        for r in seen.results:
            key = (r.account_id, r.control_id, r.resource)
            if r.verdict is Verdict.NOT_EVALUATED:
                days.unseen[r.control_id] |= bits
                if r.incomplete:
                    blind[r.control_id] = blind.get(r.control_id, dark) | bits
                else:
                    rows[key] |= bits
            elif r.verdict is not Verdict.NOT_APPLICABLE:
                days.applied[r.control_id] |= bits
                if r.verdict is Verdict.FAIL:
                    failing.add(key)
                    days.failed[key] |= bits
                    days.broken[r.control_id] |= bits
    for key in failing:
        days.unknown[key] |= rows[key] | blind.get(key[1], dark)


def report(days: Days, catalogue: Catalogue) -> dict[str, Any]:
    """How long each control held, worst first.

    ``held`` is "held all the time", "held whenever seen" (it never failed, but was not evaluated
    everywhere on every day), "did not hold all the time", "not shown" or "not applicable".
    """
    keys: dict[str, int] = defaultdict(int)
    longest: dict[str, int] = defaultdict(int)
    for key, bits in days.failed.items():
        keys[key[1]] += 1
        longest[key[1]] = max(longest[key[1]], bits.bit_count())
    rows = [
        {
            "control_id": control.id,
            "title": control.title,
            "severity": control.severity.value,
            "held": _word(days, control.id),
            "days_in_violation": days.broken.get(control.id, 0).bit_count(),
            "days_unknown": (
                days.unseen.get(control.id, 0) & ~days.broken.get(control.id, 0)
            ).bit_count(),
            "findings": keys[control.id],
            "longest": longest[control.id],
        }
        for control in catalogue.controls.values()
        if control.scored
    ]
    rows.sort(key=lambda row: -int(row["days_in_violation"]))
    words = [row["held"] for row in rows]
    return {
        "period_days": days.period_days,
        "evaluations": days.evaluations,
        "held": words.count(HELD),
        "held_when_seen": words.count(SEEN),
        "broken": words.count(BROKEN),
        "not_shown": words.count(NOT_SHOWN),
        "controls": rows,
    }


HELD, SEEN, BROKEN = "held all the time", "held whenever seen", "did not hold all the time"
NOT_SHOWN = "not shown"


def _word(days: Days, control: str) -> str:
    if days.broken.get(control):
        return BROKEN
    if days.unseen.get(control) or not days.evaluations:
        return SEEN if days.applied.get(control) else NOT_SHOWN
    return HELD if days.applied.get(control) else "not applicable"
