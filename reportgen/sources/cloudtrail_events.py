"""Events of the last 31 days that an audit asks for first, from CloudTrail's event history.

AWS allows two such requests a second in a region (API_LookupEvents), so it is read on request, and
each question stops after so many pages; where it did, ``Cut`` names it. The history has management
events of 90 days, whether or not there is a trail.

Of the roles that are taken on, those are asked for that an AWS-managed policy makes an
administrator: the history names a role by its ARN among the resources of AssumeRole, and of all
roles together there would be no end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reportgen.clock import now, pause, to_text
from reportgen.sources.mask import Mask, only, plain
from reportgen.sources.source import Aws, ReadError, Scope, Source, malformed, text_of

DAYS = 31
PAGES = 40
_PAUSE = 0.5

# One attribute a request is all that LookupEvents takes.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "root": ("Username", "root"),
    "sign-ins": ("EventName", "ConsoleLogin"),
    "iam": ("EventSource", "iam.amazonaws.com"),
    "identity-center": ("EventSource", "sso.amazonaws.com"),
    "credential-reports": ("EventName", "GenerateCredentialReport"),
}


# AWS's own policies that give everything, or everything of IAM.
_ADMINISTRATORS = frozenset({"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"})
# Privileged roles that are asked for in a region, at two requests a second.
ROLES = 20


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask each question. Keys: Events, each once; Since and Until; Cut, the questions cut short.

    The parameters of the evidence have Days, Questions, and Refused, as Cut.
    """
    roles, cut = _privileged(aws)
    questions = {**QUESTIONS, **{f"role {arn}": ("ResourceName", arn) for arn in roles}}
    until = now()
    span = {"StartTime": until - timedelta(days=DAYS), "EndTime": until}
    found: dict[str, Any] = {}
    for name, (key, value) in questions.items():
        attribute = [{"AttributeKey": key, "AttributeValue": value}]
        pages = aws.pages("cloudtrail", "lookup_events", LookupAttributes=attribute, **span)
        for number, page in enumerate(pages, start=1):
            if not isinstance(page.get("Events"), list):
                raise malformed("the answer to lookup_events has no Events")
            found |= {str(event.get("EventId")): event for event in page["Events"]}
            if number == PAGES and page.get("NextToken"):
                cut.append(name)
                break
            pause(_PAUSE)
    aws.reading.detail = f"not asked to the end: {', '.join(cut)}" if cut else ""
    aws.reading.parameters = {"Days": DAYS, "Questions": sorted(questions), "Refused": cut}
    return {
        "Events": list(found.values()),
        "Since": to_text(span["StartTime"]),
        "Until": to_text(until),
        "Cut": cut,
    }


def _privileged(aws: Aws) -> tuple[list[str], list[str]]:
    """Roles to ask for by ARN, and what of them cannot be asked (``privileged-roles``)."""
    try:
        listed = aws.earlier("authorization-details").data.get("RoleDetailList")
    except ReadError:
        return [], ["privileged-roles"]
    found = [
        text_of(role, "Arn")
        for role in (listed if isinstance(listed, list) else ())
        if any(
            policy.get("PolicyName") in _ADMINISTRATORS
            and ":iam::aws:policy/" in str(policy.get("PolicyArn"))
            for policy in role.get("AttachedManagedPolicies") or ()
        )
    ]
    return sorted(found)[:ROLES], ["privileged-roles"] if len(found) > ROLES else []


def _event(value: Any) -> Any:
    """Who did what, when, from where, and how it ended; of the parameters, whom it concerned."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return _RECORD(value)


_RECORD = only(
    "eventID",
    "eventTime",
    "eventName",
    "eventSource",
    "awsRegion",
    "sourceIPAddress",
    "errorCode",
    "readOnly",
    userIdentity=only(
        "type",
        "arn",
        "accountId",
        "accessKeyId",
        "invokedBy",
        sessionContext=only(
            attributes=only("mfaAuthenticated", "creationDate"), sessionIssuer=only("arn", "type")
        ),
    ),
    requestParameters=only(
        "userName", "roleName", "groupName", "policyArn", "policyName", "roleArn", "roleSessionName"
    ),
    responseElements=only("ConsoleLogin"),
    additionalEventData=only("MFAUsed"),
)

SOURCE = Source(
    name="cloudtrail-events",
    about="events of the last 31 days: root, sign-ins, IAM, Identity Center, credential reports, "
    "administrators' roles taken on",
    operations=("cloudtrail:LookupEvents",),
    read=read,
    keys=("Events",),
    scope=Scope.REGION,
    exports=("lookup-events.json",),
    mask=Mask(
        {
            "Events": only(
                "EventId",
                "EventName",
                "EventTime",
                "EventSource",
                "ReadOnly",
                "Username",
                CloudTrailEvent=_event,
            ),
            "Since": plain,
            "Until": plain,
            "Cut": plain,
        },
        ("parameters and results of events, but for whom they concern",),
    ),
    after=("authorization-details",),
    on_request=True,
)
