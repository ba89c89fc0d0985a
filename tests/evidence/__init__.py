"""Builds evidence for tests in the formats that the AWS CLI exports."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reportgen.collect.exports import read_files
from reportgen.evidence.store import Snapshot, Store

ACCOUNT = "111122223333"
AS_OF = datetime(2026, 9, 30, tzinfo=UTC)
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
_DEFAULTS = dict.fromkeys(COLUMNS.split(","), "N/A") | {
    "user_creation_time": "2024-01-01T00:00:00+00:00",
    "password_enabled": "false",
    "mfa_active": "false",
    "access_key_1_active": "false",
    "access_key_2_active": "false",
    "cert_1_active": "false",
    "cert_2_active": "false",
}


def credential_report(rows: list[dict[str, Any]], account: str = ACCOUNT) -> str:
    """CSV of a credential report; each row needs only what differs from an idle user."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS.split(","), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        arn = f"arn:aws:iam::{account}:user/{row['user']}"
        writer.writerow({**_DEFAULTS, "arn": arn, **row})
    return stream.getvalue()


def root_row(account: str = ACCOUNT, **cells: str) -> dict[str, str]:
    """Root's line."""
    return {"user": "<root_account>", "arn": f"arn:aws:iam::{account}:root", **cells}


def authorization_details(given: dict[str, Any], account: str = ACCOUNT) -> dict[str, Any]:
    """GetAccountAuthorizationDetails from short lists of users, groups, roles and policies."""
    names = {
        "users": ("UserDetailList", "UserName", "user"),
        "groups": ("GroupDetailList", "GroupName", "group"),
        "roles": ("RoleDetailList", "RoleName", "role"),
        "policies": ("Policies", "PolicyName", "policy"),
    }
    answer: dict[str, Any] = {}
    for short, (key, name, kind) in names.items():
        answer[key] = [
            {
                "Path": "/",
                "Arn": f"arn:aws:iam::{account}:{kind}/{record[name]}",
                "CreateDate": "2024-01-01T00:00:00+00:00",
                **record,
            }
            for record in given.get(short, [])
        ]
    return answer


def short_form(given: dict[str, Any], account: str = ACCOUNT) -> dict[str, str]:
    """File content by source, from the short form that the controls' examples use."""
    files: dict[str, str] = {}
    rows = list(given.get("credential-report", []))
    if "root" in given:
        rows.insert(0, root_row(account, **given["root"]))
    if "credential-report" in given or "root" in given:
        files["credential-report"] = credential_report(rows, account)
    for source, value in given.items():
        if source == "account-summary":
            files[source] = json.dumps({"SummaryMap": value})
        elif source == "authorization-details":
            files[source] = json.dumps(authorization_details(value, account))
        elif source == "password-policy":
            files[source] = json.dumps({"PasswordPolicy": value})
        elif source == "mfa-devices":
            files[source] = json.dumps({"MFADevices": value})
        elif source == "virtual-mfa-devices":
            files[source] = json.dumps({"VirtualMFADevices": [_virtual(v, account) for v in value]})
        elif source == "roles":
            named = [{"Arn": f"arn:aws:iam::{account}:role/{r['RoleName']}"} | r for r in value]
            files[source] = json.dumps({"Roles": named})
        elif source == "permission-sets":
            sets = [
                {"PermissionSetArn": f"arn:aws:sso:::permissionSet/x/{s['Name']}"} | s
                for s in value
            ]
            files["identity-center"] = json.dumps({"Instances": [{"PermissionSets": sets}]})
        elif source == "organization":
            files[source] = json.dumps(_organization(value, account))
        elif source == "server-certificates":
            listed = [
                {"Arn": f"arn:aws:iam::{account}:server-certificate/{c['ServerCertificateName']}"}
                | c
                for c in value
            ]
            files[source] = json.dumps({"ServerCertificateMetadataList": listed})
    if given.get("password-policy", "") is None:
        files["password-policy"] = (
            "\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy "
            "operation: The Password Policy cannot be found.\n"
        )
    return files


def _organization(given: dict[str, Any], account: str) -> dict[str, Any]:
    """An organisation that this account manages: SCPs by name with their targets and statements.

    ``accounts`` maps an account to its parent; FullAWSAccess is everywhere but where ``bare`` says.
    """
    accounts = given.get("accounts", {})
    units = sorted({parent for parent in accounts.values() if parent != "r-root"})
    targets = ["r-root", *units, *accounts]
    full = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    scps = {
        "FullAWSAccess": {
            "targets": [t for t in targets if t not in given.get("bare", [])],
            "statements": [full],
        }
    }
    scps |= given.get("scps", {})
    return {
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": account, "FeatureSet": "ALL"},
        "Roots": [
            {
                "Id": "r-root",
                "Name": "Root",
                "PolicyTypes": [
                    {"Type": t, "Status": "ENABLED"}
                    for t in given.get("enabled", ["SERVICE_CONTROL_POLICY"])
                ],
            }
        ],
        "OrganizationalUnits": [{"Id": u, "Name": u, "ParentId": "r-root"} for u in units],
        "Accounts": [
            {"Id": a, "Name": a, "Status": "ACTIVE", "ParentId": p} for a, p in accounts.items()
        ],
        "Policies": [
            {
                "Id": f"p-{name}",
                "Name": name,
                "Type": "SERVICE_CONTROL_POLICY",
                "AwsManaged": name == "FullAWSAccess",
                "Content": json.dumps({"Version": "2012-10-17", "Statement": s["statements"]}),
                "Targets": [{"TargetId": t} for t in s["targets"]],
            }
            for name, s in scps.items()
        ],
    }


def _virtual(device: dict[str, str], account: str) -> dict[str, Any]:
    user = device["user"]
    tail = "root" if user == "root" else f"user/{user}"
    return {
        "SerialNumber": f"arn:aws:iam::{account}:{device['serial']}",
        "User": {"Arn": f"arn:aws:iam::{account}:{tail}"},
    }


def store_with(
    folder: Path,
    files: dict[str, str | bytes],
    account: str = ACCOUNT,
    collected_at: datetime = AS_OF,
) -> tuple[Store, Snapshot]:
    """Import files into a store below ``folder``; returns both."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for source, content in files.items():
        path = folder / f"{account}-{collected_at:%Y%m%d}-{source}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths[source] = path
    store = Store.create(folder / "store")
    items = read_files(account, collected_at, paths, collected_at)
    stamp = collected_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return store, store.add(stamp, items)[0]
