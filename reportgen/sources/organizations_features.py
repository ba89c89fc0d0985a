"""What IAM manages centrally for the organisation: root credentials and root sessions.

It is read where the organisation is managed (API_ListOrganizationsFeatures).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.above import AFTER, managed_elsewhere
from reportgen.sources.source import Aws, Scope, Source, malformed


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: OrganizationId, EnabledFeatures (RootCredentialsManagement, RootSessions)."""
    with managed_elsewhere(aws):
        answer = aws.call("iam", "list_organizations_features")
    if not isinstance(answer.get("EnabledFeatures"), list):
        raise malformed("the answer has no EnabledFeatures")
    return answer


SOURCE = Source(
    name="organizations-features",
    about="whether root credentials of member accounts are managed centrally",
    operations=("iam:ListOrganizationsFeatures",),
    read=read,
    keys=("EnabledFeatures",),
    scope=Scope.ORGANISATION,
    exports=("list-organizations-features.json",),
    absent=frozenset(
        {
            "OrganizationNotFoundException",
            "OrganizationNotInAllFeaturesModeException",
            "ServiceAccessNotEnabledException",
        }
    ),
    after=AFTER,
)
