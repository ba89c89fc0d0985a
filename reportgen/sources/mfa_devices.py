"""MFA devices of each user: no bulk call tells of SMS, FIDO or hardware ones.

A user with a virtual device is asked too, since others may stand beside it. The parameters of the
evidence have UserNames, who were asked, and Refused, those of them for whom AWS gave no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.evidence.answers import parse_credential_report
from reportgen.sources.source import PAGE, Aws, ReadError, Source, malformed


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for every user who has MFA by the credential report; fails when all were refused."""
    names = _with_mfa(aws.earlier("credential-report").content or b"")
    refused: list[str] = []
    errors: list[ReadError] = []
    devices: list[Any] = []
    for name, outcome in zip(names, aws.each(_ask, names), strict=True):
        if isinstance(outcome, ReadError):
            errors.append(outcome)
            refused.append(name)
        else:
            devices += outcome
    aws.reading.parameters = {"UserNames": names, "Refused": refused}
    if errors and len(errors) == len(names):
        raise errors[0]
    if errors:
        said = f"{len(errors)} of {len(names)} users could not be asked: {errors[0]}"
        aws.reading.detail = said
    return {"MFADevices": devices}


def _with_mfa(report: bytes) -> list[str]:
    return [
        row["user"]
        for row in parse_credential_report(report).rows
        if row.get("mfa_active", "").casefold() == "true" and row["user"] != "<root_account>"
    ]


def _ask(aws: Aws, user: str) -> list[Any]:
    listed = aws.items("iam", "list_mfa_devices", "MFADevices", UserName=user, MaxItems=PAGE)
    devices = list(listed)
    if any(not isinstance(device, dict) for device in devices):
        raise malformed(f"a device of {user} is no object")
    return devices


SOURCE = Source(
    name="mfa-devices",
    about="MFA devices of each user with MFA",
    operations=("iam:ListMFADevices",),
    read=read,
    keys=("MFADevices",),
    exports=("list-mfa-devices.json",),
    after=("credential-report",),
)
