"""Security Hub, not switched on: moto answers with an error that AWS does not give."""

from __future__ import annotations

from typing import Any

from tests.shapes import Asked, Refused


def _not_subscribed(_: Asked) -> dict[str, Any]:
    said = "Account 123456789012 is not subscribed to AWS Security Hub"
    raise Refused("InvalidAccessException", said, 401)


ANSWERS = {"securityhub:DescribeHub": _not_subscribed}
