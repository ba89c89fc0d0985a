"""Whether AWS Config records (API_DescribeConfigurationRecorderStatus)."""

from __future__ import annotations

from reportgen.sources.source import Scope, Source, single

SOURCE = Source(
    name="config-recorders",
    about="AWS Config's recorders and whether they record",
    operations=("config:DescribeConfigurationRecorderStatus",),
    read=single("config", "describe_configuration_recorder_status", "ConfigurationRecordersStatus"),
    keys=("ConfigurationRecordersStatus",),
    scope=Scope.REGION,
    exports=("describe-configuration-recorder-status.json",),
)
