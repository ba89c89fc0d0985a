"""Sources that are read in each region, against the test AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.evidence.store import Store
from reportgen.sources import own_sources, secret
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


EVENT = {
    "EventId": "e-1",
    "EventName": "CreateUser",
    "CloudTrailEvent": '{"eventName": "CreateUser", "requestParameters": {"password": "hunter22"}}',
}


@pytest.mark.parametrize("by", ["flag", "configuration"])
def test_the_event_history_is_read_on_request(
    front: Front, run: Run, tmp_path: Path, by: str
) -> None:
    front.answers["cloudtrail:LookupEvents"] = {"Events": [EVENT]}
    arguments = ["collect", "--store", "s", "--in-region", "us-east-1"]
    if by == "flag":
        arguments += ["--also", "cloudtrail-events"]
    else:
        (tmp_path / "reportgen.yaml").write_text("collect: {also: [cloudtrail-events]}\n")
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert front.calls["LookupEvents"] == 5
    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    (envelope,) = [e for e in snapshot.envelopes if e.source == "cloudtrail-events"]
    content = snapshot.read(envelope)
    assert b"CreateUser" in content
    assert b"hunter22" not in content


def test_what_cannot_be_asked_for_is_refused_before_anything_is_read(
    front: Front, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("collect", "--store", "s", "--also", "nonsense")
    assert (done.returncode, "Unknown source 'nonsense'" in done.stderr) == (2, True)
    monkeypatch.setenv(secret.KEY, "short")
    done = run("collect", "--store", "s")
    assert (done.returncode, "shorter than 16" in done.stderr) == (2, True)
    assert front.calls["GetAccountSummary"] == 0
