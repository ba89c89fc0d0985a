"""Alarms: who hears of what an intruder does first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.alarms import guardduty, raised
from reportgen.assess.events.activities import ROOT_USE
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("alarms"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def test_an_activity_that_nobody_knows_is_not_evaluated(tmp_path: Path) -> None:
    said = reasons(
        tmp_path, "MON-06", {"account-summary": {}}, parameters={"activities": ["dancing"]}
    )
    assert said["account"].startswith("not-evaluated: There is no activity 'dancing'")


HERE, OTHER = "ap-southeast-2", "999988887777"


def trail(group: str | None) -> dict[str, Any]:
    """The organisation's trail of another account, which writes to a log group."""
    name = f"arn:aws:cloudtrail:{HERE}:{OTHER}:trail/all"
    about = {"Name": "all", "TrailARN": name, "HomeRegion": HERE, "IsOrganizationTrail": True}
    return {**about, "IsMultiRegionTrail": True, "CloudWatchLogsLogGroupArn": group}


def group_of(account: str) -> str:
    return f"arn:aws:logs:{HERE}:{account}:log-group:audit:*"


@pytest.mark.parametrize(
    ("group", "known", "verdict"),
    [
        # Who has the log group has the alarms: there it is judged, where that is an account here.
        (group_of(OTHER), (OTHER,), "not-applicable"),
        (group_of(OTHER), (), "not-evaluated"),
        # Into a log group of its own, or into none: what watches would be seen here.
        (group_of(ACCOUNT), (OTHER,), "fail"),
        (None, (OTHER,), "fail"),
    ],
)
def test_events_that_another_account_watches(
    tmp_path: Path, group: str | None, known: tuple[str, ...], verdict: str
) -> None:
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"cloudtrail-trails@{HERE}": {"trailList": [trail(group)]},
        f"trail-status@{HERE}": {
            "TrailStatuses": [{"TrailARN": trail(None)["TrailARN"], "IsLogging": True}]
        },
        f"event-rules@{HERE}": {"Rules": []},
        f"metric-filters@{HERE}": {"metricFilters": []},
        f"alarms@{HERE}": {"MetricAlarms": []},
    }
    (row,) = raised(facts_of(tmp_path, files, known_accounts=known), activities=[ROOT_USE])
    assert row.verdict == verdict


FREQUENCY = {"FindingPublishingFrequency": "SIX_HOURS"}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"Detectors": [{"Status": "ENABLED"}]}, "pass"),
        ({"Detectors": [{"Status": "DISABLED"}, {"Status": "ENABLED"}]}, "pass"),
        ({"Detectors": [{"Status": "DISABLED"}]}, "fail"),
        ({"Detectors": []}, "fail"),
        ({"Detectors": [{"Status": "DISABLED"}, {}]}, "not-evaluated"),
        # GetDetector's own answer; and ids alone, which do not say whether it is on.
        ({**FREQUENCY, "Status": "ENABLED"}, "pass"),
        ({**FREQUENCY, "Status": "DISABLED"}, "fail"),
        ({"DetectorIds": ["a"]}, "not-evaluated"),
        ({"DetectorIds": []}, "fail"),
    ],
)
def test_guardduty_by_what_a_region_says(
    tmp_path: Path, answer: dict[str, Any], verdict: str
) -> None:
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"guardduty-detectors@{HERE}": answer,
    }
    (row,) = guardduty(facts_of(tmp_path, files))
    assert row.verdict == verdict
