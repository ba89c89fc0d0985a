"""Faults of every kind at once: the run ends, tells what is missing, and fakes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reportgen.collect.accounts import Target
from reportgen.collect.fleet import Fleet, RoleToAssume
from reportgen.collect.journal import opened
from reportgen.errors import CollectError
from reportgen.evidence.store import Store
from reportgen.model import Status, Verdict
from tests.collect.account import collected, session
from tests.collect.everything import HOME, OWN, furnish
from tests.collect.test_denied import (
    ALL,
    LEDGER,
    SOURCES,
    collect_again,
    judged,
    lost_with,
    score,
    short,
)
from tests.collect.test_killed import Mortal, collect, content_of
from tests.conftest import Front
from tests.evidence.memory import in_memory
from tests.wire import KINDS, Fault

SEEDS = range(12)


def mixed(seed: int) -> dict[str, Fault]:
    """Up to eight operations with a fault each, some at first only, some later."""
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS if kind not in ("expire", "bent")]
    return {
        operation: Fault(
            chance.choice(kinds),
            after=chance.choice((0, 0, 0, 1)),
            times=chance.choice((0, 0, 1, 2)),
            seconds=0.05,
        )
        for operation in chance.sample(LEDGER, chance.randint(1, 8))
    }


@pytest.mark.usefixtures("no_pauses")
def test_faults_at_once_fake_nothing(front: Front) -> None:
    furnish(front)
    whole = collected(also=ALL, regions=(HOME,))
    store = in_memory()
    undisturbed = collect_again(store, whole.values())
    verdicts = judged(store, undisturbed.snapshot)
    for seed in SEEDS:
        front.faults = dict(mixed(seed))
        touched = {name for operation in front.faults for name in lost_with(operation)}
        kept = [i for i in whole.values() if i.envelope.source not in touched]
        outcome = collect_again(store, kept)
        assert short(outcome) <= touched, f"seed {seed}"
        (snapshot,) = [s for s in store.snapshots() if s.id == outcome.snapshot]
        poorer = {
            name
            for operation, fault in front.faults.items()
            if isinstance(fault, Fault) and fault.kind == "missing"
            for name in lost_with(operation)
        }
        for key, envelope in snapshot.of_account(OWN).items():
            answered = envelope.status is Status.COLLECTED and key not in outcome.missing
            if key in whole and answered and envelope.source not in poorer:
                content = snapshot.read(envelope)
                same = content == whole[key].content or cut(content)
                assert same, f"seed {seed}: {key} is said to be whole"
        after = judged(store, outcome.snapshot)
        better = [
            key
            for key, row in after.items()
            if row.verdict is Verdict.PASS
            and (key not in verdicts or verdicts[key].verdict is not Verdict.PASS)
        ]
        assert better == [], f"seed {seed}"
        assert score(after) <= score(verdicts) + 1e-9, f"seed {seed}"


BETTER = (Verdict.FAIL, Verdict.NOT_EVALUATED)


@pytest.mark.usefixtures("no_pauses")
def test_an_answer_that_is_not_of_its_form_spoils_its_source_alone(front: Front) -> None:
    """Nulls, texts for lists, lists for texts, in a place of each operation's answer."""
    furnish(front)
    whole = collected(also=ALL, regions=(HOME,))
    store = in_memory()
    verdicts = judged(store, collect_again(store, whole.values()).snapshot)
    for seed, operation in enumerate(LEDGER):
        front.faults = {operation: Fault("bent", seed=seed)}
        touched = lost_with(operation)
        kept = [i for i in whole.values() if i.envelope.source not in touched]
        outcome = collect_again(store, kept)
        assert short(outcome) <= touched, operation
        if seed % 4 == 0:
            after = judged(store, outcome.snapshot)
            better = [
                key
                for key, row in verdicts.items()
                if row.verdict in BETTER and key in after and after[key].verdict is Verdict.PASS
            ]
            assert better == [], operation


def cut(content: bytes) -> bool:
    """Whether an answer says itself that AWS had more."""
    return b'"IsTruncated": true' in content


@pytest.mark.usefixtures("no_pauses")
def test_credentials_that_end_midway_lose_nothing(front: Front, tmp_path: Path) -> None:
    """The command says to sign in again; run once more, it goes on."""
    furnish(front)
    shared = session(HOME)
    undisturbed = Mortal(shared)
    collect(tmp_path / "whole", undisturbed)
    front.faults = {"*": Fault("expire", after=undisturbed.requests // 2)}
    with pytest.raises(CollectError, match="ExpiredToken"):
        collect(tmp_path / "cut", Mortal(shared))
    front.faults = {}
    again = Mortal(shared)
    assert collect(tmp_path / "cut", again).whole
    assert content_of(tmp_path / "cut") == content_of(tmp_path / "whole")
    assert again.requests < undisturbed.requests


@pytest.mark.usefixtures("no_pauses")
def test_a_role_that_ends_midway_leaves_what_was_read(front: Front, tmp_path: Path) -> None:
    """In another account nobody can sign in again: what was read is stored, the rest is told."""
    member = "210987654321"
    own = session(HOME)
    store = Store.create(tmp_path / "s")
    with opened(tmp_path / "j", {}) as journal:
        fleet = Fleet(own, OWN, "aws", store, journal, SOURCES, RoleToAssume("reader"), [HOME])
        front.faults = {"ListRoles": "expire", "ListInstanceProfiles": "expire"}
        (outcome,) = fleet.collect([Target(member)])
    assert not outcome.whole
    assert "ExpiredToken" in outcome.detail
    assert {"roles", "instance-profiles"} <= short(outcome)
    (snapshot,) = store.snapshots()
    kept = snapshot.of_account(member)
    assert "caller-identity" in kept
    assert "roles" not in kept
