"""CloudTrail Lake: event data stores, with how long they keep events (API_GetEventDataStore)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.source import Aws, Scope, Source, having


def read(aws: Aws) -> Mapping[str, Any]:
    """Key: EventDataStores, each as GetEventDataStore answers: the list has names alone."""
    listed = list(aws.items("cloudtrail", "list_event_data_stores", "EventDataStores"))
    arns = [str(store.get("EventDataStoreArn", "")) for store in listed]
    return {"EventDataStores": ask_of_each(aws, _ask, arns, "EventDataStoreArn")}


def _ask(aws: Aws, arn: str) -> Mapping[str, Any]:
    answer = aws.call("cloudtrail", "get_event_data_store", EventDataStore=arn)
    return having(answer, "RetentionPeriod")


SOURCE = Source(
    name="event-data-stores",
    about="event data stores of CloudTrail Lake, with retention",
    operations=("cloudtrail:ListEventDataStores", "cloudtrail:GetEventDataStore"),
    read=read,
    keys=("EventDataStores",),
    scope=Scope.REGION,
    exports=("list-event-data-stores.json",),
    form='{"EventDataStores": [...]} of get-event-data-store\'s answers; the list alone has no '
    "retention",
)
