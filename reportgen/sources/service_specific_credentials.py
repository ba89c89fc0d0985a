"""Credentials of users for single services (CodeCommit, Keyspaces, Bedrock), of all users at once.

The list has no passwords or keys, only who has which, since when, and until when.
"""

from __future__ import annotations

from reportgen.sources.source import PAGE, Source, paged

SOURCE = Source(
    name="service-specific-credentials",
    about="credentials of users for single services",
    operations=("iam:ListServiceSpecificCredentials",),
    read=paged(
        "iam",
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        AllUsers=True,
        MaxItems=PAGE,
    ),
    keys=("ServiceSpecificCredentials",),
    exports=("list-service-specific-credentials.json",),
)
