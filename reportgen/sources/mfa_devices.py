"""MFA devices of each user: no bulk call tells of SMS, FIDO or hardware ones.

A user with a virtual device is asked too, since others may stand beside it. The parameters of the
evidence have UserNames, who were asked, and Refused, those of them for whom AWS gave no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.evidence.answers import parse_credential_report
from reportgen.sources.asked_users import of_users
from reportgen.sources.source import Aws, Source


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for every user who has MFA by the credential report; fails when all were refused."""
    names = _with_mfa(aws.earlier("credential-report").content or b"")
    return of_users(aws, "list_mfa_devices", "MFADevices", names)


def _with_mfa(report: bytes) -> list[str]:
    return [
        row["user"]
        for row in parse_credential_report(report).rows
        if row.get("mfa_active", "").casefold() == "true" and row["user"] != "<root_account>"
    ]


SOURCE = Source(
    name="mfa-devices",
    about="MFA devices of each user with MFA",
    operations=("iam:ListMFADevices",),
    read=read,
    keys=("MFADevices",),
    exports=("list-mfa-devices.json",),
    after=("credential-report",),
)
