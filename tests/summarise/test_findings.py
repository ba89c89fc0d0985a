"""What a resource is called in a report, whatever its ARN looks like."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reportgen.audit.register import Register
from reportgen.catalogue import load_catalogue
from reportgen.summarise.findings import FindingContext, Titled

NAMES = {"210000000001": "Management", "210000000003": "Payments production"}
NOTHING: Any = None


def context(titles: dict[Any, Titled]) -> FindingContext:
    return FindingContext(
        date(2026, 9, 30), load_catalogue(), Register(), NAMES, {}, NOTHING, (), titles
    )


@pytest.mark.parametrize(
    ("resource", "titled", "name", "kind"),
    [
        ("arn:aws:iam::210000000003:user/team/ops", ("", "AWS::IAM::User"), "ops", "user"),
        (
            "arn:aws:iam::210000000003:root",
            ("", "AWS::::Account"),
            "Payments production",
            "account",
        ),
        (
            "arn:aws:organizations::210000000001:account/o-1/210000000001",
            ("", "AWS::Organizations::Account"),
            "Management",
            "account",
        ),
        (
            "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
            ("TeamAdmin", "AWS::SSO::PermissionSet"),
            "TeamAdmin",
            "permission set",
        ),
        # What could not be evaluated since has the name that its ARN gives.
        ("arn:aws:iam::210000000003:role/deploy", None, "deploy", "role"),
        ("arn:aws:sso:::permissionSet/ssoins-1/ps-1", None, "ps-1", "permission set"),
    ],
)
def test_a_resource_has_the_name_that_people_use(
    resource: str, titled: tuple[str, str] | None, name: str, kind: str
) -> None:
    key = ("210000000003", "KEY-03", resource)
    found = context({key: Titled(*titled)} if titled else {}).subject(key)
    assert (found.name, found.kind, found.account) == (name, kind, "Payments production")


def test_an_account_without_a_name_is_its_number() -> None:
    key = ("999988887777", "ROOT-01", "arn:aws:iam::999988887777:root")
    assert context({}).subject(key).name == "999988887777"
