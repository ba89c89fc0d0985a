"""Whether each trail is logging, and when it last delivered (API_GetTrailStatus)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.rows import Maybe
from reportgen.sources.source import Aws, Scope, Source
from reportgen.sources.trails import homed


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for each trail at home here. Key: TrailStatuses, each with its TrailARN."""
    arns = [str(trail.get("TrailARN", "")) for trail in homed(aws)]
    return {"TrailStatuses": ask_of_each(aws, _ask, arns, "TrailARN")}


def _ask(aws: Aws, arn: str) -> Mapping[str, Any]:
    return aws.call("cloudtrail", "get_trail_status", Name=arn)


SOURCE = Source(
    name="trail-status",
    about="whether each trail is logging, and when it last delivered",
    operations=("cloudtrail:GetTrailStatus",),
    read=read,
    keys=("TrailStatuses", "IsLogging"),
    scope=Scope.REGION,
    exports=("get-trail-status.json",),
    after=("cloudtrail-trails",),
    form="get-trail-status of the one trail; of several, "
    '{"TrailStatuses": [...]}, each answer with its TrailARN',
    rows={
        "TrailStatuses": Maybe(
            [{"TrailARN": str, "IsLogging": bool, "LatestDeliveryError": Maybe(str)}]
        ),
        "LatestDeliveryError": Maybe(str),
    },
)
