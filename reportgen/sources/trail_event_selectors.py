"""Which events each trail records (API_GetEventSelectors)."""

from __future__ import annotations

from reportgen.sources.rows import Maybe
from reportgen.sources.source import Scope, Source
from reportgen.sources.trails import of_each_trail

SOURCE = Source(
    name="trail-event-selectors",
    about="which events each trail records",
    operations=("cloudtrail:GetEventSelectors",),
    read=of_each_trail(
        "Trails", "get_event_selectors", "TrailName", "EventSelectors", "AdvancedEventSelectors"
    ),
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
