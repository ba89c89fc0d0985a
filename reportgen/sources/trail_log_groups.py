"""The log groups that trails write to, with how long they keep events (API_DescribeLogGroups)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.rows import Maybe
from reportgen.sources.source import Aws, Scope, Source
from reportgen.sources.trails import homed


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for the log group of each trail at home here, and no other: there may be thousands."""
    arns = {str(trail.get("CloudWatchLogsLogGroupArn") or "") for trail in homed(aws)}
    found = []
    for name in sorted({_name(arn) for arn in arns} - {""}):
        listed = aws.items("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
        found += [group for group in listed if group.get("logGroupName") == name]
    return {"logGroups": found}


def _name(arn: str) -> str:
    """NAME of arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else ""


SOURCE = Source(
    name="trail-log-groups",
    about="log groups that trails write to, with retention",
    operations=("logs:DescribeLogGroups",),
    read=read,
    keys=("logGroups",),
    scope=Scope.REGION,
    exports=("describe-log-groups.json",),
    after=("cloudtrail-trails",),
    rows={"logGroups": [{"logGroupName": str, "retentionInDays": Maybe(int)}]},
)
