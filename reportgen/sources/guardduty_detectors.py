"""GuardDuty's detector, of which a region has one at most, and what it watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.source import Aws, Scope, Source, having


def read(aws: Aws) -> Mapping[str, Any]:
    """Key: Detectors, each as GetDetector answers with its DetectorId; empty: not enabled."""
    ids = [str(i) for i in aws.items("guardduty", "list_detectors", "DetectorIds")]
    return {"Detectors": ask_of_each(aws, _ask, ids, "DetectorId")}


def _ask(aws: Aws, detector: str) -> Mapping[str, Any]:
    return having(aws.call("guardduty", "get_detector", DetectorId=detector), "Status")


SOURCE = Source(
    name="guardduty-detectors",
    about="GuardDuty's detectors: whether they are enabled, and what they watch",
    operations=("guardduty:ListDetectors", "guardduty:GetDetector"),
    read=read,
    keys=("Detectors", "DetectorIds", "FindingPublishingFrequency"),
    scope=Scope.REGION,
    exports=("get-detector.json",),
    form="get-detector's answer; list-detectors' where it has none",
)
