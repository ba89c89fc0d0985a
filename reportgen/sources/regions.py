"""The regions that are switched on for the account (API_DescribeRegions without AllRegions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import Aws, Source, malformed


def read(aws: Aws) -> Mapping[str, Any]:
    """Key: Regions. An account without any is none: regional evidence would be nothing."""
    answer = aws.call("ec2", "describe_regions")
    if not isinstance(answer.get("Regions"), list) or not answer["Regions"]:
        raise malformed("the answer has no Regions")
    return answer


SOURCE = Source(
    name="regions",
    about="regions that are switched on",
    operations=("ec2:DescribeRegions",),
    read=read,
    keys=("Regions",),
    exports=("describe-regions.json",),
)
