"""Every region, and whether it is switched on for the account (API_ListRegions)."""

from __future__ import annotations

from reportgen.sources.source import Source, paged

SOURCE = Source(
    name="region-opt-status",
    about="every region with its opt-in status",
    operations=("account:ListRegions",),
    read=paged("account", "list_regions", "Regions", MaxResults=50),
    keys=("Regions",),
    exports=("list-regions.json",),
)
