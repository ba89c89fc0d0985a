"""Removing snapshots by a rule of retention: what would go, what rests on it, and doing it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path

from reportgen.clock import now, to_text
from reportgen.deliver.sent import sent_reports
from reportgen.errors import UsageError
from reportgen.evidence.prune import PruneOutcome, held_back, prune
from reportgen.evidence.retention import Retention, to_prune
from reportgen.evidence.store import Snapshot, Store
from reportgen.history.plan import HistoryPlan
from reportgen.summarise.periods import period_ending

_REPORT = re.compile(r"(?P<kind>monthly|quarterly|annual)-(?P<end>\d{4}-\d{2}-\d{2})-v.*")


@dataclass(frozen=True)
class PrunePlan:
    """What a rule comes to.

    ``kept`` snapshots stay and ``doomed`` ones go; ``held`` says of those that the bucket does not
    let go yet why, by id. ``reports`` were sent and rest on so many of those that go.
    """

    rule: str
    kept: tuple[Snapshot, ...]
    doomed: tuple[Snapshot, ...]
    held: dict[str, str]
    reports: dict[str, int]


def prune_plan(place: Path, rule: Retention, zone: tzinfo) -> PrunePlan:
    """Work out what goes, and what rests on it. Raises StoreError, IntegrityError."""
    store = Store.open(place)
    snapshots = store.holdings().snapshots
    today = now().astimezone(zone).date()
    chosen = to_prune(snapshots, rule, zone, today, _shows_organisation)
    held = held_back(store, chosen) if chosen else {}
    doomed = tuple(s for s in chosen if s.id not in held)
    gone = {s.id for s in doomed}
    kept = tuple(s for s in snapshots if s.id not in gone)
    reports = _resting(place, snapshots, zone, gone) if gone else {}
    return PrunePlan(f"{rule}, {zone}", kept, doomed, held, reports)


def carry_out(place: Path, plan: PrunePlan, by: str) -> PruneOutcome:
    """Record what a plan removes, and remove it. Raises StoreError, UsageError without a name."""
    if not by.strip():
        raise UsageError("Nobody is named.", "--by says who prunes.")
    return prune(Store.open(place), plan.doomed, to_text(now()), by.strip()[:200], plan.rule)


def _shows_organisation(snapshot: Snapshot) -> bool:
    return any(snapshot.lists(f"{a}/organization.envelope.json") for a in snapshot.accounts)


def _resting(
    place: Path, snapshots: Sequence[Snapshot], zone: tzinfo, gone: set[str]
) -> dict[str, int]:
    """Reports that were sent, with how many of the snapshots that go were judged for each."""
    found: dict[str, int] = {}
    for name in sent_reports(place / "deliveries"):
        match = _REPORT.fullmatch(name)
        if match is None:
            continue
        period = period_ending(match["kind"], date.fromisoformat(match["end"]))
        points = HistoryPlan(snapshots, zone, period).points
        used = {
            point.snapshot.id
            for own in points.values()
            for point in own
            if period.previous_end <= point.day <= period.end
        }
        if resting := len(used & gone):
            found[name] = resting
    return found
