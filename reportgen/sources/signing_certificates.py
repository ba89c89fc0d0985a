"""X.509 signing certificates of users who have an active one by the credential report.

They are certificates, without their private keys. The parameters of the evidence have UserNames,
who were asked, and Refused, those of them for whom AWS gave no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.evidence.answers import parse_credential_report
from reportgen.sources.asked_users import of_users
from reportgen.sources.source import Aws, Source

_COLUMNS = ("cert_1_active", "cert_2_active")


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for every user with an active certificate; fails when all were refused."""
    rows = parse_credential_report(aws.earlier("credential-report").content or b"").rows
    names = [
        row["user"]
        for row in rows
        if row["user"] != "<root_account>"
        and any(row.get(column, "").casefold() == "true" for column in _COLUMNS)
    ]
    return of_users(aws, "list_signing_certificates", "Certificates", names)


SOURCE = Source(
    name="signing-certificates",
    about="signing certificates of users",
    operations=("iam:ListSigningCertificates",),
    read=read,
    keys=("Certificates",),
    exports=("list-signing-certificates.json",),
    after=("credential-report",),
)
