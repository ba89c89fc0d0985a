"""The sample's evidence of regions: logs, alarms, workloads, secrets and backups.

Read since June 2026. AWS switches on more regions than the two that are listed here; the sample is
kept small. The story: the organisation's trail leaves KMS out until July 2026, its bucket can be
emptied, and of the alarms on it two are no good; whoever is to hear of root confirms in September.
A key stays in an instance's user data until August; tokens lie in variables of four workloads. What
is found in plain configuration is given as reportgen keeps it: kind and fingerprint, no value.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

SINCE = "2026-06"
HOME, GLOBAL = "ap-southeast-2", "us-east-1"
REGIONS = (HOME, GLOBAL)
MANAGEMENT, SECURITY, PAYMENTS, PORTAL, DEVELOPMENT, SANDBOX = (
    f"21000000000{n}" for n in range(1, 7)
)
TRAIL = f"arn:aws:cloudtrail:{HOME}:{MANAGEMENT}:trail/organisation-trail"
DEBUG = f"arn:aws:cloudtrail:{HOME}:{DEVELOPMENT}:trail/dev-debug"
GROUP = "organisation-trail"
TOPIC = f"arn:aws:sns:{HOME}:{MANAGEMENT}:security-alarms"
FUNCTIONS = ("thumbnail", "webhook", "export", "reminder", "cleanup")
TASKS = ("ledger", "settlement", "notices", "statements", "search", "profile")
NAMED = "named like a secret"


def found(kind: str, mark: str, line: int = 0) -> dict[str, Any]:
    """A secret as it is kept."""
    place: dict[str, Any] = {"Line": line} if line else {}
    return {**place, "Kind": kind, "Fingerprint": mark}


def regional(number: str, today: date) -> dict[str, Any]:
    """File name, below a folder for the region, -> content, for one account on one day."""
    text = today.isoformat()
    files: dict[str, Any] = {
        "describe-regions.json": {
            "Regions": [
                {
                    "RegionName": region,
                    "Endpoint": f"ec2.{region}.amazonaws.com",
                    "OptInStatus": "opt-in-not-required",
                }
                for region in REGIONS
            ]
        }
    }
    for region in REGIONS:
        parts = [
            trails(number, region, text),
            alarms(number, region, text),
            workloads(number, region, text),
            kept(number, region, today),
        ]
        for part in parts:
            files |= {f"{region}/{name}": content for name, content in part.items()}
    return files


def trails(number: str, region: str, text: str) -> dict[str, Any]:
    """The organisation's trail, seen from every account, and one that somebody left behind."""
    home = region == HOME
    listed = [
        {
            "Name": "organisation-trail",
            "TrailARN": TRAIL,
            "HomeRegion": HOME,
            "S3BucketName": "wattlebay-audit-logs",
            "IncludeGlobalServiceEvents": True,
            "IsMultiRegionTrail": True,
            "IsOrganizationTrail": True,
            "LogFileValidationEnabled": True,
            "KmsKeyId": f"arn:aws:kms:{HOME}:{SECURITY}:key/0f6a1c52-audit",
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{HOME}:{MANAGEMENT}:log-group:{GROUP}:*",
        }
    ]
    # The finding: calls of KMS were left out for their number.
    left_out = ["kms.amazonaws.com"] if text < "2026-07" else []
    statuses = [{"TrailARN": TRAIL, "IsLogging": True}]
    selectors = [
        {
            "TrailARN": TRAIL,
            "EventSelectors": [
                {
                    "ReadWriteType": "All",
                    "IncludeManagementEvents": True,
                    "DataResources": [],
                    "ExcludeManagementEventSources": left_out,
                }
            ],
        }
    ]
    buckets = [bucket("wattlebay-audit-logs", number in (MANAGEMENT, SECURITY))]
    if number == DEVELOPMENT and home:
        listed.append(
            {
                "Name": "dev-debug",
                "TrailARN": DEBUG,
                "HomeRegion": HOME,
                "S3BucketName": "wattlebay-dev-debug",
                "IncludeGlobalServiceEvents": False,
                "IsMultiRegionTrail": False,
                "IsOrganizationTrail": False,
                "LogFileValidationEnabled": False,
            }
        )
        statuses.append({"TrailARN": DEBUG, "IsLogging": True})
        selectors.append({**selectors[0], "TrailARN": DEBUG})
        buckets.append(bucket("wattlebay-dev-debug", True) | {"Versioning": {}})
    groups = [{"logGroupName": GROUP, "retentionInDays": 180}] if number == MANAGEMENT else []
    return {
        "describe-trails.json": {"trailList": listed},
        "get-trail-status.json": {"TrailStatuses": statuses if home else []},
        "get-event-selectors.json": {"Trails": selectors if home else []},
        "trail-buckets.json": {"Buckets": buckets if home else []},
        "describe-log-groups.json": {"logGroups": groups if home else []},
        "list-event-data-stores.json": {"EventDataStores": []},
    }


def bucket(name: str, own: bool) -> dict[str, Any]:
    """A bucket of logs as S3 shows it; nothing of it where the account may not look."""
    parts = ("Policy", "PolicyStatus", "Versioning", "ObjectLock", "PublicAccessBlock")
    parts += ("Lifecycle", "Encryption")
    if not own:
        return {"Name": name, "Errors": dict.fromkeys(parts, "AccessDenied")}
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {
        "Name": name,
        "Errors": {},
        "Policy": None,
        "PolicyStatus": {"PolicyStatus": {"IsPublic": False}},
        "Versioning": {"Status": "Enabled"},
        # The finding: whoever may delete objects can empty it.
        "ObjectLock": None,
        "PublicAccessBlock": {"PublicAccessBlockConfiguration": dict.fromkeys(blocks, True)},
        "Lifecycle": None,
        "Encryption": None,
    }


def alarms(number: str, region: str, text: str) -> dict[str, Any]:
    """Alarms on the organisation's trail, in the account that has its log group."""
    here = number == MANAGEMENT and region == HOME
    filters = {
        "root-use": '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
        '$.eventType != "AwsServiceEvent" }',
        "unauthorised-calls": '{ ($.errorCode = "*UnauthorizedOperation") || '
        '($.errorCode = "AccessDenied*") }',
        "sign-in-without-mfa": '{ ($.eventName = "ConsoleLogin") && '
        '($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && '
        '($.responseElements.ConsoleLogin = "Success") }',
        "sign-in-failures": "{ ($.eventName = ConsoleLogin) && "
        '($.errorMessage = "Failed authentication") }',
        "iam-policy-changes": '{ ($.eventSource = "iam.amazonaws.com") && '
        "(($.eventName = Put*Policy) || ($.eventName = Delete*Policy) || "
        "($.eventName = Create*Policy*) || ($.eventName = DeletePolicyVersion) || "
        "($.eventName = Attach*Policy) || ($.eventName = Detach*Policy)) }",
        # The finding: the call by which an intruder begins is not among them.
        "trail-changes": "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || "
        "($.eventName = DeleteTrail) || ($.eventName = StartLogging) }",
    }
    confirmed = f"{TOPIC}:5b1e0c7a" if text >= "2026-09" else "PendingConfirmation"
    return {
        "describe-metric-filters.json": {
            "metricFilters": [
                {
                    "filterName": name,
                    "filterPattern": pattern,
                    "logGroupName": GROUP,
                    "metricTransformations": [
                        {"metricName": name, "metricNamespace": "Audit", "metricValue": "1"}
                    ],
                }
                for name, pattern in filters.items()
                if here
            ]
        },
        "describe-alarms.json": {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "MetricName": name,
                    "Namespace": "Audit",
                    "ActionsEnabled": True,
                    "AlarmActions": [TOPIC],
                }
                for name in filters
                if here
            ],
            "CompositeAlarms": [],
        },
        "list-subscriptions.json": {
            "Subscriptions": [
                {
                    "SubscriptionArn": confirmed,
                    "Owner": MANAGEMENT,
                    "Protocol": "email",
                    "Endpoint": "...@example.com",
                    "TopicArn": TOPIC,
                }
            ]
            if here
            else []
        },
        "list-rules.json": {"Rules": []},
        "get-detector.json": {"Detectors": []}
        if number == SANDBOX or (number, region) == (DEVELOPMENT, GLOBAL)
        else {
            "Detectors": [
                {
                    "DetectorId": f"{number[-1]}2bc{len(region)}",
                    "Status": "ENABLED",
                    "FindingPublishingFrequency": "FIFTEEN_MINUTES",
                }
            ]
        },
    }


# Variables in which something was found: by account and workload.
VARIABLES = {
    (PAYMENTS, "webhook"): {"PARTNER_TOKEN": found(NAMED, "8f0c1d2e3b4a5968")},
    (DEVELOPMENT, "export"): {"DB_PASSWORD": found(NAMED, "17c2a9e05d6b4f38")},
    (PORTAL, "statements"): {"SMTP_PASSWORD": found(NAMED, "a45be8d1907c263f")},
}


def workloads(number: str, region: str, text: str) -> dict[str, Any]:
    """Functions, tasks, builds and instances with their roles."""
    home = region == HOME
    arn = f"arn:aws:iam::{number}"

    def variables(name: str) -> dict[str, Any]:
        return {"STAGE": None, "LOG_LEVEL": None, **VARIABLES.get((number, name), {})}

    functions = [
        {
            "FunctionName": name,
            "FunctionArn": f"arn:aws:lambda:{HOME}:{number}:function:{name}",
            "Runtime": "python3.13",
            "Role": f"{arn}:role/{name}-function",
            "Environment": {"Variables": variables(name)},
        }
        for name in FUNCTIONS
        if home and number in (PAYMENTS, DEVELOPMENT)
    ]
    tasks = [
        {
            "family": name,
            "revision": 12,
            "taskDefinitionArn": f"arn:aws:ecs:{HOME}:{number}:task-definition/{name}:12",
            # The finding: it signs in to nothing, or with something else than a role.
            **(
                {}
                if (number, name) == (PORTAL, "search")
                else {"taskRoleArn": f"{arn}:role/{name}-task"}
            ),
            "containerDefinitions": [
                {
                    "name": name,
                    "environment": [
                        {"name": key, "Secret": value} for key, value in variables(name).items()
                    ],
                }
            ],
        }
        for name in TASKS
        if home and number in (PAYMENTS, PORTAL)
    ]
    builds = [
        {
            "name": "portal-build",
            "arn": f"arn:aws:codebuild:{HOME}:{number}:project/portal-build",
            "serviceRole": f"{arn}:role/deploy-pipeline",
            "environment": {
                "environmentVariables": [
                    {
                        "name": "NPM_TOKEN",
                        "type": "PLAINTEXT",
                        "Secret": found(NAMED, "c93d7e5f10a8b264"),
                    }
                ]
            },
        }
    ]
    names = {PAYMENTS: ("i-0pay1", "i-0pay2"), PORTAL: ("i-0bastion",), DEVELOPMENT: ("i-0ci",)}
    here = names.get(number, ()) if home else ()
    key = [found("AWS access key", "5e21f8b7d0943ac6", 14)] if text < "2026-09" else []
    data = {"i-0ci": {"UserData": {"Value": key}}}
    return {
        "list-functions.json": {"Functions": functions},
        "ecs-task-definitions.json": {"taskDefinitions": tasks},
        "batch-get-projects.json": {"projects": builds if home and number == DEVELOPMENT else []},
        "describe-instances.json": {
            "Reservations": [
                {
                    "OwnerId": number,
                    "Instances": [
                        {
                            "InstanceId": name,
                            "State": {"Name": "running"},
                            "MetadataOptions": {"HttpTokens": "required"},
                            # The finding: the way in to everything else.
                            **(
                                {}
                                if name == "i-0bastion"
                                else {
                                    "IamInstanceProfile": {
                                        "Arn": f"{arn}:instance-profile/{name[3:]}"
                                    }
                                }
                            ),
                        }
                    ],
                }
                for name in here
            ]
        },
        "ec2-user-data.json": {
            "Instances": [{"InstanceId": name, **data.get(name, {"UserData": {}})} for name in here]
        },
    }


def kept(number: str, region: str, today: date) -> dict[str, Any]:
    """Secrets with their rotation, vaults with their locks."""
    month = f"{today - timedelta(days=12)}T03:00:00+00:00"
    rotated = {
        PAYMENTS: {"ledger-database": month, "partner-api": ""},
        PORTAL: {"session-signing": "2026-05-02T03:00:00+00:00"},
        DEVELOPMENT: {"dev-database": month},
    }
    secrets = [
        {
            "ARN": f"arn:aws:secretsmanager:{HOME}:{number}:secret:{name}-{number[-1]}AbCdE",
            "Name": name,
            "CreatedDate": "2025-02-10T03:00:00+00:00",
            "RotationEnabled": bool(last),
            **({"LastRotatedDate": last} if last else {}),
        }
        for name, last in rotated.get(number, {}).items()
        if region == HOME
    ]
    locks: dict[str, tuple[str, dict[str, Any]]] = {
        SECURITY: (
            "central",
            {
                "VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
                "Locked": True,
                "MinRetentionDays": 90,
            },
        ),
        PAYMENTS: (
            "payments-daily",
            {"Locked": True, "MinRetentionDays": 35, "LockDate": "2025-08-04T00:00:00+00:00"},
        ),
        # The finding: a lock that an administrator can lift.
        PORTAL: ("portal-daily", {"Locked": True, "MinRetentionDays": 35}),
        DEVELOPMENT: ("dev-weekly", {"Locked": False}),
    }
    vaults = []
    if region == HOME and number in locks:
        name, lock = locks[number]
        arn = f"arn:aws:backup:{HOME}:{number}:backup-vault:{name}"
        vaults = [{"BackupVaultName": name, "BackupVaultArn": arn, **lock}]
    return {
        "list-secrets.json": {"SecretList": secrets},
        "list-backup-vaults.json": {"BackupVaultList": vaults},
    }
