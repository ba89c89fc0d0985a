"""The address of each member account's root user (API_GetPrimaryEmail).

AWS answers it to the management account alone, and an account at a time; ``organization`` has the
same address of every account in its lists. So it is read only on request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.model import Status
from reportgen.sources.above import AFTER, managed_elsewhere
from reportgen.sources.source import Aws, ReadError, Scope, Source, text_of


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: PrimaryEmails (AccountId, PrimaryEmail), of the active accounts but the caller's."""
    own = str(aws.earlier("caller-identity").data.get("Account", ""))
    listed = aws.earlier("organization").data.get("Accounts")
    if not isinstance(listed, list):
        said = "AWS answers this where the organisation is managed, which is not here"
        raise ReadError(Status.NOT_ENABLED, "ManagedElsewhere", said)
    active = [a for a in listed if (a.get("State") or a.get("Status")) == "ACTIVE"]
    names = [name for name in (text_of(a, "Id") for a in active) if name != own]
    with managed_elsewhere(aws):
        emails = aws.every(_email, names)
    together = zip(names, emails, strict=True)
    return {"PrimaryEmails": [{"AccountId": n, "PrimaryEmail": email} for n, email in together]}


def _email(aws: Aws, account: str) -> str:
    return text_of(aws.call("account", "get_primary_email", AccountId=account), "PrimaryEmail")


SOURCE = Source(
    name="primary-emails",
    about="root e-mail address of each member account",
    operations=("account:GetPrimaryEmail",),
    read=read,
    keys=("PrimaryEmails",),
    scope=Scope.ORGANISATION,
    after=AFTER,
    form="`PrimaryEmails`: AccountId and the PrimaryEmail of each answer of get-primary-email",
    on_request=True,
)
