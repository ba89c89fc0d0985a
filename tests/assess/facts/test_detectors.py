"""Rules and alarms: which of them count, and whom they reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.events.activities import ROOT_USE, activities
from reportgen.assess.facts.detectors import that_see
from reportgen.assess.records import Unavailable
from tests.assess.facts.holding import facts_of
from tests.assess.facts.test_trails import arn, record
from tests.given import ACCOUNT

HERE, HOME = "ap-southeast-2", "us-east-1"
TOPIC = f"arn:aws:sns:{HERE}:{ACCOUNT}:alarms"
ROOT = json.dumps({"detail": {"userIdentity": {"type": ["Root"]}}})
GROUP = f"arn:aws:logs:{HERE}:{ACCOUNT}:log-group:audit:*"


def given(rules: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    whole = record("a", IsMultiRegionTrail=True, CloudWatchLogsLogGroupArn=GROUP)
    status = {"TrailStatuses": [{"TrailARN": arn("a"), "IsLogging": True}]}
    return {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"cloudtrail-trails@{HERE}": {"trailList": [whole]},
        f"trail-status@{HERE}": status,
        f"event-rules@{HERE}": {"Rules": rules or []},
        f"metric-filters@{HERE}": {"metricFilters": []},
        f"alarms@{HERE}": {"MetricAlarms": []},
        **more,
    }


def rule(state: str = "ENABLED", **more: Any) -> dict[str, Any]:
    return {"Name": "r", "State": state, "EventPattern": ROOT, "Targets": [{"Arn": "x"}], **more}


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (rule(), 1),
        (rule("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), 1),
        (rule("DISABLED"), 0),
        (rule("SOMETHING_NEW"), 0),
        (rule(EventPattern=None, ScheduleExpression="rate(1 day)"), 0),
    ],
)
def test_rules_that_are_switched_on(tmp_path: Path, one: dict[str, Any], count: int) -> None:
    found = facts_of(tmp_path, given([one])).detectors()
    assert len(found.detectors) == count
    assert found.gaps == []


def test_targets_that_were_not_read_are_not_none(tmp_path: Path) -> None:
    bare = {k: v for k, v in rule().items() if k != "Targets"}
    none, unread = facts_of(tmp_path, given([rule(Targets=[]), bare])).detectors().detectors
    assert none.actions == ()
    assert unread.actions is None


def test_a_rule_sees_its_own_region(tmp_path: Path) -> None:
    found = facts_of(tmp_path, given([rule()])).detectors()
    (occurrence, _) = activities()[ROOT_USE]
    assert that_see(found, occurrence, HERE, []) == found.detectors
    assert that_see(found, occurrence, HOME, []) == []


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    found = facts_of(tmp_path, given([rule(EventPattern="{}")])).detectors()
    gaps: list[str] = []
    assert that_see(found, activities()[ROOT_USE][0], HERE, gaps) == []
    assert gaps == ["the pattern of the rule r is not an event pattern"]


@pytest.mark.parametrize(
    "source", ["event-rules", "cloudtrail-trails", "trail-status", "metric-filters", "alarms"]
)
def test_each_source_that_is_lacking_is_a_gap(tmp_path: Path, source: str) -> None:
    files = {k: v for k, v in given([rule()]).items() if k != f"{source}@{HERE}"}
    found = facts_of(tmp_path, files).detectors()
    assert any(source in gap for gap in found.gaps)


def subscriptions(*arns: str, topic: str = TOPIC) -> dict[str, Any]:
    listed = [{"TopicArn": topic, "SubscriptionArn": arn_} for arn_ in arns]
    return {f"sns-subscriptions@{HERE}": {"Subscriptions": listed}}


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (subscriptions(), 0),
        (subscriptions(f"{TOPIC}:1", f"{TOPIC}:2"), 2),
        (subscriptions("PendingConfirmation", "Deleted"), 0),
        (subscriptions(f"{TOPIC}:1", topic=f"{TOPIC}-of-app"), 0),
    ],
)
def test_confirmed_subscribers(tmp_path: Path, found: dict[str, Any], count: int) -> None:
    assert facts_of(tmp_path, found).confirmed_subscribers(TOPIC) == count


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (TOPIC.replace(ACCOUNT, "999988887777"), "another account"),
        ("nonsense", "another account"),
        (TOPIC.replace(HERE, HOME), "was not collected"),
    ],
)
def test_subscribers_that_are_not_seen_are_not_none(tmp_path: Path, topic: str, said: str) -> None:
    facts = facts_of(tmp_path, subscriptions())
    with pytest.raises(Unavailable, match=said):
        facts.confirmed_subscribers(topic)
