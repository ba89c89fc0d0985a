"""CloudTrail's trails as a region shows them, those of other regions and the organisation's too.

A trail of the organisation is seen in a member account only as a shadow, so shadows are asked for
(API_DescribeTrails: they are by default).
"""

from __future__ import annotations

from reportgen.sources.source import Scope, Source, single

SOURCE = Source(
    name="cloudtrail-trails",
    about="CloudTrail's trails: where they write, what they cover, how they are protected",
    operations=("cloudtrail:DescribeTrails",),
    read=single("cloudtrail", "describe_trails", "trailList"),
    keys=("trailList",),
    scope=Scope.REGION,
    exports=("describe-trails.json",),
)
