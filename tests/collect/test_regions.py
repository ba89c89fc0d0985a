"""Which regions are read, and that those which are not are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.collect.items import Failure
from reportgen.collect.log import LOG
from reportgen.collect.regions import Regions, regions_of
from reportgen.evidence.store import Store
from reportgen.model import Status
from reportgen.sources.source import ReadError, Reading
from tests.conftest import Front, Run
from tests.shapes import Asked, Refused

HOME, OTHER, OFF = "ap-southeast-2", "eu-west-1", "me-south-1"


def listed(*names: Any) -> Reading:
    return Reading(data={"Regions": [{"RegionName": name} for name in names]})


REFUSED = Failure(Status.DENIED, ReadError(Status.DENIED, "AccessDenied", ""), Reading())


@pytest.mark.parametrize(
    ("asked", "outcome", "expected"),
    [
        ([], listed(OTHER, HOME), Regions((HOME, OTHER))),
        ([HOME], listed(OTHER, HOME), Regions((HOME,), (OTHER,))),
        ([HOME, OFF], listed(HOME), Regions((HOME,), (), (OFF,))),
        ([OFF], listed(OTHER, HOME), Regions((), (HOME, OTHER), (OFF,))),
        # The order of those asked for is kept, each once.
        ([OTHER, HOME, OTHER], listed(HOME, OTHER), Regions((OTHER, HOME))),
        # What is switched on is not known: what was asked for is tried, or where the caller is.
        ([OFF], REFUSED, Regions((OFF,))),
        ([], REFUSED, Regions((HOME,))),
        ([], None, Regions((HOME,))),
        ([], Reading(data={"Regions": None}), Regions((HOME,))),
        ([], Reading(data={"Regions": [None, "x", {}]}), Regions((HOME,))),
        ([], listed("nonsense", "../x", None, OTHER), Regions((OTHER,))),
        (
            [],
            Reading(data={"Regions": [{"RegionName": OFF, "OptInStatus": "not-opted-in"}]}),
            Regions((HOME,)),
        ),
        (
            [],
            Reading(data={"Regions": [{"RegionName": OFF, "OptInStatus": "opted-in"}]}),
            Regions((OFF,)),
        ),
    ],
)
def test_those_asked_for_are_read_where_they_are_switched_on(
    asked: list[str], outcome: Any, expected: Regions
) -> None:
    assert regions_of(asked, outcome, HOME) == expected


@pytest.fixture
def two_enabled(front: Front) -> Front:
    front.answers["ec2:DescribeRegions"] = {
        "Regions": [{"RegionName": HOME}, {"RegionName": OTHER}]
    }
    return front


def told(done: Any) -> dict[str, Any]:
    (row,) = json.loads(done.stdout)["accounts"]
    return dict(row)


def test_a_region_that_is_switched_on_and_not_read_is_told(
    two_enabled: Front, run: Run, tmp_path: Path
) -> None:
    done = run("collect", "--store", "s", "--in-region", HOME)
    assert done.returncode == 0, done.stderr
    assert f"Switched on and not read (123456789012): {OTHER}" in done.stdout
    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    log = json.loads(snapshot.read(snapshot.of_account("123456789012")[LOG]))
    assert log["regions"] == {"read": [HOME], "unread": [OTHER], "off": []}
    run("assess", "--store", "s", "--format", "json", "-o", "r.json")
    rows = json.loads((tmp_path / "r.json").read_text())["results"]
    unread = [r for r in rows if r["control_id"] == "GOV-05" or f"@{OTHER}" in r["reason"]]
    assert any(r["verdict"] == "not-evaluated" and f"@{OTHER}" in r["reason"] for r in unread)


def test_the_declared_regions_are_those_of_the_configuration(
    two_enabled: Front, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "reportgen.yaml").write_text(f"collect: {{regions: [{OTHER}, {OFF}]}}\n")
    done = run("collect", "--store", "s", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert told(done)["regions"] == {"read": [OTHER], "unread": [HOME], "off": [OFF]}
    assert f"alarms@{OTHER}" in told(done)["sources"]
    assert not any(OFF in key for key in told(done)["sources"])


def test_none_of_those_asked_for_is_switched_on(two_enabled: Front, run: Run) -> None:
    done = run("collect", "--store", "s", "--in-region", OFF)
    assert done.returncode == 3, done.stderr
    assert f"regions (123456789012): not switched on: {OFF}" in done.stdout
    assert f"Switched on and not read (123456789012): {HOME}, {OTHER}" in done.stdout


def test_a_region_that_refuses_good_credentials_ends_no_run(two_enabled: Front, run: Run) -> None:
    """Where it was switched on a moment ago, or the token is of the global STS endpoint."""
    alarms = two_enabled.answers.get("cloudwatch:DescribeAlarms", {"MetricAlarms": []})

    def in_region(asked: Asked) -> dict[str, Any]:
        if asked.region == OTHER:
            raise Refused("InvalidClientTokenId", "The security token is invalid", 403)
        return dict(alarms)  # type: ignore[arg-type]

    two_enabled.answers["cloudwatch:DescribeAlarms"] = in_region
    done = run("collect", "--store", "s", "--format", "json")
    assert done.returncode == 3, done.stderr
    row = told(done)
    assert row["sources"][f"alarms@{HOME}"] == "collected"
    assert row["sources"][f"alarms@{OTHER}"] == "denied"
    assert "may not be switched on" in row["missing"][f"alarms@{OTHER}"]
    assert list(row["missing"]) == [f"alarms@{OTHER}"]
