"""What a resource is called in a report, whatever its ARN looks like."""

from __future__ import annotations

from datetime import date

import pytest

from reportgen.audit.register import Register
from reportgen.catalogue import load_catalogue
from reportgen.summarise.findings import FindingContext, LastSeen, last_seen

NAMES = {"210000000001": "Management", "210000000003": "Payments production"}


def context() -> FindingContext:
    return FindingContext([date(2026, 9, 30)], load_catalogue(), Register(), NAMES, {})


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
    found = context().subject("210000000003", resource, *(titled or ()))
    assert (found.name, found.kind, found.account) == (name, kind, "Payments production")


def test_an_account_without_a_name_is_its_number() -> None:
    found = context().subject("999988887777", "arn:aws:iam::999988887777:root")
    assert found.name == "999988887777"


def test_what_was_seen_last_is_why_it_fails_and_what_the_last_row_rests_on() -> None:
    unknown = "Could not be evaluated since; last known as failing."
    rows = [
        ("fails", "fail", "why", "E-1 E-2"),
        ("lost", "not-evaluated", "denied", "E-3"),
        # Of two rows on the same resource the later one counts, and the failure is told.
        ("twice", "pass", "fine", "E-4"),
        ("twice", "fail", "why not", "E-5"),
        ("then lost", "fail", "why then", "E-6"),
        ("then lost", "not-evaluated", "denied", "E-7"),
    ]
    found = last_seen((("A", "C-1", name), *said) for name, *said in rows)
    assert found == {
        ("A", "C-1", "fails"): LastSeen("why", "E-1 E-2"),
        ("A", "C-1", "lost"): LastSeen(unknown, "E-3"),
        ("A", "C-1", "twice"): LastSeen("why not", "E-5"),
        ("A", "C-1", "then lost"): LastSeen("why then", "E-7"),
    }
