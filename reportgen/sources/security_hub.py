"""Whether Security Hub is switched on (API_DescribeHub)."""

from __future__ import annotations

from reportgen.sources.source import Scope, Source, single

SOURCE = Source(
    name="security-hub",
    about="Security Hub, where it is switched on",
    operations=("securityhub:DescribeHub",),
    read=single("securityhub", "describe_hub", "HubArn"),
    keys=("HubArn",),
    scope=Scope.REGION,
    exports=("describe-hub.json",),
    # By which it says that the account is not subscribed.
    absent=frozenset({"InvalidAccessException", "ResourceNotFoundException"}),
)
