"""Owners, counts and ages: against cases worked out by hand."""

from __future__ import annotations

import pytest

from reportgen.model import Severity
from reportgen.report.position import BySeverity
from reportgen.report.words import AgeBand, Disposition
from reportgen.summarise import position
from reportgen.summarise.findings import age_band
from tests.models import account, finding


def test_owners_by_what_is_worst() -> None:
    accounts = [
        account(account_id="1", owner="Payments"),
        account(account_id="2", owner=""),
        account(account_id="3", owner="Portal"),
    ]
    rows = [
        finding(account_id="1", severity=Severity.LOW),
        finding(account_id="1", severity=Severity.LOW),
        finding(account_id="2", severity=Severity.CRITICAL, age_days=40, overdue=True),
        finding(account_id="3", severity=Severity.HIGH, disposition=Disposition.ACCEPTED),
    ]
    owners = position.owners(rows, accounts)
    assert [(o.owner, o.open, o.overdue) for o in owners] == [
        ("not stated", 1, 1),
        ("Payments", 2, 0),
        ("Portal", 0, 0),
    ]
    assert owners[0].oldest_days == 40


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, "up to 30 days"),
        (30, "up to 30 days"),
        (31, "31 to 90 days"),
        (90, "31 to 90 days"),
        (91, "91 to 180 days"),
        (180, "91 to 180 days"),
        (181, "over 180 days"),
    ],
)
def test_age_bands_at_their_edges(days: int, band: str) -> None:
    assert age_band(days) == band


def test_counts_of_the_register() -> None:
    rows = [
        finding(severity=Severity.CRITICAL, overdue=True, age_band=AgeBand.OVER_180),
        finding(severity=Severity.LOW, confirmed=False),
        finding(severity=Severity.HIGH, disposition=Disposition.ACCEPTED),
    ]
    counts = position.finding_counts(rows, None)
    assert (counts.open, counts.accepted, counts.overdue, counts.unconfirmed) == (2, 1, 1, 1)
    assert counts.open_by_severity == BySeverity(critical=1, low=1)
    assert counts.accepted_by_severity == BySeverity(high=1)
    assert [(a.band, a.total) for a in counts.ageing] == [
        ("up to 30 days", 1),
        ("31 to 90 days", 0),
        ("91 to 180 days", 0),
        ("over 180 days", 1),
    ]
    assert (counts.open_previous, counts.open_by_severity_previous) == (None, None)
