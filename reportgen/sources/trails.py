"""What the sources of CloudTrail share: trails whose home is the region that is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.source import Aws, having


def homed(aws: Aws) -> list[Mapping[str, Any]]:
    """The trails that live in this region; elsewhere they are seen as shadows, and read there."""
    listed = aws.earlier("cloudtrail-trails").data.get("trailList", [])
    trails = [trail for trail in listed if isinstance(trail, dict)]
    return [trail for trail in trails if trail.get("HomeRegion") == aws.region]


def of_each_trail(
    key: str, operation: str, argument: str, *has: str
) -> Callable[[Aws], Mapping[str, Any]]:
    """A reader that asks CloudTrail's ``operation`` (its method in boto3) of each trail at home.

    The trail's ARN is the request's ``argument``. The answers stand under ``key``, each with its
    TrailARN; one that has none of the fields ``has`` is no answer.
    """

    def ask(aws: Aws, arn: str) -> Mapping[str, Any]:
        return having(aws.call("cloudtrail", operation, **{argument: arn}), *has)

    def read(aws: Aws) -> Mapping[str, Any]:
        arns = [str(trail.get("TrailARN", "")) for trail in homed(aws)]
        return {key: ask_of_each(aws, ask, arns, "TrailARN")}

    return read
