"""CloudWatch's alarms with what they do when they ring (API_DescribeAlarms)."""

from __future__ import annotations

from reportgen.sources.source import Scope, Source, paged

_KEYS = ("MetricAlarms", "CompositeAlarms")

SOURCE = Source(
    name="alarms",
    about="CloudWatch's alarms and their actions",
    operations=("cloudwatch:DescribeAlarms",),
    read=paged(
        "cloudwatch",
        "describe_alarms",
        *_KEYS,
        # Without the types, AWS gives metric alarms alone.
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        MaxRecords=100,
    ),
    keys=_KEYS,
    scope=Scope.REGION,
    exports=("describe-alarms.json",),
)
