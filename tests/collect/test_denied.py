"""Each operation of each source denied alone: told, nothing else lost, and nothing made better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Assessor, positions
from reportgen.clock import now
from reportgen.collect.accounts import Target
from reportgen.collect.fleet import AccountOutcome, Fleet, RoleToAssume
from reportgen.collect.journal import Journal
from reportgen.evidence.store import Item, Store
from reportgen.model import Result, Status, Verdict
from reportgen.pipeline import Rules, prepare
from reportgen.render.outcomes import render_outcomes
from reportgen.sources import own_sources
from reportgen.sources.source import Source
from tests.collect.account import collected, session
from tests.collect.everything import HOME, OWN, furnish
from tests.conftest import Front
from tests.evidence.memory import in_memory

SOURCES = own_sources()
ALL = tuple(name for name, source in SOURCES.items() if source.on_request)
# The ledger: every operation that a source says it calls.
LEDGER = sorted({operation for source in SOURCES.values() for operation in source.operations})
Key = tuple[str, str]


def lost_with(operation: str) -> set[str]:
    """The sources that call it, and those that need one of them."""
    lost = {name for name, source in SOURCES.items() if operation in source.operations}
    for name, source in SOURCES.items():
        if lost.intersection(source.after):
            lost.add(name)
    return lost


class InMemory(Journal):
    """A journal that has something already, and keeps nothing on disk."""

    def __init__(self, items: Iterable[Item]) -> None:
        super().__init__(Path(), "run", resumed=True)
        self._items = {item.envelope.key: item for item in items}

    def kept(self, account_id: str) -> dict[str, Item]:
        return dict(self._items)

    def keep(self, item: Item) -> None:
        """Not needed: the run is not interrupted."""

    def note_stored(self, account_id: str, snapshot_id: str) -> None:
        """Not needed either."""


def collect_again(store: Store, kept: Iterable[Item]) -> AccountOutcome:
    """Collect into a store, as a run that has ``kept`` already."""
    fleet = Fleet(session(), OWN, "aws", store, InMemory(kept), SOURCES, RoleToAssume(), [HOME])
    (outcome,) = fleet.collect([Target(OWN)])
    return outcome


@cache
def rules() -> Rules:
    return prepare(None)


@cache
def assessor() -> Assessor:
    return Assessor(rules().catalogue, rules().config, rules().register)


def judged(store: Store, snapshot_id: str) -> dict[Key, Result]:
    snapshots = [s for s in store.snapshots() if s.id == snapshot_id]
    moment = now() + timedelta(minutes=1)
    found = positions(snapshots, moment)
    around = find_organisation(found, moment, 45)
    account = assessor().assess(OWN, found[OWN], moment, organisation=around)
    return {(row.control_id, row.resource): row for row in account.results}


def score(rows: Mapping[Key, Result]) -> float:
    """By the formula of summarise/score.py: weighted mean of each control's share of passes.

    Where a control's resources could not all be listed, it has none.
    """
    shares: dict[str, list[bool]] = {}
    partly = {control for (control, _), row in rows.items() if row.incomplete}
    for (control, _), row in rows.items():
        if row.verdict is not Verdict.NOT_APPLICABLE:
            passed = row.verdict is Verdict.PASS and control not in partly
            shares.setdefault(control, []).append(passed)
    weights = {
        control: rules().catalogue.controls[control].severity.weight
        for control in shares
        if rules().catalogue.controls[control].scored
    }
    reached = sum(weights[c] * sum(shares[c]) / len(shares[c]) for c in weights)
    return reached / sum(weights.values())


def faults(operation: str, whole: dict[Key, Result], after: dict[Key, Result]) -> list[str]:
    """What is wrong about the verdicts with the operation denied."""
    lost = lost_with(operation)
    found = []
    for control in rules().catalogue.controls.values():
        had = {key: row.verdict for key, row in whole.items() if key[0] == control.id}
        has = {key: row.verdict for key, row in after.items() if key[0] == control.id}
        if not lost.intersection(control.sources) and had != has:
            found.append(f"{control.id} changed, though it lost no evidence: {had} {has}")
        better = [k for k, v in has.items() if v is Verdict.PASS and had.get(k) is not v]
        if better:
            found.append(f"{control.id} passes: {better}")
        if had != has and Verdict.NOT_EVALUATED not in has.values():
            found.append(f"{control.id} changed and is evaluated: {had} {has}")
    if score(after) > score(whole) + 1e-9:
        found.append(f"the score rose from {score(whole)} to {score(after)}")
    return found


def wrongly_told(operation: str, outcome: AccountOutcome, before: Mapping[str, Item]) -> list[str]:
    """What is wrong about the outcome and its table."""
    found = []
    table = render_outcomes([outcome], "table", "s")
    if outcome.whole or not any(operation in SOURCES[n].operations for n in short(outcome)):
        found.append("the run counts as whole: exit code 0")
    if any(len(line) > 80 for line in table.splitlines()):
        found.append("the table is wider than 80 columns")
    for name in short(outcome):
        if name not in lost_with(operation):
            found.append(f"{name} is not read")
        if f"{name} ({OWN})" not in table and f"{name}@{HOME} ({OWN})" not in table:
            found.append(f"the table does not name {name}")
    same = {key for key, item in before.items() if item.envelope.source not in lost_with(operation)}
    for key in same:
        if outcome.statuses.get(key) is not before[key].envelope.status:
            found.append(f"{key} is {outcome.statuses.get(key)}")
    return found


def short(outcome: AccountOutcome) -> set[str]:
    return {key.partition("@")[0] for key in outcome.missing}


@pytest.mark.usefixtures("no_pauses")
def test_each_operation_denied_alone(front: Front) -> None:
    furnish(front)
    whole = collected(also=ALL, regions=(HOME,))
    unasked = [operation for operation in LEDGER if not front.asked[operation]]
    assert unasked == [], "the account has nothing for these"
    read = (Status.COLLECTED, Status.NOT_ENABLED)
    assert {i.envelope.source for i in whole.values() if i.envelope.status not in read} == set()
    # Eighty snapshots: what a folder keeps is another test's matter.
    store = in_memory()
    undisturbed = collect_again(store, whole.values())
    assert undisturbed.whole
    verdicts = judged(store, undisturbed.snapshot)
    wrong: dict[str, list[str]] = {}
    for operation in LEDGER:
        front.faults = {operation: "deny"}
        kept = [i for i in whole.values() if i.envelope.source not in lost_with(operation)]
        outcome = collect_again(store, kept)
        said = wrongly_told(operation, outcome, whole)
        said += faults(operation, verdicts, judged(store, outcome.snapshot))
        if said:
            wrong[operation] = said
    assert wrong == {}


def test_the_ledger_is_that_of_the_sources() -> None:
    assert len(LEDGER) > 50
    source: Source = SOURCES["identity-store"]
    assert set(source.operations) <= set(LEDGER)
    # What is denied costs those who come after too.
    assert "identity-store" in lost_with("sso-admin:ListInstances")
    assert lost_with("iam:GetAccountPasswordPolicy") == {"password-policy"}
