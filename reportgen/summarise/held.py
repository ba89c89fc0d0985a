"""Days in violation: did a control hold all the time, or only on the last day?

What an evaluation shows holds from its day until the next one, at most as long as evidence may be
old; before the first, and after that, nothing is known. Days are those of the organisation's time
zone. A set of days is kept as the bits of a number, bit 0 being the period's first day.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple, TypedDict, TypeVar

from reportgen.catalogue import Catalogue, Control
from reportgen.model import Result, Verdict
from reportgen.report.audit import Held, HeldControl
from reportgen.report.words import HeldState
from reportgen.summarise.movement import Key
from reportgen.summarise.periods import Period
from reportgen.verdicts.form import JudgedFile
from reportgen.verdicts.text import plain

T = TypeVar("T")


class DayRow(NamedTuple):
    """Of a result what its days are worked out from; ``model.Result`` has the same."""

    account_id: str
    control_id: str
    resource: str
    verdict: Verdict
    incomplete: bool


@dataclass(frozen=True)
class Observation:
    """One account judged as of ``day``, by evidence collected on ``collected``.

    Of the results that pass one for each control is enough.
    """

    account_id: str
    day: date
    collected: date
    results: Sequence[DayRow | Result]


def observation(
    judged: JudgedFile, day: date, collected: date, known: dict[DayRow, DayRow]
) -> Observation:
    """An account as a file of verdicts shows it: its rows at hand, but those that add none.

    Most rows are those of the day before; ``known``, given again for each day, keeps them once.
    """
    account = judged.info.account_id
    table = judged.at_hand(["control_id", "resource", "verdict", "incomplete"])
    cells = (
        _words(table.column("control_id"), sys.intern),
        _words(table.column("resource"), _name),
        _words(table.column("verdict"), Verdict),
        table.column("incomplete").to_pylist(),
    )
    rows, passing = [], set()
    for control, resource, verdict, incomplete in zip(*cells, strict=True):
        if verdict is Verdict.NOT_APPLICABLE or (verdict is Verdict.PASS and control in passing):
            continue
        if verdict is Verdict.PASS:
            passing.add(control)
        row = DayRow(account, control, resource, verdict, incomplete)
        rows.append(known.setdefault(row, row))
    return Observation(account, day, collected, rows)


def _words(column: Any, read: Callable[[str], T]) -> list[T]:
    """A column of words, each different one read once."""
    whole = column.combine_chunks()
    words = [read(word) for word in whole.dictionary.to_pylist()]
    return [words[place] for place in whole.indices.to_pylist()]


def _name(text: str) -> str:
    # Interned: a resource is there on every day.
    return sys.intern(plain(text))


class FindingDays(TypedDict):
    """Days of the period on which a finding was in violation, and on which nothing is known."""

    days_in_violation: int
    days_unknown: int


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

    def of(self, key: Key) -> FindingDays:
        """Days in violation, and days not known, of one finding."""
        failed = self.failed.get(key, 0)
        return {
            "days_in_violation": failed.bit_count(),
            "days_unknown": (self.unknown.get(key, 0) & ~failed).bit_count(),
        }

    def by_control(self) -> ControlDays:
        """What a report says of each control, without the single findings."""
        found = ControlDays(
            self.period_days,
            self.evaluations,
            broken=dict(self.broken),
            unseen=dict(self.unseen),
            applied=dict(self.applied),
        )
        for (_, control_id, _), bits in self.failed.items():
            found.findings[control_id] = found.findings.get(control_id, 0) + 1
            longest = found.longest.get(control_id, 0)
            found.longest[control_id] = max(longest, bits.bit_count())
        return found


@dataclass
class ControlDays:
    """Days of a period by control, of one account or of several together.

    ``findings`` counts those that failed on any day, ``longest`` has the most days of one; the rest
    is as in ``Days``.
    """

    period_days: int
    evaluations: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)

    def add(self, other: ControlDays) -> None:
        """Take in the days of another account."""
        self.evaluations += other.evaluations
        for control, count in other.findings.items():
            self.findings[control] = self.findings.get(control, 0) + count
        for control, most in other.longest.items():
            self.longest[control] = max(self.longest.get(control, 0), most)
        for ours, theirs in (
            (self.broken, other.broken),
            (self.unseen, other.unseen),
            (self.applied, other.applied),
        ):
            for control, bits in theirs.items():
                ours[control] = ours.get(control, 0) | bits


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


def report(days: ControlDays, catalogue: Catalogue) -> Held:
    """How long each scored control held, the one longest in violation first."""
    rows = [_control(days, control) for control in catalogue.controls.values() if control.scored]
    rows.sort(key=lambda row: -row.days_in_violation)
    counts = Counter(row.held for row in rows)
    return Held(
        period_days=days.period_days,
        evaluations=days.evaluations,
        held=counts[HeldState.HELD],
        held_when_seen=counts[HeldState.SEEN],
        broken=counts[HeldState.BROKEN],
        not_shown=counts[HeldState.NOT_SHOWN],
        controls=tuple(rows),
    )


def _control(days: ControlDays, control: Control) -> HeldControl:
    broken, unseen = days.broken.get(control.id, 0), days.unseen.get(control.id, 0)
    return HeldControl(
        control_id=control.id,
        title=control.title,
        severity=control.severity,
        held=_state(days, control.id),
        days_in_violation=broken.bit_count(),
        days_unknown=(unseen & ~broken).bit_count(),
        findings=days.findings.get(control.id, 0),
        longest=days.longest.get(control.id, 0),
    )


def _state(days: ControlDays, control_id: str) -> HeldState:
    if days.broken.get(control_id):
        return HeldState.BROKEN
    if days.unseen.get(control_id) or not days.evaluations:
        return HeldState.SEEN if days.applied.get(control_id) else HeldState.NOT_SHOWN
    return HeldState.HELD if days.applied.get(control_id) else HeldState.NOT_APPLICABLE
