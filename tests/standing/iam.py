"""IAM: what moto lacks. Last accessed: one service, used on a fixed day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from tests.shapes import Asked, Refused

# AWS's own time of the reports. A fixed one: two runs give the same.
MADE = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)


def _job(asked: Asked) -> dict[str, Any]:
    # The id says of which granularity the report is; AWS's has 36 characters too.
    level = asked.parameters.get("Granularity", "SERVICE_LEVEL")
    return {"JobId": f"{level[0]}{crc32(asked.parameters['Arn'].encode()):035d}"}


def last_accessed(asked: Asked, made: datetime = MADE) -> dict[str, Any]:
    """A report that is ready."""
    actions = asked.parameters["JobId"].startswith("A")
    service: dict[str, Any] = {
        "ServiceName": "Amazon S3",
        "ServiceNamespace": "s3",
        "LastAuthenticated": MADE,
        "TotalAuthenticatedEntities": 1,
    }
    if actions:
        service["TrackedActionsLastAccessed"] = [
            {
                "ActionName": "ListBuckets",
                "LastAccessedTime": MADE,
                "LastAccessedRegion": "us-east-1",
            }
        ]
    return {
        "JobStatus": "COMPLETED",
        "JobType": "ACTION_LEVEL" if actions else "SERVICE_LEVEL",
        "JobCreationDate": made,
        "JobCompletionDate": made,
        "ServicesLastAccessed": [service],
        "IsTruncated": False,
    }


def _no_organisation(_: Asked) -> dict[str, Any]:
    raise Refused("OrganizationNotFoundException", "The account is in no organization.")


ANSWERS = {
    "iam:GenerateServiceLastAccessedDetails": _job,
    "iam:GetServiceLastAccessedDetails": last_accessed,
    "iam:ListServiceSpecificCredentials": {"ServiceSpecificCredentials": [], "IsTruncated": False},
    "iam:ListOrganizationsFeatures": _no_organisation,
}
