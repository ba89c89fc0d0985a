"""Whether each trail is logging, and when it last delivered (API_GetTrailStatus)."""

from __future__ import annotations

from reportgen.sources.rows import Maybe
from reportgen.sources.source import Scope, Source
from reportgen.sources.trails import of_each_trail

SOURCE = Source(
    name="trail-status",
    about="whether each trail is logging, and when it last delivered",
    operations=("cloudtrail:GetTrailStatus",),
    read=of_each_trail("TrailStatuses", "get_trail_status", "Name", "IsLogging"),
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
