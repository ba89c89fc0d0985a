"""Evidence of regions: what a source answered in each, and in which nothing is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.assess.facts.answers import Answers
from reportgen.assess.records import Unavailable, records
from reportgen.model import Status


@dataclass(frozen=True)
class Regional:
    """A source's answers by region; ``gaps`` says why it may not be all of them.

    ``absent``: regions in which AWS says that the service is not switched on.
    """

    source: str
    answers: Mapping[str, Mapping[str, Any]]
    absent: tuple[str, ...] = ()
    gaps: list[str] = field(default_factory=list)

    def listed(self, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The objects of a list in every region, with the region. What is no list is a gap."""
        for region, answer in self.answers.items():
            value = answer.get(key)
            if not isinstance(value, list):
                self.gaps.append(f"{self.source} of {region} is damaged: {key} is not a list")
                continue
            if len(records(value)) < len(value):
                said = f"{self.source} of {region} is damaged: {key} holds what is no record"
                self.gaps.append(said)
            for record in records(value):
                yield region, record


class RegionFacts(Answers):
    """Facts of sources that are read in each region."""

    def enabled_regions(self) -> list[str]:
        """The regions that are switched on. Raises Unavailable where that was not read."""
        listed = self._listed("regions", "Regions")
        return sorted(
            str(region.get("RegionName"))
            for region in listed
            if region.get("OptInStatus") != "not-opted-in"
        )

    def regional(self, source: str) -> Regional:
        """What ``source`` answered in each region that is switched on, or that has evidence of it.

        Raises Unavailable where it answered in none.
        """
        gaps: list[str] = []
        places = {e.region for e in self._envelopes.values() if e.source == source}
        try:
            places |= set(self.enabled_regions())
        except Unavailable as reason:
            gaps.append(f"which regions are switched on is not known: {reason}")
        found: dict[str, Mapping[str, Any]] = {}
        absent = []
        for region in sorted(places):
            key = f"{source}@{region}"
            if self.status_of(key) is Status.NOT_ENABLED:
                absent.append(region)
                continue
            try:
                found[region] = self._json(key)
            except Unavailable as reason:
                gaps.append(str(reason))
        if not found and not absent:
            if not places:
                self.status_of(source)
                raise Unavailable(f"{source} was not collected")
            raise Unavailable(_several(gaps))
        return Regional(source, found, tuple(absent), [_several(gaps)] if gaps else [])

    def in_region(self, source: str, region: str) -> Mapping[str, Any]:
        """What ``source`` answered in one region. Raises Unavailable."""
        return self._json(f"{source}@{region}")

    @property
    def home_region(self) -> str:
        """Where the events of global services are recorded: IAM, sign-in, Organizations.

        CloudTrail User Guide, "Global service events"; other partitions have a region of their own.
        """
        homes = {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
        return homes.get(self.partition, "us-east-1")


def _several(reasons: list[str]) -> str:
    """Up to three of several reasons, and how many more there are."""
    shown = "; ".join(reasons[:3])
    return shown if len(reasons) <= 3 else f"{shown}; and {len(reasons) - 3} more"
