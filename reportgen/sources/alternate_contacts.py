"""Whom AWS tells beside the primary contact: for billing, operations and security.

There need not be one of each (API_GetAlternateContact).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import Aws, ReadError, Source, malformed

TYPES = ("BILLING", "OPERATIONS", "SECURITY")
_NONE = "ResourceNotFoundException"


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: AlternateContacts, those that there are."""
    aws.reading.parameters = {"AlternateContactTypes": list(TYPES)}
    return {"AlternateContacts": [c for c in aws.every(_contact, TYPES) if c is not None]}


def _contact(aws: Aws, kind: str) -> dict[str, Any] | None:
    try:
        answer = aws.call("account", "get_alternate_contact", AlternateContactType=kind)
    except ReadError as error:
        if error.code != _NONE:
            raise
        return None
    contact = answer.get("AlternateContact")
    if not isinstance(contact, dict):
        raise malformed("the answer has no AlternateContact")
    return {**contact, "AlternateContactType": kind}


SOURCE = Source(
    name="alternate-contacts",
    about="contacts for billing, operations and security",
    operations=("account:GetAlternateContact",),
    read=read,
    keys=("AlternateContacts", "AlternateContact"),
    exports=("get-alternate-contact.json",),
    form="`AlternateContacts`: the AlternateContact of each answer, with its AlternateContactType",
)
