"""Events of the last 31 days that an audit asks for first, from CloudTrail's event history.

AWS allows two such requests a second in a region (API_LookupEvents), so it is read on request, and
each question stops after so many pages; where it did, ``Cut`` names it. The history has management
events of 90 days, whether or not there is a trail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reportgen.clock import now, pause, to_text
from reportgen.sources.mask import Mask, only, plain
from reportgen.sources.source import Aws, Scope, Source, malformed

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


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask each question. Keys: Events, each once; Since and Until; Cut, the questions cut short."""
    until = now()
    span = {"StartTime": until - timedelta(days=DAYS), "EndTime": until}
    found: dict[str, Any] = {}
    cut = []
    for name, (key, value) in QUESTIONS.items():
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
    aws.reading.detail = f"more than {PAGES} pages of: {', '.join(cut)}" if cut else ""
    aws.reading.parameters = {"Days": DAYS, "Questions": sorted(QUESTIONS), "Refused": cut}
    return {
        "Events": list(found.values()),
        "Since": to_text(span["StartTime"]),
        "Until": to_text(until),
        "Cut": cut,
    }


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
    requestParameters=only("userName", "roleName", "groupName", "policyArn", "policyName"),
    responseElements=only("ConsoleLogin"),
    additionalEventData=only("MFAUsed"),
)

SOURCE = Source(
    name="cloudtrail-events",
    about="events of the last 31 days: root, sign-ins, IAM, Identity Center, credential reports",
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
    on_request=True,
)
