"""The context of a request: what AWS always knows of it, with what is given.

IAM User Guide, "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.policy.conditions import Context, moment
from reportgen.policy.principal import Caller


def request_context(who: Caller, given: Mapping[str, Any], account: str) -> Context:
    """The context of a request: what AWS always knows of the caller, then what was given."""
    known: dict[str, Any] = {}
    if account:
        known["aws:ResourceAccount"] = account
    if who.account:
        known |= {
            "aws:PrincipalArn": who.role_arn,
            "aws:PrincipalAccount": who.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
        }
        kinds = {
            "user": "User",
            "role": "AssumedRole",
            "session": "AssumedRole",
            "federated-user": "FederatedUser",
            "root": "Account",
        }
        if who.kind in kinds:
            known["aws:PrincipalType"] = kinds[who.kind]
        if who.kind == "user":
            known["aws:username"] = who.name
    elif who.kind == "service":
        known |= {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": who.arn}
    elif who.kind == "anonymous":
        known["aws:PrincipalType"] = "Anonymous"
    told = {str(key).casefold(): value for key, value in given.items()}
    return Context({key.casefold(): value for key, value in known.items()} | _times(told) | told)


def _times(told: Mapping[str, Any]) -> dict[str, Any]:
    """The other form of the one moment of a request, where one is told."""
    for key, other in (("aws:currenttime", "aws:epochtime"), ("aws:epochtime", "aws:currenttime")):
        at = moment(str(told[key])) if key in told else None
        if at is not None:
            is_epoch = other == "aws:epochtime"
            return {other: str(int(at.timestamp())) if is_epoch else at.isoformat()}
    return {}
