"""Makes a large store for measuring: N accounts with so many principals, a snapshot each month.

Written through the store's own way in (``Store.add``), one snapshot for each account and month, as
``collect`` writes them. What is in it follows from its numbers alone: the same store each time.
About one principal in ten fails some control; policies come from a pool that all accounts share,
with a few of each account's own, as landing zones have it. Between months little changes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from reportgen.clock import to_text
from reportgen.evidence.chain import Chain
from reportgen.evidence.store import Item, Store, sha256
from reportgen.evidence.tombstone import Link
from reportgen.examples.fields import COLUMNS
from reportgen.model import AwsRequest, Envelope, Grade, Status
from reportgen.sources import own_sources

FIRST_ACCOUNT = 700_000_000_000
_CREATED = "2024-01-01T00:00:00+00:00"
_READS = "s3:GetObject s3:ListBucket sqs:ReceiveMessage dynamodb:GetItem dynamodb:Query kms:Decrypt"
_WRITES = (
    "s3:PutObject sqs:SendMessage sns:Publish dynamodb:PutItem logs:PutLogEvents "
    "lambda:InvokeFunction ssm:GetParameter secretsmanager:GetSecretValue "
    "cloudwatch:PutMetricData states:StartExecution events:PutEvents"
)
_ACTIONS = f"{_READS} {_WRITES}".split()
_SERVICES = ("ec2", "lambda", "ecs-tasks", "states", "glue")


def month_starts(last: datetime, months: int) -> list[datetime]:
    """A moment in each of the months up to that of ``last``, earliest first."""
    found = [last]
    while len(found) < months:
        found.append((found[-1].replace(day=1) - timedelta(days=1)).replace(day=28))
    return found[::-1]


class _OneWriter(Store):
    """A store that nobody else writes meanwhile: its chain is read once, and not each time."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._known = super().chain()

    def chain(self) -> Chain:
        return self._known

    def append(self, draft: Link, chain: Chain) -> Link | None:
        written = super().append(draft, chain)
        if written is not None:
            chain.links.append(written)
        return written


def write_store(
    place: Path,
    accounts: int,
    principals: int,
    moments: list[datetime],
    progress: Callable[[int], None] = lambda _: None,
    *,
    wire: bool = False,
) -> None:
    """Write the store: every account at every moment; ``wire``: with answers as they came, too."""
    Store.create(place)
    store = _OneWriter(place)
    for number, moment in enumerate(moments):
        for account in range(accounts):
            found = items(account, accounts, principals, moment, number)
            store.add(to_text(moment), [_with_wire(item) for item in found] if wire else found)
        progress(number + 1)


def items(account: int, accounts: int, principals: int, moment: datetime, month: int) -> list[Item]:
    """The evidence of one account at one moment."""
    number = str(FIRST_ACCOUNT + account)
    users = principals * 8 // 15
    roles = principals - users
    answers: dict[str, bytes] = {
        "authorization-details": _json(_details(account, number, users, roles, moment)),
        "credential-report": _report(account, number, users, moment, month).encode(),
        "account-summary": _json({"SummaryMap": _summary(users, roles)}),
        "password-policy": _json({"PasswordPolicy": _PASSWORDS}),
        "virtual-mfa-devices": _json({"VirtualMFADevices": _devices(number, users)}),
        "mfa-devices": _json({"MFADevices": []}),
        "roles": _json({"Roles": [_listed_role(account, number, n, moment) for n in range(roles)]}),
        "account-aliases": _json({"AccountAliases": [f"example-{account:04}"]}),
        "server-certificates": _json({"ServerCertificateMetadataList": []}),
        "saml-providers": _json({"SAMLProviderList": []}),
        "open-id-connect-providers": _json({"OpenIDConnectProviderList": []}),
        "caller-identity": _json(
            {"Account": number, "Arn": f"arn:aws:iam::{number}:role/collector", "UserId": "x"}
        ),
    }
    if account == 0:
        answers["organization"] = _json(_organisation(accounts))
    return [_item(name, content, number, moment) for name, content in answers.items()]


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


# Principals on a page of an answer, as AWS gives at most by default.
_PAGE = 100
_PAGED = ("authorization-details", "roles")


def _with_wire(item: Item) -> Item:
    """An item with the pages of IAM's XML that it would have been read from."""
    source = item.envelope.source
    if source not in _PAGED:
        return item
    pages = []
    for key, listed in json.loads(item.content).items():
        for start in range(0, len(listed), _PAGE):
            body = _xml({key: listed[start : start + _PAGE]})
            pages.append(f"<Response>{body}</Response>".encode())
    names = [f"raw/{source}-{n:04}.xml" for n in range(1, len(pages) + 1)]
    raw = [[name, sha256(page)] for name, page in zip(names, pages, strict=True)]
    return Item(replace(item.envelope, raw=raw), item.content, pages)


def _xml(value: Any) -> str:
    """IAM's XML: lists as members, policies as JSON, percent-encoded (RFC 3986)."""
    if isinstance(value, dict):
        if "Statement" in value:
            return quote(json.dumps(value), safe="")
        return "".join(f"<{key}>{_xml(one)}</{key}>" for key, one in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(one)}</member>" for one in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _item(source: str, content: bytes, account: str, moment: datetime) -> Item:
    known = own_sources()[source]
    at = to_text(moment)
    suffix = "csv" if source == "credential-report" else "json"
    envelope = Envelope(
        source=source,
        operation=known.operation,
        parameters={},
        account_id=account,
        partition="aws",
        region="us-east-1",
        caller_arn=f"arn:aws:sts::{account}:assumed-role/collector/bench",
        collected_at=at,
        recorded_at=at,
        tool_version="bench",
        status=Status.COLLECTED,
        detail="",
        origin="aws",
        grade=Grade.GOOD,
        file=f"{source}.{suffix}",
        sha256=sha256(content),
        bytes=len(content),
        requests=[AwsRequest(f"{source}-{account}", f"{moment:%a, %d %b %Y %H:%M:%S GMT}", 200, 0)],
    )
    return Item(envelope, content)


_PASSWORDS = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "ExpirePasswords": False,
    "PasswordReusePrevention": 24,
}


def _summary(users: int, roles: int) -> dict[str, int]:
    return {
        "Users": users,
        "Roles": roles,
        "MFADevices": users,
        "AccountMFAEnabled": 1,
        "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 0,
        "ServerCertificates": 0,
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _report(account: int, number: str, users: int, moment: datetime, month: int) -> str:
    """Every second user has a password, the others a key; one in ten is out of order."""
    stream = io.StringIO()
    columns = COLUMNS.split(",")
    writer = csv.DictWriter(stream, columns, restval="N/A", lineterminator="\n")
    writer.writeheader()
    off = {"mfa_active": "false", "cert_1_active": "false", "cert_2_active": "false"}
    keys = {"access_key_1_active": "false", "access_key_2_active": "false"}
    root = {"user": "<root_account>", "arn": f"arn:aws:iam::{number}:root", "mfa_active": "true"}
    writer.writerow(
        off
        | keys
        | root
        | {
            "user_creation_time": _CREATED,
            "password_enabled": "not_supported",
            "password_last_used": "2024-06-01T00:00:00+00:00",
        }
    )
    for n in range(users):
        bad = (n + account) % 10 == 0 and (n + account // 10 + month) % 12 != 0
        recent = _text(moment - timedelta(days=1 + n % 20))
        old = _text(moment - timedelta(days=200 + n))
        row = off | keys
        row |= {"user": f"user{n:04}", "arn": f"arn:aws:iam::{number}:user/user{n:04}"}
        row["user_creation_time"] = _CREATED
        row["password_enabled"] = "false"
        if n % 2:
            row |= {
                "password_enabled": "true",
                "password_last_used": recent,
                "password_last_changed": _CREATED,
                "mfa_active": "false" if bad else "true",
            }
        else:
            row |= {
                "access_key_1_active": "true",
                "access_key_1_last_rotated": old if bad else recent,
                "access_key_1_last_used_date": recent,
                "access_key_1_last_used_region": "us-east-1",
                "access_key_1_last_used_service": "s3",
            }
        writer.writerow(row)
    return stream.getvalue()


def _devices(number: str, users: int) -> list[dict[str, Any]]:
    return [
        {
            "SerialNumber": f"arn:aws:iam::{number}:mfa/user{n:04}",
            "User": {"Arn": f"arn:aws:iam::{number}:user/user{n:04}", "UserName": f"user{n:04}"},
            "EnableDate": _CREATED,
        }
        for n in range(1, users, 2)
    ]


def _document(seed: int, bucket: str) -> dict[str, Any]:
    chosen = [_ACTIONS[(seed * 7 + n * 3) % len(_ACTIONS)] for n in range(4)]
    statement = {
        "Sid": "Work",
        "Effect": "Allow",
        "Action": sorted(set(chosen)),
        "Resource": [f"arn:aws:s3:::{bucket}/*", "arn:aws:sqs:*:*:work-*"],
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _trust(account: int, n: int) -> dict[str, Any]:
    principal = {"Service": f"{_SERVICES[(account + n) % len(_SERVICES)]}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _details(account: int, number: str, users: int, roles: int, moment: datetime) -> dict[str, Any]:
    head = f"arn:aws:iam::{number}"
    shared = [
        {
            "PolicyName": f"shared-{n:02}",
            "Arn": f"{head}:policy/shared-{n:02}",
            "Path": "/",
            "DefaultVersionId": "v1",
            "AttachmentCount": 3,
            "PermissionsBoundaryUsageCount": 0,
            "CreateDate": _CREATED,
            "PolicyVersionList": [
                {
                    "VersionId": "v1",
                    "IsDefaultVersion": True,
                    "CreateDate": _CREATED,
                    "Document": _document(n, f"shared-{n:02}"),
                }
            ],
        }
        for n in range(20)
    ]

    def attached(n: int) -> list[dict[str, str]]:
        name = f"shared-{n % 20:02}"
        return [{"PolicyName": name, "PolicyArn": f"{head}:policy/{name}"}]

    groups = [
        {
            "Path": "/",
            "GroupName": f"team{n}",
            "GroupId": f"AGPA{n}",
            "Arn": f"{head}:group/team{n}",
            "CreateDate": _CREATED,
            "GroupPolicyList": [],
            "AttachedManagedPolicies": attached(n),
        }
        for n in range(5)
    ]
    return {
        "UserDetailList": [
            {
                "Path": "/",
                "UserName": f"user{n:04}",
                "UserId": f"AIDA{n}",
                "Arn": f"{head}:user/user{n:04}",
                "CreateDate": _CREATED,
                "GroupList": [f"team{n % 5}"],
                "AttachedManagedPolicies": attached(n) if n % 10 == 0 else [],
                "Tags": [{"Key": "owner", "Value": f"team{n % 5}"}],
            }
            for n in range(users)
        ],
        "GroupDetailList": groups,
        "RoleDetailList": [
            {
                **_role(account, number, n, moment),
                "AttachedManagedPolicies": attached(n),
                "InstanceProfileList": [],
                "RolePolicyList": [
                    {
                        "PolicyName": "own",
                        "PolicyDocument": _document(n % 5, f"own-{account:04}-{n % 5}"),
                    }
                ]
                if n % 3 == 0
                else [],
            }
            for n in range(roles)
        ],
        "Policies": shared,
    }


def _role(account: int, number: str, n: int, moment: datetime) -> dict[str, Any]:
    idle = 1 + n % 30 + (120 if (n + account) % 15 == 0 else 0)
    return {
        "Path": "/",
        "RoleName": f"role{n:04}",
        "RoleId": f"AROA{n}",
        "Arn": f"arn:aws:iam::{number}:role/role{n:04}",
        "CreateDate": _CREATED,
        "AssumeRolePolicyDocument": _trust(account, n),
        "RoleLastUsed": {"LastUsedDate": _text(moment - timedelta(days=idle)), "Region": "x"},
        "Tags": [{"Key": "owner", "Value": f"team{n % 5}"}],
    }


def _listed_role(account: int, number: str, n: int, moment: datetime) -> dict[str, Any]:
    role = _role(account, number, n, moment)
    return {**role, "MaxSessionDuration": 3600}


def _organisation(accounts: int) -> dict[str, Any]:
    ids = [str(FIRST_ACCOUNT + n) for n in range(accounts)]
    full = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {
        "Organization": {"Id": "o-example", "MasterAccountId": ids[0], "FeatureSet": "ALL"},
        "Roots": [
            {
                "Id": "r-root",
                "Name": "Root",
                "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
            }
        ],
        "OrganizationalUnits": [{"Id": "ou-work", "Name": "Workloads", "ParentId": "r-root"}],
        "Accounts": [
            {"Id": a, "Name": f"example-{n:04}", "Status": "ACTIVE", "ParentId": "ou-work"}
            for n, a in enumerate(ids)
        ],
        "Policies": [
            {
                "Id": "p-FullAWSAccess",
                "Name": "FullAWSAccess",
                "Type": "SERVICE_CONTROL_POLICY",
                "AwsManaged": True,
                "Content": json.dumps({"Version": "2012-10-17", "Statement": [full]}),
                "Targets": [{"TargetId": t} for t in ("r-root", "ou-work", *ids)],
            }
        ],
    }


LAST = datetime(2026, 9, 28, 3, tzinfo=UTC)
