"""EventBridge rules of the default bus, and the targets of those that watch for security events.

AWS's own events, CloudTrail's and GuardDuty's among them, come to the default bus.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.mask import Mask, only
from reportgen.sources.source import Aws, Scope, Source

# What a pattern that concerns an audit has in it; of other rules the targets are not asked for.
_CONCERNS = ("via CloudTrail", "aws.guardduty", "aws.securityhub", "aws.access-analyzer", "aws.iam")


def read(aws: Aws) -> Mapping[str, Any]:
    """Key: Rules, those that concern an audit with Targets. Error: its targets were refused."""
    rules = list(aws.items("events", "list_rules", "Rules"))
    asked = [str(rule.get("Name", "")) for rule in rules if _concerns(rule)]
    targets = {each["Name"]: each for each in ask_of_each(aws, _ask, asked, "Name")}
    return {"Rules": [{**rule, **targets.get(str(rule.get("Name", "")), {})} for rule in rules]}


def _concerns(rule: Mapping[str, Any]) -> bool:
    pattern = str(rule.get("EventPattern") or "")
    return any(word in pattern for word in _CONCERNS)


def _ask(aws: Aws, name: str) -> Mapping[str, Any]:
    return {"Targets": list(aws.items("events", "list_targets_by_rule", "Targets", Rule=name))}


_TARGET = only("Id", "Arn", "RoleArn")

SOURCE = Source(
    name="event-rules",
    about="EventBridge rules, with the targets of those that watch for security events",
    operations=("events:ListRules", "events:ListTargetsByRule"),
    read=read,
    keys=("Rules",),
    scope=Scope.REGION,
    exports=("list-rules.json",),
    mask=Mask(
        {
            "Rules": only(
                "Name",
                "Arn",
                "EventPattern",
                "State",
                "ScheduleExpression",
                "RoleArn",
                "ManagedBy",
                "EventBusName",
                "Error",
                Targets=_TARGET,
            ),
            "Targets": _TARGET,
        },
        ("Input, InputTransformer and HttpParameters of targets", "Description of rules"),
    ),
    form="list-rules, each rule with Targets as list-targets-by-rule gives them; without them "
    "nothing shows whom a rule tells",
)
