"""What the sample organisation mended before the quarter: faults with a first and a last day.

The story: a move to the cloud left an administrator's role and user behind until November 2025;
guardrails came in September 2025, limits on regions in October, MFA on sensitive calls in January
2026; roles were opened to whole accounts, to a user of another account, to a service for all its
customers and to a vendor without a secret of its own, one after another closed; a key of ci-runner
was found in public in March 2026; a team's delegate had a boundary that held nobody until May 2026,
could leave it off until June, and went in July. From then on nothing of this is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MANAGEMENT, SECURITY, PAYMENTS, PORTAL, DEVELOPMENT, SANDBOX = (
    f"21000000000{n}" for n in range(1, 7)
)
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
ACTIVE = "always"  # last used two days ago, whatever the day
MFA_ASKED = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
BOUNDARY = f"arn:aws:iam::{DEVELOPMENT}:policy/team-boundary"


@dataclass(frozen=True)
class Role:
    """A role that came and went: whom it let in, and what it might do, by first day."""

    account: str
    name: str
    trusts: dict[str, dict[str, Any]]
    until: str
    since: str = "2022-07-01"
    managed: tuple[str, ...] = ()
    inline: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    boundary: str = ""
    used: str = ACTIVE


@dataclass(frozen=True)
class Policy:
    """A customer managed policy that came and went; its statements by first day."""

    account: str
    name: str
    statements: dict[str, list[dict[str, Any]]]
    until: str
    since: str = "2022-07-01"
    group: str = ""
    boundary_of: int = 0


def lets_in(kind: str, who: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A statement of a trust policy."""
    found = {"Effect": "Allow", "Principal": {kind: who}, "Action": "sts:AssumeRole"}
    return found | ({"Condition": condition} if condition else {})


def allows(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def vendor(account: str, **external: str) -> dict[str, Any]:
    """The trust in a vendor, with the external id that was agreed, if one was."""
    asked = {"StringEquals": {"sts:ExternalId": external["id"]}} if external else None
    return lets_in("AWS", f"arn:aws:iam::{account}:root", asked)


PEOPLE_OF_PAYMENTS = f"arn:aws:iam::{PAYMENTS}:user/ops.curlew"
ROLES = (
    # MFA was asked of whoever became administrator two months before the role went.
    Role(
        PAYMENTS,
        "migration-admin",
        {
            "": lets_in("AWS", PEOPLE_OF_PAYMENTS),
            "2025-09-15": lets_in("AWS", PEOPLE_OF_PAYMENTS, MFA_ASKED),
        },
        until="2025-11-20",
        managed=(ADMINISTRATOR,),
        used="2025-03-04",
    ),
    Role(
        SECURITY,
        "findings-copy",
        {"": lets_in("AWS", f"arn:aws:iam::{PAYMENTS}:user/reconcile-feed")},
        until="2026-01-14",
    ),
    Role(
        MANAGEMENT,
        "usage-export",
        {
            "": lets_in("Service", "cur.amazonaws.com"),
            "2025-12-03": lets_in(
                "Service",
                "cur.amazonaws.com",
                {"StringEquals": {"aws:SourceAccount": MANAGEMENT}},
            ),
        },
        until="2026-06-10",
    ),
    Role(
        PORTAL,
        "vendor-logs",
        {
            "": vendor("330000000009"),
            "2025-10-08": vendor("330000000009", id="1234"),
            "2026-02-11": vendor("330000000009", id="wattlebay-logs-20c4e1"),
        },
        until="2026-06-10",
    ),
    Role(
        DEVELOPMENT,
        "shared-tools",
        {"": lets_in("AWS", "*"), "2025-09-02": lets_in("AWS", f"arn:aws:iam::{PAYMENTS}:root")},
        until="2026-05-12",
    ),
    *(
        Role(
            DEVELOPMENT,
            f"contractor-{number}",
            {"": lets_in("AWS", f"arn:aws:iam::{DEVELOPMENT}:user/dev.kestrel", MFA_ASKED)},
            until="2025-12-18",
            managed=("arn:aws:iam::aws:policy/PowerUserAccess",),
        )
        for number in (1, 2, 3, 4)
    ),
    Role(
        DEVELOPMENT,
        "team-delegate",
        {"": lets_in("AWS", f"arn:aws:iam::{DEVELOPMENT}:user/dev.kestrel", MFA_ASKED)},
        until="2026-07-09",
        since="2025-10-06",
        inline={
            "": [allows(["iam:CreateRole", "iam:PutRolePolicy"], "arn:aws:iam::*:role/team-*")],
            "2026-06-02": [
                allows(
                    ["iam:CreateRole", "iam:PutRolePolicy"],
                    "arn:aws:iam::*:role/team-*",
                    Condition={"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
                )
            ],
        },
        boundary=BOUNDARY,
    ),
)
POLICIES = (
    Policy(
        DEVELOPMENT,
        "tables",
        {"": [allows("dynamodb:*")]},
        until="2025-12-18",
        group="developers",
    ),
    Policy(
        DEVELOPMENT,
        "team-boundary",
        {
            "": [allows("*")],
            "2026-05-06": [
                allows(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::wattlebay-dev-*/*"),
                allows(["iam:CreateRole", "iam:PutRolePolicy"], "arn:aws:iam::*:role/team-*"),
            ],
        },
        until="2026-07-09",
        since="2025-10-06",
        boundary_of=1,
    ),
    Policy(
        PAYMENTS,
        "operations-reports",
        {"": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::wattlebay-*"}]},
        until="2025-10-22",
        group="operators",
    ),
    # The action's name has a letter too many: the policy never did what it was written for.
    Policy(
        PORTAL,
        "vendor-objects",
        {
            "": [allows("s3:GetObjects", "arn:aws:s3:::wattlebay-portal-*/*")],
            "2026-04-20": [allows("s3:GetObject", "arn:aws:s3:::wattlebay-portal-*/*")],
        },
        until="2026-06-10",
        group="vendors",
    ),
)


def current(by_day: dict[str, Any], text: str) -> Any:
    """What holds on a day, of values by their first day."""
    return by_day[max(day for day in by_day if day <= text)]


def _there(found: Role | Policy, number: str, text: str) -> bool:
    return found.account == number and found.since <= text < found.until


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def add(
    number: str,
    text: str,
    listed: dict[str, Any],
    names: Callable[[str], str],
    before: Callable[[int], str],
) -> None:
    """Put what was there on a day into the authorisation details; ``before``: days ago, as ISO."""
    head = f"arn:aws:iam::{number}"
    for role in ROLES:
        if _there(role, number, text):
            used = before(2) if role.used == ACTIVE else role.used
            listed["RoleDetailList"].append(
                {
                    "Path": "/",
                    "RoleName": role.name,
                    "RoleId": f"AROA{names(number + role.name)}",
                    "Arn": f"{head}:role/{role.name}",
                    "CreateDate": f"{role.since}T01:15:00+00:00",
                    "AssumeRolePolicyDocument": _document([current(role.trusts, text)]),
                    "InstanceProfileList": [],
                    "RolePolicyList": [
                        {"PolicyName": "own", "PolicyDocument": _document(statements)}
                        for statements in ([current(role.inline, text)] if role.inline else [])
                    ],
                    "AttachedManagedPolicies": [
                        {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}
                        for arn in role.managed or (f"{head}:policy/workload-access",)
                    ],
                    **(
                        {
                            "PermissionsBoundary": {
                                "PermissionsBoundaryType": "Policy",
                                "PermissionsBoundaryArn": role.boundary,
                            }
                        }
                        if role.boundary
                        else {}
                    ),
                    "Tags": [{"Key": "owner", "Value": "engineering"}],
                    "RoleLastUsed": {
                        "LastUsedDate": f"{used}T00:15:00+00:00",
                        "Region": "ap-southeast-2",
                    },
                }
            )
    for policy in POLICIES:
        if _there(policy, number, text):
            arn = f"{head}:policy/{policy.name}"
            for group in listed["GroupDetailList"]:
                if group["GroupName"] == policy.group:
                    group["AttachedManagedPolicies"].append(
                        {"PolicyName": policy.name, "PolicyArn": arn}
                    )
            listed["Policies"].append(
                {
                    "PolicyName": policy.name,
                    "PolicyId": f"ANPA{names(number + policy.name)}",
                    "Arn": arn,
                    "Path": "/",
                    "DefaultVersionId": "v1",
                    "AttachmentCount": int(bool(policy.group)),
                    "PermissionsBoundaryUsageCount": policy.boundary_of,
                    "IsAttachable": True,
                    "Description": f"For {policy.name.replace('-', ' ')}",
                    "Tags": [{"Key": "owner", "Value": "engineering"}],
                    "CreateDate": f"{policy.since}T01:15:00+00:00",
                    "UpdateDate": f"{policy.since}T01:15:00+00:00",
                    "PolicyVersionList": [
                        {
                            "Document": _document(current(policy.statements, text)),
                            "VersionId": "v1",
                            "IsDefaultVersion": True,
                            "CreateDate": f"{policy.since}T01:15:00+00:00",
                        }
                    ],
                }
            )
    # AWS found the key in public and put its own policy on the user, who was deleted in April.
    for user in listed["UserDetailList"]:
        if user["UserName"] == "ci-runner" and text >= "2026-03-11":
            user["AttachedManagedPolicies"].append(
                {"PolicyName": QUARANTINE.rpartition("/")[2], "PolicyArn": QUARANTINE}
            )


# The first day of each service control policy but AWS's own; those not named were always there.
GUARDRAILS = {"base": "2025-09-01", "regions": "2025-10-01", "mfa-sensitive": "2026-01-12"}


def organisation(text: str, found: dict[str, Any]) -> dict[str, Any]:
    """The organisation without what was not yet attached on that day."""
    kept = [p for p in found["Policies"] if GUARDRAILS.get(p["Name"], "") <= text]
    return {**found, "Policies": kept}


def permission_sets(text: str, found: dict[str, Any], names: Callable[[str], str]) -> None:
    """Sessions of twelve hours until February 2026, and one person's assignment until April."""
    for one in found["Instances"][0]["PermissionSets"]:
        if one["Name"] == "PlatformAdmin" and text < "2026-02-09":
            one["SessionDuration"] = "PT12H"
        if one["Name"] == "TeamAdmin" and text < "2026-04-16":
            one["Assignments"].append(
                {
                    "AccountId": DEVELOPMENT,
                    "PrincipalType": "USER",
                    "PrincipalId": names("adm-robin"),
                }
            )
