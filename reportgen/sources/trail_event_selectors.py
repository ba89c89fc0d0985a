"""Which events each trail records (API_GetEventSelectors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.rows import Maybe
from reportgen.sources.source import Aws, Scope, Source
from reportgen.sources.trails import homed


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for each trail at home here. Key: Trails, each as GetEventSelectors answers."""
    arns = [str(trail.get("TrailARN", "")) for trail in homed(aws)]
    return {"Trails": ask_of_each(aws, _ask, arns, "TrailARN")}


def _ask(aws: Aws, arn: str) -> Mapping[str, Any]:
    return aws.call("cloudtrail", "get_event_selectors", TrailName=arn)


SOURCE = Source(
    name="trail-event-selectors",
    about="which events each trail records",
    operations=("cloudtrail:GetEventSelectors",),
    read=read,
    keys=("Trails", "TrailARN"),
    scope=Scope.REGION,
    exports=("get-event-selectors.json",),
    after=("cloudtrail-trails",),
    form='get-event-selectors of the one trail; of several, {"Trails": [...]} of the answers',
    rows={
        "Trails": Maybe(
            [
                {
                    "TrailARN": str,
                    "EventSelectors": Maybe(
                        [
                            {
                                "ReadWriteType": str,
                                "IncludeManagementEvents": bool,
                                "ExcludeManagementEventSources": Maybe([str]),
                            }
                        ]
                    ),
                    "AdvancedEventSelectors": Maybe([{"FieldSelectors": [{"Field": str}]}]),
                }
            ]
        )
    },
)
