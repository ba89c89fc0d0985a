"""What the sources of CloudTrail share: trails whose home is the region that is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import Aws


def homed(aws: Aws) -> list[Mapping[str, Any]]:
    """The trails that live in this region; elsewhere they are seen as shadows, and read there."""
    listed = aws.earlier("cloudtrail-trails").data.get("trailList", [])
    trails = [trail for trail in listed if isinstance(trail, dict)]
    return [trail for trail in trails if trail.get("HomeRegion") == aws.region]
