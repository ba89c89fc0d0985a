"""What a resource is called in a report, whatever its ARN looks like."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest

from reportgen.audit.register import Register
from reportgen.catalogue import load_catalogue, wording
from reportgen.catalogue.wording import NamedResource
from reportgen.report.findings import FindingRow
from reportgen.summarise.account import Course
from reportgen.summarise.findings import FindingContext, LastSeen, _finding, fix_of, last_seen

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


def told(evidence: str = "E-1") -> FindingRow:
    """The finding of a course, as a summary has it."""
    course = Course(
        "KEY-03", "arn:aws:iam::210000000003:user/ops", 1, 0, 1, -1, True, None, 1, 0, "why",
        evidence, "", "AWS::IAM::User",
    )  # fmt: skip
    return _finding("210000000003", course, context())


def test_sentences_are_told_when_they_are_asked_for_and_a_copy_is_equal() -> None:
    row, control = told(), load_catalogue().controls["KEY-03"]
    subject = NamedResource(
        "ops", "user", "Payments production", "210000000003", "arn:aws:iam::210000000003:user/ops"
    )
    assert row.finding == wording.prose(control.finding.one, subject, control.parameters)
    assert row.fix == fix_of(control, subject)
    plain = FindingRow(**{field.name: getattr(row, field.name) for field in fields(FindingRow)})
    assert type(plain) is not type(row)
    assert row == plain == row
    assert hash(row) == hash(plain)
    assert row != replace(plain, reason="another")
    assert row != "ops"


def test_a_copy_with_changes_keeps_the_rest() -> None:
    copy = replace(told("E-1 E-2"), evidence=("E-1",))
    assert copy.evidence == ("E-1",)
    assert copy == replace(told(), reason="why")
    assert replace(told(), finding="said").finding == "said"
