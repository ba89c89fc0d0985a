"""A clock that jumps while AWS is asked: what was read is kept, and the dates are told as wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reportgen.clock import now
from reportgen.collect import run as collect_run
from reportgen.evidence.store import Store
from reportgen.render.outcomes import render_outcomes
from tests.collect.account import session
from tests.collect.everything import HOME, OWN, furnish
from tests.collect.test_killed import Mortal, collect, content_of
from tests.conftest import Front


@pytest.mark.parametrize(
    ("jump", "said"),
    [
        (timedelta(0), ""),
        (timedelta(minutes=4), ""),
        (timedelta(minutes=6), "after AWS's date"),
        (timedelta(days=400), "after AWS's date"),
        (-timedelta(days=400), "before AWS's date"),
    ],
)
@pytest.mark.usefixtures("no_pauses")
def test_a_clock_that_jumps_is_told_and_loses_nothing(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta, said: str
) -> None:
    furnish(front)
    shared = session(HOME)
    collect(tmp_path / "right", Mortal(shared))
    asked = 0

    def jumping() -> object:
        nonlocal asked
        asked += 1
        return now() + (jump if asked > 20 else timedelta(0))

    monkeypatch.setattr(collect_run, "now", jumping)
    outcome = collect(tmp_path / "wrong", Mortal(shared))
    assert outcome.whole
    assert content_of(tmp_path / "wrong") == content_of(tmp_path / "right")
    assert (said in outcome.clock) is True
    assert bool(outcome.clock) is bool(said)
    table = render_outcomes([outcome], "table", "s")
    assert ("the clock of this machine is wrong" in table) is bool(said)
    assert all(len(line) <= 80 for line in table.splitlines())
    (snapshot,) = Store.open(tmp_path / "wrong" / "s").snapshots()
    log = snapshot.read(snapshot.of_account(OWN)["collection-log"])
    assert (said.encode() in log) is True
