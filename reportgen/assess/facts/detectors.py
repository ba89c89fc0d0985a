"""What watches CloudTrail's events: EventBridge rules, and alarms on filters of log groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.assess.events import NotUnderstood, filters, rules
from reportgen.assess.events.activities import Occurrence
from reportgen.assess.facts.trails import Trail, TrailFacts
from reportgen.assess.records import Unavailable, Unreadable, records

_ON = ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


@dataclass(frozen=True)
class Detector:
    """A rule, or an alarm with the filter behind it.

    ``regions``: those whose events it sees; empty: all, for the trail behind it does.
    ``actions``: ARNs of what it calls; None: not read.
    """

    name: str
    pattern: str
    regions: tuple[str, ...]
    region: str
    account: str
    actions: tuple[str, ...] | None

    def sees(self, occurrence: Occurrence, region: str) -> bool:
        """Whether the event, in a region, makes it act. Raises NotUnderstood."""
        if not self.regions:
            return filters.sees(self.pattern, occurrence.record)
        event = occurrence.as_event(region, self.account)
        return region in self.regions and rules.sees(self.pattern, event)


@dataclass(frozen=True)
class Detectors:
    """All that watches; ``gaps`` says why there may be more."""

    detectors: list[Detector]
    gaps: list[str] = field(default_factory=list)


class DetectorFacts(TrailFacts):
    """Facts of rules and alarms."""

    def detectors(self) -> Detectors:
        """Rules that are switched on, and alarms with an action behind filters of a live trail."""
        found: list[Detector] = []
        gaps: list[str] = []
        for read in (self._rules, self._alarms):
            try:
                found += read(gaps)
            except Unavailable as reason:
                gaps.append(str(reason))
        return Detectors(found, list(dict.fromkeys(gaps)))

    def _rules(self, gaps: list[str]) -> Iterator[Detector]:
        listing = self.regional("event-rules")
        for region, rule in listing.listed("Rules"):
            if rule.get("State") not in _ON or not rule.get("EventPattern"):
                continue
            targets = rule.get("Targets")
            actions = (
                tuple(str(target.get("Arn")) for target in records(targets))
                if isinstance(targets, list)
                else None
            )
            name = f"the rule {rule.get('Name')}"
            yield Detector(
                name, str(rule["EventPattern"]), (region,), region, self.account_id, actions
            )
        gaps += listing.gaps

    def _alarms(self, gaps: list[str]) -> Iterator[Detector]:
        watched = self._watched_groups(gaps)
        if not watched:
            return
        kept = self.regional("metric-filters")
        alarms = self.regional("alarms")
        by_region: dict[str, list[Mapping[str, Any]]] = {}
        for region, alarm in alarms.listed("MetricAlarms"):
            by_region.setdefault(region, []).append(alarm)
        for region, filter_ in kept.listed("metricFilters"):
            if (region, str(filter_.get("logGroupName"))) not in watched:
                continue
            for alarm in _of_filter(by_region.get(region, ()), filter_):
                actions = alarm.get("AlarmActions")
                enabled = alarm.get("ActionsEnabled")
                if not isinstance(enabled, bool):
                    gaps.append(f"whether the alarm {alarm.get('AlarmName')} acts was not read")
                if enabled is not True or not actions:
                    continue
                yield Detector(
                    f"the alarm {alarm.get('AlarmName')}",
                    str(filter_.get("filterPattern") or ""),
                    (),
                    region,
                    self.account_id,
                    tuple(map(str, actions)) if isinstance(actions, list) else None,
                )
        gaps += [*kept.gaps, *alarms.gaps]

    def _watched_groups(self, gaps: list[str]) -> set[tuple[str, str]]:
        """Region and name of the log groups here that a live trail of all regions writes to."""
        trails = self.trails()
        gaps += trails.gaps
        found = set()
        for trail in trails.trails:
            group = trail.watched_group
            if group is None or group[1] != self.account_id:
                continue
            try:
                if _whole(trail):
                    found.add((group[0], group[2]))
            except Unreadable as reason:
                gaps.append(str(reason))
        return found

    def confirmed_subscribers(self, topic: str) -> int:
        """Confirmed subscriptions of an SNS topic of this account. Raises Unavailable."""
        parts = topic.split(":")
        if len(parts) < 6 or parts[4] != self.account_id:
            raise Unavailable(f"the topic {topic} lies in another account")
        answer = self.in_region("sns-subscriptions", parts[3])
        listed = answer.get("Subscriptions")
        if not isinstance(listed, list):
            raise Unavailable("sns-subscriptions is damaged: Subscriptions is not a list")
        return sum(
            subscription.get("TopicArn") == topic
            and str(subscription.get("SubscriptionArn", "")).startswith("arn:")
            for subscription in records(listed)
        )


def _whole(trail: Trail) -> bool:
    """Whether it brings the events of every region. Raises Unreadable."""
    return trail.is_set("IsMultiRegionTrail") and trail.logging


def _of_filter(
    alarms: Iterable[Mapping[str, Any]], filter_: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The alarms on a filter's metrics: of the metric itself, or of an expression with it."""
    metrics = {
        (str(m.get("metricNamespace")), str(m.get("metricName")))
        for m in records(filter_.get("metricTransformations"))
    }
    for alarm in alarms:
        named = [(alarm.get("Namespace"), alarm.get("MetricName"))]
        for query in records(alarm.get("Metrics")):
            stat = query.get("MetricStat")
            metric = stat.get("Metric") if isinstance(stat, dict) else None
            if isinstance(metric, dict):
                named.append((metric.get("Namespace"), metric.get("MetricName")))
        if metrics & {(str(space), str(name)) for space, name in named}:
            yield alarm


def that_see(
    detectors: Detectors, occurrence: Occurrence, region: str, gaps: list[str]
) -> list[Detector]:
    """The detectors that see an event in a region; what cannot be read is added to ``gaps``."""
    seeing = []
    for detector in detectors.detectors:
        try:
            if detector.sees(occurrence, region):
                seeing.append(detector)
        except NotUnderstood as reason:
            gaps.append(f"the pattern of {detector.name} {reason}")
    return seeing
