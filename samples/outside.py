"""The sample's evidence around IAM: the directory, contacts, analyzers, last accessed data.

Read since June 2026. The story: Identity Center is administered from the management account until
July 2026; kestrel is administrator and auditor by one identity; development has no security
contact; a finding on the portal's vendor role stays open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regions import (
    DEVELOPMENT,
    GLOBAL,
    HOME,
    MANAGEMENT,
    PAYMENTS,
    PORTAL,
    REGIONS,
    SANDBOX,
    SECURITY,
)

STORE = "d-9767wattle"
DIRECTORY = {
    "adm-wren": ("PlatformAdmin",),
    "adm-robin": ("PlatformAdmin", "TeamAdmin"),
    "kestrel": ("TeamAdmin", "Auditor"),
    "heron": ("Auditor",),
    "bittern": ("Auditor",),
}


def around(number: str, text: str, names: Callable[[str], str]) -> dict[str, Any]:
    """File name -> content for one account on one day; ``names`` makes ids of texts."""
    files = contacts(number)
    if number == MANAGEMENT:
        files["identity-store.json"] = directory(names)
        files["list-delegated-administrators.json"] = delegation(text)
    for region in REGIONS:
        files |= {f"{region}/{k}": v for k, v in analyzers(number, region, text).items()}
    return files


def contacts(number: str) -> dict[str, Any]:
    """Whom AWS reaches."""
    kinds = ["BILLING"] if number == DEVELOPMENT else ["BILLING", "SECURITY"]
    return {
        "get-contact-information.json": {
            "ContactInformation": {
                "FullName": "Wattle Bay Mutual, Cloud Security",
                "AddressLine1": "1 Example Street",
                "City": "Sydney",
                "CountryCode": "AU",
                "PhoneNumber": "+61 2 5550 0100",
            }
        },
        "get-alternate-contact.json": {
            "AlternateContacts": [
                {
                    "AlternateContactType": kind,
                    "Name": f"{kind.capitalize()} desk",
                    "Title": "Desk",
                    "EmailAddress": f"{kind.lower()}@wattlebay.example",
                    "PhoneNumber": "+61 2 5550 0101",
                }
                for kind in kinds
            ]
        },
    }


def directory(names: Callable[[str], str]) -> dict[str, Any]:
    """People, and the group of each permission set in each account."""
    sets = {
        "PlatformAdmin": (MANAGEMENT, SECURITY),
        "TeamAdmin": (PAYMENTS, PORTAL, DEVELOPMENT, SANDBOX),
        "Auditor": (MANAGEMENT, SECURITY, PAYMENTS, PORTAL, DEVELOPMENT, SANDBOX),
    }
    groups = {(s, a): names(s + a) for s, accounts in sets.items() for a in accounts}
    return {
        "Users": [
            {
                "IdentityStoreId": STORE,
                "UserId": names(name),
                "UserName": f"{name}@wattlebay.example",
                "UserStatus": "ENABLED",
                "ExternalIds": [{"Issuer": "https://id.wattlebay.example", "Id": names(name)[:8]}],
            }
            for name in DIRECTORY
        ],
        "Groups": [
            {"IdentityStoreId": STORE, "GroupId": group, "DisplayName": f"aws-{s}-{account}"}
            for (s, account), group in groups.items()
        ],
        "GroupMemberships": [
            {
                "IdentityStoreId": STORE,
                "GroupId": group,
                "MembershipId": names(name + group),
                "MemberId": {"UserId": names(name)},
            }
            for (s, _), group in groups.items()
            for name, held in DIRECTORY.items()
            if s in held
        ],
    }


def delegation(text: str) -> dict[str, Any]:
    """What the security account administers for the organisation."""
    services = ["guardduty.amazonaws.com", "access-analyzer.amazonaws.com"]
    if text >= "2026-08":
        services.append("sso.amazonaws.com")
    return {
        "DelegatedAdministrators": [
            {
                "Id": SECURITY,
                "Name": "wattlebay-security",
                "Status": "ACTIVE",
                "DelegatedServices": [{"ServicePrincipal": name} for name in services],
            }
        ]
    }


def analyzers(number: str, region: str, text: str) -> dict[str, Any]:
    """Analyzers of a region, and what they found."""
    head = f"arn:aws:access-analyzer:{region}:{number}:analyzer"
    external = {
        "arn": f"{head}/external",
        "name": "external",
        "type": "ACCOUNT",
        "status": "ACTIVE",
    }
    listed = [] if (number, region) == (DEVELOPMENT, GLOBAL) and text < "2026-09" else [external]
    if (number, region) == (SECURITY, HOME):
        unused = {"arn": f"{head}/unused", "name": "unused", "type": "ORGANIZATION_UNUSED_ACCESS"}
        listed.append({**unused, "status": "ACTIVE"})
    opened = {
        PORTAL: ("role/vendor-monitoring", "2026-07-02T04:00:00+00:00"),
        PAYMENTS: ("key/settlement-export", "2026-09-20T04:00:00+00:00"),
    }
    found = []
    if region == HOME and number in opened and opened[number][1] <= text:
        resource, since = opened[number]
        service = "iam:" if resource.startswith("role") else f"kms:{HOME}"
        found.append(
            {
                "id": f"f-{number[-1]}7d2",
                "analyzerArn": external["arn"],
                "resource": f"arn:aws:{service}:{number}:{resource}",
                "resourceType": "AWS::IAM::Role" if service == "iam:" else "AWS::KMS::Key",
                "resourceOwnerAccount": number,
                "findingType": "ExternalAccess",
                "status": "ACTIVE",
                "createdAt": since,
                "analyzedAt": since,
                "updatedAt": since,
            }
        )
    return {
        "list-analyzers.json": {"analyzers": listed},
        "list-findings-v2.json": {"findings": found},
    }


def last_accessed(arns: list[str], made: str) -> dict[str, Any]:
    """A report on each principal: what it used of what it may use."""
    return {
        "LastAccessed": [
            {
                "Arn": arn,
                "JobType": "SERVICE_LEVEL",
                "JobCompletionDate": made,
                "ServicesLastAccessed": [
                    {
                        "ServiceName": "Amazon S3",
                        "ServiceNamespace": "s3",
                        "LastAuthenticated": made,
                        "TotalAuthenticatedEntities": 1,
                    }
                ],
            }
            for arn in arns
        ]
    }
