"""Sources that are read in each region, against the test AWS."""

from __future__ import annotations

from pathlib import Path

from reportgen.evidence.store import Store
from reportgen.sources import own_sources
from reportgen.sources.source import Scope
from tests.conftest import Front, Run

REGIONAL = [s for s in own_sources().values() if s.scope is Scope.REGION and not s.on_request]


def test_an_account_with_nothing_costs_about_a_request_a_source(
    front: Front, run: Run, tmp_path: Path
) -> None:
    done = run("collect", "--store", "s", "--in-region", "ap-southeast-2")
    assert done.returncode == 0, done.stderr
    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    found = {e.source: e for e in snapshot.envelopes}
    assert {s.name for s in REGIONAL} <= set(found)
    for source in REGIONAL:
        assert found[source.name].status.value in ("collected", "not-enabled"), source.name
        assert len(found[source.name].requests) <= 1, source.name
    # The whole of an account with one region, with nothing in it.
    assert front.calls.total() <= 60
