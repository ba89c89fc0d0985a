"""The short form in which examples give evidence, made into what the AWS CLI exports.

Only what matters to an example is written; the rest gets the values of an idle user, an ordinary
account. Each field must be one that AWS answers with, so that a misspelt one is no evidence.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from reportgen.examples.fields import COLUMNS, FIELDS, Fields
from reportgen.sources import own_sources
from reportgen.sources.source import Scope, Source
from reportgen.yamlsource import Place

ACCOUNT = "111122223333"
AS_OF = datetime(2026, 9, 30, tzinfo=UTC)
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


def short_form(
    given: Mapping[str, Any], account: str = ACCOUNT, sources: Mapping[str, Source] | None = None
) -> dict[str, str]:
    """File content by evidence key.

    A source that has no short form is given as AWS answers it; ``NAME@REGION`` for a region other
    than ``REGION``. A text is the code of an error with which AWS answered.
    """
    files: dict[str, str] = {}
    rows = list(given.get("credential-report", []))
    if "root" in given:
        rows.insert(0, root_row(account, **given["root"]))
    if "credential-report" in given or "root" in given:
        files["credential-report"] = credential_report(rows, account)
    known = own_sources() if sources is None else sources
    for source, value in given.items():
        if isinstance(value, str) and source.partition("@")[0] in known:
            key = key_of(source, known)
            files[key] = refused(key, value, known)
        elif source in _SHORT:
            name, answer = _SHORT[source](value, account)
            files[name] = json.dumps(answer)
        elif source.partition("@")[0] in known and source != "credential-report":
            files[key_of(source, known)] = json.dumps(value)
    if given.get("password-policy", "") is None:
        files["password-policy"] = refused("password-policy", "NoSuchEntity", known)
    return files


# Where a regional source of an example lies that names no region.
REGION = "ap-southeast-2"


def key_of(source: str, sources: Mapping[str, Source]) -> str:
    """The evidence key: a regional source that names no region is of ``REGION``."""
    regional = "@" not in source and sources[source].scope is Scope.REGION
    return f"{source}@{REGION}" if regional else source


def refused(source: str, code: str, sources: Mapping[str, Source] | None = None) -> str:
    """What the AWS CLI prints where AWS answers with an error code."""
    known = own_sources() if sources is None else sources
    operation = known[source.partition("@")[0]].operation.rpartition(":")[2]
    return (
        f"\nAn error occurred ({code}) when calling the {operation} operation: "
        "AWS gave no answer.\n"
    )


def _server_certificates(given: Any, account: str) -> dict[str, Any]:
    listed = [
        {"Arn": f"arn:aws:iam::{account}:server-certificate/{c['ServerCertificateName']}"} | c
        for c in given
    ]
    return {"ServerCertificateMetadataList": listed}


# What collect writes of a set that has nothing.
_EMPTY_SET: dict[str, Any] = {
    "AttachedManagedPolicies": [],
    "CustomerManagedPolicyReferences": [],
    "InlinePolicy": "",
    "Assignments": [],
}


_GROUP = {"PrincipalType": "GROUP", "PrincipalId": "g"}


def _permission_sets(given: Any) -> dict[str, Any]:
    head = "arn:aws:sso:::permissionSet/x"
    sets = [{"PermissionSetArn": f"{head}/{s['Name']}"} | _EMPTY_SET | s for s in given]
    for named in sets:
        if isinstance(named.get("Assignments"), list):
            named["Assignments"] = [_GROUP | assigned for assigned in named["Assignments"]]
    return {"Instances": [{"PermissionSets": sets}]}


def _roles(given: Any, account: str) -> dict[str, Any]:
    return {"Roles": [{"Arn": f"arn:aws:iam::{account}:role/{r['RoleName']}"} | r for r in given]}


def _email(given: Mapping[str, Any], account: str) -> dict[str, str]:
    emails = given.get("emails", {})
    return {"Email": emails[account]} if account in emails else {}


def _organization(given: dict[str, Any], account: str) -> dict[str, Any]:
    """An organisation that this account manages: SCPs by name with their targets and statements.

    ``accounts`` maps an account to its parent, ``emails`` to its address; FullAWSAccess is
    everywhere but where ``bare`` says.
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
            {"Id": a, "Name": a, "Status": "ACTIVE", "ParentId": p, **_email(given, a)}
            for a, p in accounts.items()
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


# Name in the short form -> the source that it stands for, and its answer.
_SHORT: dict[str, Any] = {
    "account-summary": lambda v, a: ("account-summary", {"SummaryMap": v}),
    "authorization-details": lambda v, a: (
        "authorization-details",
        authorization_details(v, a),
    ),
    "password-policy": lambda v, a: ("password-policy", {"PasswordPolicy": v}),
    "mfa-devices": lambda v, a: ("mfa-devices", {"MFADevices": v}),
    "virtual-mfa-devices": lambda v, a: (
        "virtual-mfa-devices",
        {"VirtualMFADevices": [_virtual(d, a) for d in v]},
    ),
    "roles": lambda v, a: ("roles", _roles(v, a)),
    "permission-sets": lambda v, a: ("identity-center", _permission_sets(v)),
    "organization": lambda v, a: ("organization", _organization(v, a)),
    "server-certificates": lambda v, a: ("server-certificates", _server_certificates(v, a)),
}


def faults(
    given: Mapping[str, Any], sources: Mapping[str, Source]
) -> Iterator[tuple[Place, str, str]]:
    """What is misspelt in evidence in short: its place, what is wrong, what would be right."""
    for name, value in given.items():
        if isinstance(value, str) and name.partition("@")[0] in sources:
            continue
        if name in FIELDS:
            yield from _unknown(value, FIELDS[name], (name,))
        elif name.partition("@")[0] not in sources:
            known = ", ".join(sorted({*FIELDS, *sources}))
            yield (name,), f"unknown source {name!r}.", f"Known here: {known}."


def _unknown(value: Any, fields: Fields, place: Place) -> Iterator[tuple[Place, str, str]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, fields, (*place, index))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in fields:
                right = f"Known fields here: {', '.join(sorted(fields))}."
                yield (*place, name), f"unknown field {name!r}.", right
            elif fields[name] is not None:
                yield from _unknown(inner, fields[name], (*place, name))
    elif value is not None:
        yield place, f"{value!r} is no record.", "Write a mapping of fields, or a list of them."
