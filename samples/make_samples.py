"""Writes the sample organisation: six invented accounts, fifteen months, as the AWS CLI exports.

Run it with ``make samples``. The same script gives the same bytes. The story, in short: root keys
and a weak password policy are mended in the first year; root credentials leave the member
accounts one by one; a batch key is rotated and grows old again; a user without MFA turns up in
payments in August 2026; the portal's credential report is denied that month; the sandbox joins
in February 2026 and is not scanned in September 2026. What regions have is in regions.py,
what lies around IAM in outside.py, what was mended before the last quarter in past.py.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import outside
import past
import regions

HERE = Path(__file__).parent
MONTHS = [(2025, m) for m in range(7, 13)] + [(2026, m) for m in range(1, 10)]
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,"
    "password_last_changed,password_next_rotation,mfa_active,access_key_1_active,"
    "access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,"
    "access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
DENIED = (
    "\nAn error occurred (AccessDenied) when calling the GetCredentialReport operation: User: "
    "arn:aws:sts::{account}:assumed-role/audit-reader/monthly is not authorized to perform: "
    "iam:GetCredentialReport because no identity-based policy allows the "
    "iam:GetCredentialReport action\n"
)


@dataclass
class Key:
    """An access key: made on ``made`` (the latest such day counts), last used so long ago."""

    made: list[str]
    idle_days: int | None = 1
    until: str = "9999"
    start: str = "0000"


@dataclass
class User:
    """An IAM user. Days are ISO dates; ``mfa`` maps a first day to a kind of device."""

    name: str
    created: str
    deleted: str = "9999"
    console: bool = False
    console_until: str = "9999"
    mfa: dict[str, str] = field(default_factory=dict)
    last_sign_in: str = "regular"
    keys: list[Key] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    attached: dict[str, str] = field(default_factory=dict)
    inline: str = ""


@dataclass
class Account:
    """An account with its users, the roles by name, and how its root user stands."""

    number: str
    alias: str
    joined: str
    users: list[User]
    roles: dict[str, tuple[str, int | None]]
    root_removed: str = "9999"
    root_virtual_until: str = "0000"
    root_mfa_since: str = "0000"
    root_key_until: str = "0000"
    root_used: list[str] = field(default_factory=list)
    policy: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    unattached: list[str] = field(default_factory=list)
    certificate: str = ""
    skipped: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)


ADMINISTRATOR = "OrganizationAccountAccessRole"
AWS_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
GITHUB = "arn:aws:iam::210000000005:oidc-provider/token.actions.githubusercontent.com"
# Groups whose members sign in to the console: what they may do without MFA is to enrol.
PEOPLE = ("billing", "developers", "emergency", "operators")
# Services that pass roles within an account only; the others say for which account they act.
WITHIN = ("ecs-tasks", "lambda", "glue", "cloudformation")
PURPOSE = {"owner": "platform", "purpose": "deployment pipeline"}
GLASS = {"owner": "security", "purpose": "break-glass"}


def story() -> list[Account]:
    """The six accounts."""
    services = {
        "audit-reader": ("arn:aws:iam::210000000002:role/audit-collector", 2),
        ADMINISTRATOR: ("arn:aws:iam::210000000001:role/account-admin", 20),
        "backup-service": ("backup.amazonaws.com", 1),
        "config-recorder": ("config.amazonaws.com", 1),
    }
    apps = {
        f"{name}-task": ("ecs-tasks.amazonaws.com", 1)
        for name in ("ledger", "settlement", "notices", "statements", "search", "profile")
    }
    functions = {
        f"{name}-function": ("lambda.amazonaws.com", 2)
        for name in ("thumbnail", "webhook", "export", "reminder", "cleanup")
    }
    return [
        Account(
            "210000000001",
            "wattlebay-management",
            "2020-03-02",
            [
                User(
                    "break-glass-1",
                    "2020-03-02",
                    console=True,
                    mfa={"2020-03-02": "u2f"},
                    last_sign_in="2026-03-12",
                    tags=GLASS,
                    groups=["emergency"],
                ),
                User(
                    "break-glass-2",
                    "2020-03-02",
                    console=True,
                    mfa={"2020-03-02": "u2f"},
                    last_sign_in="2025-11-04",
                    tags=GLASS,
                    groups=["emergency"],
                ),
                User(
                    "billing.finch",
                    "2022-05-10",
                    deleted="2026-05-20",
                    console=True,
                    mfa={"2022-05-10": "mfa"},
                    groups=["billing"],
                ),
            ],
            {
                **{name: role for name, role in services.items() if name != ADMINISTRATOR},
                "cost-export": ("cur.amazonaws.com", 1),
                "old-landing-zone": ("cloudformation.amazonaws.com", 320),
            },
            root_used=["2025-07-21", "2026-09-17"],
            policy={"2020-01-01": (14, 24)},
        ),
        Account(
            "210000000002",
            "wattlebay-security",
            "2021-02-15",
            [
                User(
                    "scanner-export",
                    "2023-01-17",
                    keys=[
                        Key(
                            [
                                "2025-06-20",
                                "2025-09-12",
                                "2025-12-08",
                                "2026-03-03",
                                "2026-05-27",
                                "2026-08-20",
                            ]
                        )
                    ],
                    tags={"owner": "security", "purpose": "vulnerability scanner"},
                    groups=["scanners"],
                ),
            ],
            {**services, "siem-forwarder": ("firehose.amazonaws.com", 1)},
            root_removed="2025-12-10",
            policy={"2020-01-01": (16, 24)},
        ),
        Account(
            "210000000003",
            "wattlebay-payments-prod",
            "2021-02-15",
            [
                User(
                    "deploy-batch",
                    "2021-06-01",
                    keys=[Key(["2025-02-03", "2026-02-16"])],
                    tags=PURPOSE,
                    groups=["deployers"],
                ),
                User(
                    "ops.plover",
                    "2026-08-11",
                    console=True,
                    tags={"owner": "operations", "purpose": "incident support"},
                    groups=["operators"],
                ),
                User(
                    "ops.curlew",
                    "2022-09-05",
                    console=True,
                    mfa={"2022-09-05": "mfa", "2026-07-14": "u2f"},
                    tags={"owner": "operations", "purpose": "incident support"},
                    groups=["operators"],
                ),
                User(
                    # Of the move to the cloud: an administrator, without MFA until September 2025.
                    "migration.ibis",
                    "2024-08-05",
                    deleted="2025-11-20",
                    console=True,
                    mfa={"2025-09-10": "mfa"},
                    keys=[Key(["2025-06-11"])],
                    tags={"owner": "operations", "purpose": "move to the cloud"},
                    attached={"AdministratorAccess": AWS_ADMINISTRATOR},
                ),
                User(
                    "reconcile-feed",
                    "2024-03-11",
                    keys=[Key(["2026-04-02"]), Key(["2026-08-03"], start="2026-08-03")],
                    tags={"owner": "payments"},
                    groups=["feeds"],
                ),
            ],
            {**services, **apps, **functions, "legacy-etl": ("glue.amazonaws.com", 210)},
            root_removed="2026-03-18",
            policy={"2020-01-01": (14, 24)},
            unattached=["payments-migration-2024"],
        ),
        Account(
            "210000000004",
            "wattlebay-portal-prod",
            "2021-02-15",
            [
                User(
                    "vendor-monitor",
                    "2023-08-21",
                    keys=[Key(["2026-01-12"])],
                    tags={"owner": "customer platform", "purpose": "vendor availability probe"},
                    groups=["vendors"],
                ),
                User(
                    "legacy-scanner",
                    "2021-08-30",
                    keys=[Key(["2024-11-05"])],
                    tags={"owner": "customer platform", "purpose": "scanner without role support"},
                    groups=["scanners"],
                ),
                User(
                    "web.heron",
                    "2022-01-20",
                    console=True,
                    mfa={"2022-01-20": "mfa"},
                    last_sign_in="2026-06-30",
                    tags={"owner": "customer platform", "purpose": "content support"},
                    attached={"portal-support": "arn:aws:iam::210000000004:policy/portal-support"},
                ),
            ],
            {
                **services,
                **apps,
                "portal-edge": ("edgelambda.amazonaws.com", 1),
                "vendor-monitoring": ("arn:aws:iam::330000000009:root", 1),
            },
            root_removed="2026-07-22",
            policy={"2020-01-01": (14, 24)},
            certificate="2026-08-31T00:00:00+00:00",
            denied=["2026-08"],
        ),
        Account(
            "210000000005",
            "wattlebay-development",
            "2021-05-04",
            [
                *(
                    User(
                        f"dev.{bird}",
                        f"202{2 + n % 3}-0{1 + n % 8}-1{n % 9}",
                        deleted=("2026-02-10" if n < 2 else "9999"),
                        console=True,
                        mfa={f"202{2 + n % 3}-0{1 + n % 8}-1{n % 9}": "mfa" if n % 2 else "u2f"},
                        keys=[Key(["2025-05-06", "2026-01-19" if n % 2 else "2026-07-20"])]
                        if n in (2, 5)
                        else [],
                        tags={
                            "owner": "engineering",
                            "purpose": "console access",
                            # The finding: moved to Identity Center, and the key was kept.
                            **({"migrated-to": f"{bird}@wattlebay.example"} if n == 5 else {}),
                        }
                        if n != 4
                        else {},
                        groups=["developers"],
                    )
                    for n, bird in enumerate(
                        ("wren", "robin", "kestrel", "lorikeet", "magpie", "currawong")
                    )
                ),
                User(
                    "dev.rosella",
                    "2025-08-12",
                    console=True,
                    mfa={"2025-11-03": "mfa"},
                    tags={"owner": "engineering", "purpose": "console access"},
                    groups=["developers"],
                ),
                User(
                    "ci-runner",
                    "2022-02-14",
                    deleted="2026-04-15",
                    keys=[Key(["2024-02-14"])],
                    inline="ci-upload",
                ),
                User(
                    "load-test",
                    "2024-06-03",
                    keys=[Key(["2026-06-03"], idle_days=None)],
                    tags={"owner": "engineering", "purpose": "load generator"},
                    groups=["developers"],
                ),
            ],
            {
                **services,
                **functions,
                "deploy-pipeline": (GITHUB, 1),
                "experiment-2023": ("lambda.amazonaws.com", 280),
                "experiment-2024": ("lambda.amazonaws.com", 150),
            },
            root_key_until="2025-11-12",
            root_virtual_until="2025-10-02",
            root_mfa_since="2025-08-19",
            policy={"2020-01-01": (8, 0), "2026-01-22": (14, 24)},
            unattached=["dev-old-boundary", "dev-trial"],
        ),
        Account(
            "210000000006",
            "wattlebay-sandbox",
            "2026-02-03",
            [
                User(
                    "sandbox.gull",
                    "2026-02-03",
                    console=True,
                    mfa={"2026-03-09": "mfa"},
                    tags={"owner": "engineering", "purpose": "training"},
                    attached={"PowerUserAccess": "arn:aws:iam::aws:policy/PowerUserAccess"},
                ),
                User("sandbox.tern", "2026-02-03", tags={}, inline="trial-access"),
            ],
            {**services, "workshop": ("lambda.amazonaws.com", 100)},
            root_virtual_until="9999",
            policy={"2020-01-01": None},
            skipped=["2026-09"],
        ),
    ]


def stamp(day: str | date, hour: int = 1) -> str:
    """A moment as the CLI prints it."""
    return f"{day}T{hour:02}:15:00+00:00"


def newest(days: list[str], today: str) -> str:
    """The latest of the days up to today."""
    return max(day for day in days if day <= today)


def key_cells(user: User, number: int, today: date) -> list[str]:
    """The five cells of a key in the credential report."""
    text = today.isoformat()
    keys = [k for k in user.keys if k.start <= text < k.until]
    if number > len(keys) or not any(d <= text for d in keys[number - 1].made):
        return ["false", "N/A", "N/A", "N/A", "N/A"]
    key = keys[number - 1]
    used = ["N/A", "N/A", "N/A"]
    if key.idle_days is not None:
        used = [stamp(today - timedelta(days=key.idle_days), 0), "ap-southeast-2", "s3"]
    return ["true", stamp(newest(key.made, text)), *used]


def mfa_of(user: User, today: str) -> str:
    """The kind of device on a day; empty for none."""
    days = [day for day in user.mfa if day <= today]
    return user.mfa[max(days)] if days else ""


def credential_report(account: Account, users: list[User], today: date) -> str:
    """The CSV that get-credential-report decodes to."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS.split(","))
    text = today.isoformat()
    removed = account.root_removed <= text
    root_used = [day for day in account.root_used if day <= text]
    root_key = "true" if text < account.root_key_until else "false"
    writer.writerow(
        [
            "<root_account>",
            f"arn:aws:iam::{account.number}:root",
            stamp(account.joined),
            "false" if removed else "not_supported",
            stamp(max(root_used), 3) if root_used else "no_information",
            "not_supported",
            "not_supported",
            "false" if removed or text < account.root_mfa_since else "true",
            root_key,
            stamp("2021-05-04") if root_key == "true" else "N/A",
            *["N/A"] * 3,
            "false",
            *["N/A"] * 4,
            *["false", "N/A"] * 2,
        ]
    )
    for user in users:
        console = user.console and text < user.console_until
        signed = stamp(today - timedelta(days=3), 2)
        if user.last_sign_in != "regular":
            last = user.last_sign_in
            signed = stamp(
                min(last, (today - timedelta(days=40)).isoformat()) if last > text else last
            )
        writer.writerow(
            [
                user.name,
                f"arn:aws:iam::{account.number}:user/{user.name}",
                stamp(user.created),
                "true" if console else "false",
                signed if console else "N/A",
                stamp(user.created, 2) if console else "N/A",
                "N/A",
                "true" if mfa_of(user, text) else "false",
                *key_cells(user, 1, today),
                *key_cells(user, 2, today),
                *["false", "N/A"] * 2,
            ]
        )
    return stream.getvalue()


def trust(principal: str, number: str) -> dict[str, Any]:
    """A trust policy for one service, account, role or identity provider."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    if principal == GITHUB:
        claims = "token.actions.githubusercontent.com"
        statement |= {
            "Principal": {"Federated": principal},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{claims}:aud": "sts.amazonaws.com"},
                # The finding: any organisation whose name begins so can come.
                "StringLike": {f"{claims}:sub": "repo:wattlebay*"},
            },
        }
    elif principal.startswith("arn:"):
        statement["Principal"] = {"AWS": principal}
        if principal.endswith(":root"):
            external = {"sts:ExternalId": "wattlebay-7f31c9"}
            statement["Condition"] = {"StringEquals": external}
    else:
        statement["Principal"] = {"Service": principal}
        if principal.split(".")[0] not in WITHIN:
            statement["Condition"] = {"StringEquals": {"aws:SourceAccount": number}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def require_mfa() -> dict[str, Any]:
    """Denies all but enrolment to whoever comes without MFA."""
    statement = {
        "Sid": "EnrolOnlyWithoutMFA",
        "Effect": "Deny",
        "NotAction": [
            "iam:ChangePassword",
            "iam:CreateVirtualMFADevice",
            "iam:EnableMFADevice",
            "iam:GetMFADevice",
            "iam:GetUser",
            "iam:ListMFADevices",
            "iam:ListVirtualMFADevices",
            "iam:ResyncMFADevice",
            "sts:GetSessionToken",
        ],
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def deploy() -> dict[str, Any]:
    """The pipeline's policy. The finding: it may pass any role to a function that it makes."""
    statements = [
        {
            "Sid": "Functions",
            "Effect": "Allow",
            "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
            "Resource": "arn:aws:lambda:ap-southeast-2:210000000005:function:*",
        },
        {"Sid": "Roles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def document(action: str) -> dict[str, Any]:
    """A small identity policy."""
    statement = {"Effect": "Allow", "Action": [action], "Resource": "arn:aws:s3:::wattlebay-*/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def details(account: Account, users: list[User], today: date) -> dict[str, Any]:
    """What get-account-authorization-details prints."""
    number = account.number
    groups = sorted({group for user in users for group in user.groups})
    return {
        "UserDetailList": [
            {
                "Path": "/",
                "UserName": user.name,
                "UserId": f"AIDA{abs_id(number + user.name)}",
                "Arn": f"arn:aws:iam::{number}:user/{user.name}",
                "CreateDate": stamp(user.created),
                **(
                    {
                        "UserPolicyList": [
                            {"PolicyName": user.inline, "PolicyDocument": document("s3:PutObject")}
                        ]
                    }
                    if user.inline
                    else {}
                ),
                "GroupList": user.groups,
                "AttachedManagedPolicies": [
                    {"PolicyName": name, "PolicyArn": arn} for name, arn in user.attached.items()
                ],
                "Tags": [{"Key": key, "Value": value} for key, value in user.tags.items()],
            }
            for user in users
        ],
        "GroupDetailList": [
            {
                "Path": "/",
                "GroupName": name,
                "GroupId": f"AGPA{abs_id(number + name)}",
                "Arn": f"arn:aws:iam::{number}:group/{name}",
                "CreateDate": stamp(account.joined),
                "GroupPolicyList": [],
                "AttachedManagedPolicies": [
                    policy_ref(number, f"{name}-access"),
                    *([policy_ref(number, "require-mfa")] if name in PEOPLE else []),
                ],
            }
            for name in groups
        ],
        "RoleDetailList": [role(account, name, today) for name in account.roles],
        "Policies": [
            *(policy(account, f"{name}-access", 1) for name in groups),
            *(policy(account, name, 0) for name in account.unattached),
            *(
                policy(account, name, 1)
                for user in users
                for name, arn in user.attached.items()
                if f"::{number}:" in arn
            ),
            *(
                [policy(account, "require-mfa", len(people), require_mfa())]
                if (people := [name for name in groups if name in PEOPLE])
                else []
            ),
            policy(account, "workload-access", len(account.roles)),
        ],
    }


def role(account: Account, name: str, today: date) -> dict[str, Any]:
    """One role; its idle days are counted back from the last snapshot, never before creation."""
    principal, idle = account.roles[name]
    created = max(account.joined, "2022-07-01")
    found = {
        "Path": "/",
        "RoleName": name,
        "RoleId": f"AROA{abs_id(account.number + name)}",
        "Arn": f"arn:aws:iam::{account.number}:role/{name}",
        "CreateDate": stamp(created),
        "AssumeRolePolicyDocument": trust(principal, account.number),
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [policy_ref(account.number, "workload-access")],
        "Tags": [{"Key": "owner", "Value": account.alias.removeprefix("wattlebay-")}],
        "RoleLastUsed": {},
    }
    if name == ADMINISTRATOR:
        found["AttachedManagedPolicies"] = [
            {"PolicyName": "AdministratorAccess", "PolicyArn": AWS_ADMINISTRATOR}
        ]
    if principal == GITHUB:
        found["RolePolicyList"] = [{"PolicyName": "deploy", "PolicyDocument": deploy()}]
    if idle is not None:
        last = (
            date(2026, 9, 30) - timedelta(days=idle) if idle > 60 else today - timedelta(days=idle)
        )
        used = max(min(last, today), date.fromisoformat(created))
        found["RoleLastUsed"] = {"LastUsedDate": stamp(used, 0), "Region": "ap-southeast-2"}
    return found


def policy_ref(number: str, name: str) -> dict[str, str]:
    """An attachment."""
    return {"PolicyName": name, "PolicyArn": f"arn:aws:iam::{number}:policy/{name}"}


def policy(
    account: Account, name: str, attached: int, content: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One customer managed policy."""
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{abs_id(account.number + name)}",
        "Arn": f"arn:aws:iam::{account.number}:policy/{name}",
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "Description": "" if attached == 0 else f"For {name.replace('-', ' ')}",
        "Tags": [{"Key": "owner", "Value": account.alias.removeprefix("wattlebay-")}],
        "CreateDate": stamp(account.joined),
        "UpdateDate": stamp(account.joined),
        "PolicyVersionList": [
            {
                "Document": content or document("s3:GetObject"),
                "VersionId": "v1",
                "IsDefaultVersion": True,
                "CreateDate": stamp(account.joined),
            }
        ],
    }


def abs_id(text: str) -> str:
    """Sixteen letters that follow from the text."""
    value = 7
    for letter in text:
        value = (value * 1_000_003 + ord(letter)) % 26**16
    letters = []
    for _ in range(16):
        value, rest = divmod(value, 26)
        letters.append(chr(65 + rest))
    return "".join(letters)


def exports(account: Account, today: date) -> dict[str, Any]:
    """File name -> content, for one account on one day."""
    text = today.isoformat()
    users = [u for u in account.users if u.created <= text < u.deleted]
    removed = account.root_removed <= text
    kinds = {user.name: mfa_of(user, text) for user in users}
    arn = f"arn:aws:iam::{account.number}"
    virtual = [
        (f"{arn}:mfa/{n}", f"{arn}:user/{n}", n) for n, kind in kinds.items() if kind == "mfa"
    ]
    if account.root_mfa_since <= text < account.root_virtual_until and not removed:
        virtual.append((f"{arn}:mfa/root-account-mfa-device", f"{arn}:root", ""))
    length = account.policy[newest(list(account.policy), text)]
    listed = details(account, users, today)
    past.add(
        account.number, text, listed, abs_id, lambda n: (today - timedelta(days=n)).isoformat()
    )
    files: dict[str, Any] = {
        "get-caller-identity.json": {
            "UserId": f"AROA{abs_id(account.number)}:monthly",
            "Account": account.number,
            "Arn": f"arn:aws:sts::{account.number}:assumed-role/audit-reader/monthly",
        },
        "get-account-authorization-details.json": listed,
        "credential-report.csv": credential_report(account, users, today),
        "get-account-summary.json": {
            "SummaryMap": {
                "Users": len(users),
                "Roles": len(listed["RoleDetailList"]),
                "MFADevices": len(virtual),
                "MFADevicesInUse": sum(bool(k) for k in kinds.values())
                + (not removed and text >= account.root_mfa_since),
                "AccountMFAEnabled": int(not removed and text >= account.root_mfa_since),
                "AccountPasswordPresent": int(not removed),
                "AccountAccessKeysPresent": int(text < account.root_key_until),
                "AccountSigningCertificatesPresent": 0,
            }
        },
        "list-virtual-mfa-devices.json": {
            "VirtualMFADevices": [
                {
                    "SerialNumber": serial,
                    "User": {"Arn": user, **({"UserName": name} if name else {})},
                    "EnableDate": stamp(account.joined),
                }
                for serial, user, name in virtual
            ]
        },
        "list-mfa-devices.json": {
            "MFADevices": [
                {"UserName": name, "SerialNumber": serial, "EnableDate": stamp(account.joined)}
                for serial, _, name in virtual
                if name
            ]
            + [
                {
                    "UserName": name,
                    "SerialNumber": f"{arn}:u2f/user/{name}/key-{abs_id(name)[:6]}",
                    "EnableDate": stamp(account.joined),
                }
                for name, kind in kinds.items()
                if kind == "u2f"
            ]
        },
        "list-account-aliases.json": {"AccountAliases": [account.alias]},
        "list-server-certificates.json": {
            "ServerCertificateMetadataList": [
                {
                    "Path": "/",
                    "ServerCertificateName": "portal-legacy",
                    "Arn": f"{arn}:server-certificate/portal-legacy",
                    "Expiration": account.certificate,
                }
            ]
            if account.certificate
            else []
        },
        "list-roles.json": {
            "Roles": [
                {
                    "RoleName": name,
                    "Arn": f"{arn}:role/{name}",
                    "Description": f"For {name.replace('-', ' ')}",
                    "MaxSessionDuration": 43200 if name == "siem-forwarder" else 3600,
                }
                for name in (r["RoleName"] for r in listed["RoleDetailList"])
            ]
        },
        "list-saml-providers.json": {"SAMLProviderList": []},
        "list-open-id-connect-providers.json": {"OpenIDConnectProviderList": []},
    }
    if length is None:
        said = f"The Password Policy with domain name {account.number} cannot be found."
        files["get-account-password-policy.json"] = (
            "\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy "
            f"operation: {said}\n"
        )
    else:
        minimum, reuse = length
        files["get-account-password-policy.json"] = {
            "PasswordPolicy": {
                "MinimumPasswordLength": minimum,
                "RequireSymbols": False,
                "RequireNumbers": False,
                "RequireUppercaseCharacters": False,
                "RequireLowercaseCharacters": False,
                "AllowUsersToChangePassword": True,
                "ExpirePasswords": False,
                **({"PasswordReusePrevention": reuse} if reuse else {}),
            }
        }
    if account.number == MANAGEMENT:
        files["organization.json"] = past.organisation(text, organization(text))
        center = identity_center()
        past.permission_sets(text, center, abs_id)
        files["identity-center.json"] = center
    if text[:7] >= regions.SINCE:
        files |= regions.regional(account.number, today)
        files |= outside.around(account.number, text, abs_id)
        if account.number in (MANAGEMENT, regions.PAYMENTS, regions.PORTAL):
            principals = [f"{arn}:user/{u.name}" for u in users]
            principals += [role["Arn"] for role in listed["RoleDetailList"]]
            files["last-accessed.json"] = outside.last_accessed(principals, stamp(today))
    if text[:7] in account.denied:
        files["credential-report.csv"] = DENIED.format(account=account.number)
    return files


MANAGEMENT = "210000000001"
ROOT, WORKLOADS, SECURITY, SANDBOX = "r-wb01", "ou-wb01-work", "ou-wb01-secu", "ou-wb01-sand"
PLACES = {
    MANAGEMENT: ROOT,
    "210000000002": SECURITY,
    "210000000003": WORKLOADS,
    "210000000004": WORKLOADS,
    "210000000005": WORKLOADS,
    "210000000006": SANDBOX,
}


def scps() -> dict[str, tuple[list[str], list[dict[str, Any]]]]:
    """The service control policies: where each is attached, and its statements."""

    def deny(action: Any, **more: Any) -> dict[str, Any]:
        return {"Effect": "Deny", "Action": action, "Resource": "*", **more}

    unless = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*backup*"}}
    regions = ["ap-southeast-2", "ap-southeast-4"]
    everywhere = (
        "account aws-portal billing budgets ce cloudfront cur events globalaccelerator health iam "
        "organizations route53 route53domains shield sns sso sts support trustedadvisor waf wafv2"
    )
    elsewhere = {
        "Effect": "Deny",
        "NotAction": [f"{name}:*" for name in everywhere.split()] + ["s3:ListAllMyBuckets"],
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": regions},
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"},
        },
    }
    backups = [
        "backup:Delete*",
        "backup:UpdateRecoveryPointLifecycle",
        "ec2:DeleteSnapshot",
        "ec2:ModifySnapshotAttribute",
        "rds:DeleteDBSnapshot",
        "rds:ModifyDBSnapshotAttribute",
        "s3:DeleteObjectVersion",
    ]
    mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    people = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}
    all_levels = [ROOT, WORKLOADS, SECURITY, SANDBOX, *PLACES]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {
        "FullAWSAccess": (all_levels, [everything]),
        "base": ([ROOT], [deny(["organizations:LeaveOrganization", "cloudtrail:StopLogging"])]),
        "regions": ([ROOT], [elsewhere]),
        "protect-backups": ([ROOT], [deny(backups, Condition=unless)]),
        "mfa-sensitive": (
            [ROOT],
            [deny(["kms:ScheduleKeyDeletion", "ec2:StopInstances"], Condition={**mfa, **people})],
        ),
        # The finding: written years ago, and it never denied anything.
        "sandbox-stay": ([SANDBOX], [deny("organisations:LeaveOrganization")]),
    }


def organization(text: str) -> dict[str, Any]:
    """The organisation as the management account reads it."""
    joined = {account.number: account.joined for account in story()}
    names = {account.number: account.alias for account in story()}
    head = f"arn:aws:organizations::{MANAGEMENT}"
    return {
        "Organization": {
            "Id": "o-wattlebay0",
            "MasterAccountId": MANAGEMENT,
            "FeatureSet": "ALL",
        },
        "Roots": [
            {
                "Id": ROOT,
                "Name": "Root",
                "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
            }
        ],
        "OrganizationalUnits": [
            {"Id": unit, "Name": name, "ParentId": ROOT}
            for unit, name in (
                (WORKLOADS, "Workloads"),
                (SECURITY, "Security"),
                (SANDBOX, "Sandbox"),
            )
        ],
        "Accounts": [
            {
                "Id": number,
                "Name": names[number],
                "Email": f"aws-{names[number].partition('-')[2]}@wattlebay.example",
                "Status": "ACTIVE",
                "ParentId": parent,
            }
            for number, parent in PLACES.items()
            if joined[number] <= text
        ],
        "Policies": [
            {
                "Id": "p-FullAWSAccess" if name == "FullAWSAccess" else f"p-{abs_id(name)[:8]}",
                "Arn": f"{head}:policy/o-wattlebay0/service_control_policy/{name}",
                "Name": name,
                "Type": "SERVICE_CONTROL_POLICY",
                "AwsManaged": name == "FullAWSAccess",
                "Content": json.dumps({"Version": "2012-10-17", "Statement": statements}),
                "Targets": [{"TargetId": t} for t in targets if joined.get(t, "") <= text],
            }
            for name, (targets, statements) in scps().items()
        ],
    }


def identity_center() -> dict[str, Any]:
    """The permission sets of IAM Identity Center."""

    def permission_set(name: str, accounts: list[str], **policies: Any) -> dict[str, Any]:
        return {
            "Name": name,
            "PermissionSetArn": f"arn:aws:sso:::permissionSet/ssoins-wb01/ps-{abs_id(name)}",
            "SessionDuration": "PT4H",
            "AttachedManagedPolicies": [],
            "InlinePolicy": "",
            "CustomerManagedPolicyReferences": [],
            "PermissionsBoundary": None,
            "Assignments": [
                {"AccountId": n, "PrincipalType": "GROUP", "PrincipalId": abs_id(name + n)}
                for n in accounts
            ],
            **policies,
        }

    full = [{"Name": "AdministratorAccess", "Arn": AWS_ADMINISTRATOR}]
    reads = json.dumps(document("s3:GetObject"))
    sets = [
        permission_set("PlatformAdmin", [MANAGEMENT, "210000000002"], AttachedManagedPolicies=full),
        permission_set("TeamAdmin", list(PLACES)[2:], AttachedManagedPolicies=full),
        permission_set("Auditor", list(PLACES), InlinePolicy=reads),
    ]
    arn = "arn:aws:sso:::instance/ssoins-wb01"
    return {"Instances": [{"InstanceArn": arn, "PermissionSets": sets}]}


def main() -> None:
    """Write the folder ``organisation`` anew."""
    root = HERE / "organisation"
    shutil.rmtree(root, ignore_errors=True)
    for year, month in MONTHS:
        today = date(year, month, monthrange(year, month)[1])
        for account in story():
            if account.joined > today.isoformat() or f"{year}-{month:02}" in account.skipped:
                continue
            folder = root / today.isoformat() / account.number
            folder.mkdir(parents=True)
            exported = datetime(year, month, today.day, 2, 10, tzinfo=UTC)
            (folder / "exported-at.txt").write_text(exported.isoformat() + "\n")
            for name, content in exports(account, today).items():
                text = content if isinstance(content, str) else json.dumps(content, indent=1) + "\n"
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(text)


if __name__ == "__main__":
    main()
