"""The regions that are switched on for the account (API_DescribeRegions without AllRegions)."""

from __future__ import annotations

from reportgen.sources.source import Source, single

SOURCE = Source(
    name="regions",
    about="regions that are switched on",
    operations=("ec2:DescribeRegions",),
    read=single("ec2", "describe_regions", "Regions"),
    keys=("Regions",),
    exports=("describe-regions.json",),
)
