"""Account management: the primary contact, regions, and no alternate contact."""

from __future__ import annotations

from typing import Any

from tests.shapes import Asked, Refused

REGIONS = ("ap-southeast-2", "us-east-1")


def _email(asked: Asked) -> dict[str, Any]:
    return {"PrimaryEmail": f"root-{asked.parameters['AccountId']}@example.com"}


def _no_contact(_: Asked) -> dict[str, Any]:
    raise Refused("ResourceNotFoundException", "No contact of this type.", 404)


ANSWERS = {
    "account:GetContactInformation": {
        "ContactInformation": {
            "FullName": "Example Organisation",
            "AddressLine1": "1 Example Street",
            "City": "Sydney",
            "CountryCode": "AU",
            "PostalCode": "2000",
            "PhoneNumber": "+61200000000",
        }
    },
    "account:GetAlternateContact": _no_contact,
    "account:GetPrimaryEmail": _email,
    "account:ListRegions": {
        "Regions": [
            {"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for name in REGIONS
        ]
    },
}
