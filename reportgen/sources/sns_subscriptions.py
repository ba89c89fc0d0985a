"""Who is subscribed to SNS topics (API_ListSubscriptions), without addresses.

An address is of a person, and a webhook's often has a token in it; that there is one, and of which
kind, is enough.
"""

from __future__ import annotations

from typing import Any

from reportgen.sources.mask import Mask, only
from reportgen.sources.source import Scope, Source, paged


def _endpoint(value: Any) -> Any:
    """An ARN as it is; of an e-mail address the domain; of anything else nothing."""
    if not isinstance(value, str):
        return None
    if value.startswith("arn:"):
        return value
    name, at, domain = value.rpartition("@")
    return f"...@{domain}" if at and name and "/" not in value else "..."


SOURCE = Source(
    name="sns-subscriptions",
    about="subscriptions to SNS topics, confirmed or not",
    operations=("sns:ListSubscriptions",),
    read=paged("sns", "list_subscriptions", "Subscriptions"),
    keys=("Subscriptions",),
    scope=Scope.REGION,
    exports=("list-subscriptions.json",),
    mask=Mask(
        {
            "Subscriptions": only(
                "SubscriptionArn", "Owner", "Protocol", "TopicArn", Endpoint=_endpoint
            )
        },
        ("Endpoint of people and webhooks, but for the domain of an e-mail address",),
    ),
)
