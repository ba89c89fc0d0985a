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


def alarm(**more: Any) -> dict[str, Any]:
    about = {"AlarmName": "a", "Namespace": "N", "MetricName": "m", "ActionsEnabled": True}
    return {**about, "AlarmActions": [TOPIC], **more}


def metric(space: str = "N", name: str = "m") -> dict[str, Any]:
    return {"metricNamespace": space, "metricName": name}


def watching(*alarms: Any, group: str = "audit", trail: Any = None, **filter_: Any) -> Any:
    """A filter of a log group with alarms, and a trail that writes to the group ``audit``."""
    about = {"filterPattern": "{ $.x = 1 }", "logGroupName": group}
    kept = {**about, "metricTransformations": [metric()], **filter_}
    more: dict[str, Any] = {
        f"metric-filters@{HERE}": {"metricFilters": [kept]},
        f"alarms@{HERE}": {"MetricAlarms": list(alarms)},
    }
    if trail is not None:
        more[f"cloudtrail-trails@{HERE}"] = {"trailList": [trail]}
    return given(**more)


def test_an_alarm_on_a_filter_of_a_live_trail_sees_every_region(tmp_path: Path) -> None:
    found = facts_of(tmp_path, watching(alarm())).detectors()
    (one,) = found.detectors
    assert (one.name, one.pattern, one.regions) == ("the alarm a", "{ $.x = 1 }", ())
    assert (one.region, one.account, one.actions) == (HERE, ACCOUNT, (TOPIC,))
    assert found.gaps == []


@pytest.mark.parametrize(
    "one",
    [
        alarm(ActionsEnabled=False),
        alarm(AlarmActions=[]),
        alarm(AlarmActions=None),
        alarm(Namespace="M"),
        alarm(MetricName="n"),
        # An alarm on an expression names its metrics inside, and no other.
        alarm(Namespace=None, MetricName=None, Metrics=[{"MetricStat": None}, {"Id": "e"}]),
        alarm(MetricName=None, Metrics=[{"MetricStat": {"Metric": None}}]),
    ],
)
def test_alarms_that_do_nothing_or_watch_something_else(tmp_path: Path, one: Any) -> None:
    found = facts_of(tmp_path, watching(one)).detectors()
    assert (found.detectors, found.gaps) == ([], [])


def test_an_alarm_on_an_expression_with_the_metric_counts(tmp_path: Path) -> None:
    inside = {"MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}}}
    one = alarm(Namespace=None, MetricName=None, Metrics=[{"Id": "e"}, inside])
    assert len(facts_of(tmp_path, watching(one)).detectors().detectors) == 1


def test_whether_an_alarm_acts_may_not_have_been_read(tmp_path: Path) -> None:
    silent = {key: value for key, value in alarm().items() if key != "ActionsEnabled"}
    found = facts_of(tmp_path, watching(silent)).detectors()
    assert found.detectors == []
    assert found.gaps == ["whether the alarm a acts was not read"]


@pytest.mark.parametrize("damaged", [None, {}, "text"])
def test_alarms_that_are_no_list_are_a_gap(tmp_path: Path, damaged: Any) -> None:
    files = {**watching(alarm()), f"alarms@{HERE}": {"MetricAlarms": damaged}}
    found = facts_of(tmp_path, files).detectors()
    assert found.detectors == []
    assert found.gaps == [f"alarms of {HERE} is damaged: MetricAlarms is not a list"]


OF_ALL = {"IsMultiRegionTrail": True, "CloudWatchLogsLogGroupArn": GROUP}


@pytest.mark.parametrize(
    ("group", "trail"),
    [
        ("other", None),
        # A trail of one region, without a group, or into a group of another account.
        ("audit", record("a", **{**OF_ALL, "IsMultiRegionTrail": False})),
        ("audit", record("a", IsMultiRegionTrail=True)),
        (
            "audit",
            record(
                "a", **{**OF_ALL, "CloudWatchLogsLogGroupArn": GROUP.replace(ACCOUNT, "9" * 12)}
            ),
        ),
        # The group of that name in another region is another.
        (
            "audit",
            record("a", **{**OF_ALL, "CloudWatchLogsLogGroupArn": GROUP.replace(HERE, HOME)}),
        ),
    ],
)
def test_a_filter_of_what_no_such_trail_writes_to_sees_nothing(
    tmp_path: Path, group: str, trail: Any
) -> None:
    found = facts_of(tmp_path, watching(alarm(), group=group, trail=trail)).detectors()
    assert (found.detectors, found.gaps) == ([], [])


def test_a_trail_that_does_not_log_brings_nothing(tmp_path: Path) -> None:
    stopped = {"TrailStatuses": [{"TrailARN": arn("a"), "IsLogging": False}]}
    files = {**watching(alarm()), f"trail-status@{HERE}": stopped}
    assert facts_of(tmp_path, files).detectors().detectors == []


def test_a_filter_without_a_pattern_and_actions_that_are_no_list(tmp_path: Path) -> None:
    odd = alarm(AlarmActions={"a": 1})
    (one,) = facts_of(tmp_path, watching(odd, filterPattern=None)).detectors().detectors
    assert (one.pattern, one.actions) == ("", None)


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
