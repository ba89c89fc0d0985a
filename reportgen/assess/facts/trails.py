"""CloudTrail's trails, each with its status, events, bucket and log group where they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.assess.facts.regions import RegionFacts
from reportgen.assess.records import Unavailable, Unreadable, records
from reportgen.model import CONFIGURATION


@dataclass(frozen=True)
class TrailPart:
    """One part of a trail's evidence: what was read, or why it was not.

    ``unasked``: of no trail it was read, so that nothing is known of this one either.
    """

    record: Mapping[str, Any] | None
    gap: str = ""
    unasked: bool = False

    def read(self) -> Mapping[str, Any]:
        """What was read. Raises Unreadable."""
        if self.record is None:
            raise Unreadable(self.gap)
        return self.record


@dataclass(frozen=True)
class Trail:
    """A trail. ``owner`` is the account that it belongs to, ``home`` the region it lives in."""

    arn: str
    name: str
    home: str
    owner: str
    record: Mapping[str, Any]
    _parts: Mapping[str, Callable[[], TrailPart]]

    @property
    def status(self) -> TrailPart:
        """GetTrailStatus's answer. Each part is noted as evidence when it is asked for."""
        return self._parts["status"]()

    @property
    def selectors(self) -> TrailPart:
        """GetEventSelectors' answer."""
        return self._parts["selectors"]()

    @property
    def bucket(self) -> TrailPart:
        """What ``trail-buckets`` has of its bucket."""
        return self._parts["bucket"]()

    @property
    def log_group(self) -> TrailPart:
        """What DescribeLogGroups says of its log group."""
        return self._parts["log_group"]()

    def is_set(self, key: str) -> bool:
        """A true/false field of DescribeTrails. Raises Unreadable for anything else."""
        value = self.record.get(key)
        if not isinstance(value, bool):
            raise Unreadable(f"{key} of {self.name} is {value!r}, neither true nor false")
        return value

    @property
    def logging(self) -> bool:
        """Whether it is switched on and delivers. Raises Unreadable."""
        status = self.status.read()
        if not isinstance(status.get("IsLogging"), bool):
            raise Unreadable(f"whether {self.name} is logging was not said")
        return bool(status["IsLogging"]) and not status.get("LatestDeliveryError")

    def unrecorded(self) -> str:
        """What of management events it leaves out; empty: nothing. Raises Unreadable."""
        given = self.selectors.read()
        classic, advanced = given.get("EventSelectors"), given.get("AdvancedEventSelectors")
        if isinstance(advanced, list) and advanced:
            return _advanced(records(advanced))
        if isinstance(classic, list) and classic:
            return _classic(records(classic))
        raise Unreadable(f"which events {self.name} records was not said")

    @property
    def watched_group(self) -> tuple[str, str, str] | None:
        """Region, account and name of the log group that it writes to; None: it has none."""
        parts = str(self.record.get("CloudWatchLogsLogGroupArn") or "").split(":")
        return (parts[3], parts[4], parts[6]) if len(parts) > 6 else None


@dataclass(frozen=True)
class Trails:
    """All trails that are seen from the account; ``gaps`` says why there may be more."""

    trails: list[Trail]
    gaps: list[str] = field(default_factory=list)


class TrailFacts(RegionFacts):
    """Facts of CloudTrail."""

    def trails(self) -> Trails:
        """Each trail once, wherever it is seen. Raises Unavailable where none was asked for."""
        listing = self.regional("cloudtrail-trails")
        seen: dict[str, Mapping[str, Any]] = {}
        gaps = []
        for region, record in listing.listed("trailList"):
            arn = str(record.get("TrailARN") or "")
            if arn.count(":") < 5:
                gaps.append(f"a trail in {region} has no ARN")
            else:
                seen.setdefault(arn, record)
        found = [self._trail(arn, record, seen) for arn, record in sorted(seen.items())]
        return Trails(found, [*listing.gaps, *gaps])

    def _trail(
        self, arn: str, record: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
    ) -> Trail:
        home = str(record.get("HomeRegion") or arn.split(":")[3])
        alone = sum(str(other.get("HomeRegion")) == home for other in others.values()) == 1
        bucket = str(record.get("S3BucketName") or "")
        group = str(record.get("CloudWatchLogsLogGroupArn") or "").split(":")
        group_name = group[6] if len(group) > 6 else ""

        def part(source: str, key: str, field_: str, wanted: str, *, bare: bool = False) -> Any:
            at = f"{source}@{home}"
            return lambda: self._part(at, key, field_, wanted, bare=bare and alone)

        return Trail(
            arn,
            str(record.get("Name") or arn.split("/")[-1]),
            home,
            arn.split(":")[4],
            record,
            {
                "status": part("trail-status", "TrailStatuses", "TrailARN", arn, bare=True),
                "selectors": part("trail-event-selectors", "Trails", "TrailARN", arn, bare=True),
                "bucket": part("trail-buckets", "Buckets", "Name", bucket),
                "log_group": part("trail-log-groups", "logGroups", "logGroupName", group_name),
            },
        )

    def _part(self, source: str, key: str, field_: str, wanted: str, *, bare: bool) -> TrailPart:
        """The record of a list that has ``wanted``; ``bare``: the answer itself is of it alone."""
        try:
            answer = self._json(source)
        except Unavailable as reason:
            return TrailPart(None, str(reason), unasked=True)
        listed = answer.get(key)
        if listed is None and bare and answer.get(field_, wanted) == wanted:
            return TrailPart(answer)
        for record in records(listed):
            if record.get(field_) == wanted:
                if "Error" in record:
                    return TrailPart(None, f"{source}: AWS refused {wanted}: {record['Error']}")
                return TrailPart(record)
        return TrailPart(None, f"{source} has nothing of {wanted or 'it'}")

    def knows(self, account: str) -> bool:
        """Whether the configuration lists an account, so that it has rows of its own."""
        self._note(CONFIGURATION)
        return account in self._known_accounts

    def organisation_trail_of_another(self, trails: Trails) -> Trail | None:
        """A trail of the organisation that lives in another account and reaches this one."""
        for trail in trails.trails:
            if trail.record.get("IsOrganizationTrail") is True and trail.owner != self.account_id:
                return trail
        return None


def _classic(selectors: list[Mapping[str, Any]]) -> str:
    """Basic selectors: what of reads and writes none of them records (API_EventSelector)."""
    # Of each kind what each selector that records it leaves out.
    without: dict[str, list[set[str]]] = {"WriteOnly": [], "ReadOnly": []}
    for selector in selectors:
        if selector.get("IncludeManagementEvents") is not True:
            continue
        kind = str(selector.get("ReadWriteType"))
        sources = selector.get("ExcludeManagementEventSources") or []
        for each, excluded in without.items():
            if kind in (each, "All"):
                excluded.append({str(source) for source in sources})
    writes, reads = without.values()
    if not writes:
        return "writes of the management plane" if reads else "all management events"
    if not reads:
        return "reads of the management plane"
    left_out = [
        (said, ", ".join(sorted(set.intersection(*excluded))))
        for said, excluded in (("writes", writes), ("reads", reads))
    ]
    if left_out[0][1] == left_out[1][1]:
        return f"management events of {left_out[0][1]}" if left_out[0][1] else ""
    return "; ".join(f"{said} of {names}" for said, names in left_out if names)


def _advanced(selectors: list[Mapping[str, Any]]) -> str:
    """Advanced selectors (API_AdvancedFieldSelector): each field narrows what is recorded."""
    reasons = []
    for selector in selectors:
        fields = {str(f.get("Field")): f for f in records(selector.get("FieldSelectors"))}
        category = fields.pop("eventCategory", {})
        if "Management" not in (category.get("Equals") or []):
            continue
        if not fields:
            return ""
        reasons.append(f"management events but those that fit {' and '.join(sorted(fields))}")
    return reasons[0] if reasons else "all management events"
