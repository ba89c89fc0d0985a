"""Secrets Manager's secrets and how they rotate; never their values (API_ListSecrets)."""

from __future__ import annotations

from reportgen.sources.mask import Mask, only
from reportgen.sources.source import Scope, Source, paged

SOURCE = Source(
    name="managed-secrets",
    about="Secrets Manager's secrets and their rotation, without values",
    operations=("secretsmanager:ListSecrets",),
    read=paged("secretsmanager", "list_secrets", "SecretList", MaxResults=100),
    keys=("SecretList",),
    scope=Scope.REGION,
    exports=("list-secrets.json",),
    mask=Mask(
        {
            "SecretList": only(
                "ARN",
                "Name",
                "Type",
                "KmsKeyId",
                "RotationEnabled",
                "LastRotatedDate",
                "LastChangedDate",
                "LastAccessedDate",
                "DeletedDate",
                "NextRotationDate",
                "OwningService",
                "CreatedDate",
                "PrimaryRegion",
                RotationRules=only("AutomaticallyAfterDays", "Duration", "ScheduleExpression"),
            )
        },
        ("Description", "Tags", "SecretVersionsToStages"),
    ),
    rows={"SecretList": [{"ARN": str}]},
)
