"""Rows of a report for tests, with what a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from reportgen.model import Severity
from reportgen.report.findings import Closed, CorrectiveAction, FindingRow
from reportgen.report.people import Key, Role, User
from reportgen.report.position import AccountPosition, BySeverity
from reportgen.report.words import AgeBand, Disposition, Moved

NUMBER = "111122223333"


def finding(**given: Any) -> FindingRow:
    """An open, new finding of high severity, ten days old."""
    row = {
        "control_id": "MFA-01", "title": "MFA", "family": "MFA", "severity": Severity.HIGH,
        "account_id": NUMBER, "account": "One", "resource": "r", "reason": "seen",
        "name": "r", "kind": "user", "finding": "The user r in One signs in with a password alone",
        "consequence": "One phished password opens One.",
        "fix": CorrectiveAction(console="Assign MFA.", cli="", terraform=""),
        "movement": Moved.NEW, "confirmed": True, "first_seen": "2026-09-20", "times_opened": 1,
        "age_days": 10, "age_band": AgeBand.TO_30, "days_in_violation": 10, "days_unknown": 0,
        "disposition": Disposition.OPEN, "severity_change": "", "waiver": "",
        "accepted_until": "", "lapsed_waiver": "", "lapsed_on": "",
        "owner": "", "due": "", "overdue": False, "evidence": (),
    }  # fmt: skip
    return FindingRow(**{**row, **given})


def closed(**given: Any) -> Closed:
    """A finding of high severity that was closed."""
    row = {
        "control_id": "MFA-01", "title": "MFA", "severity": Severity.HIGH, "account_id": NUMBER,
        "account": "One", "resource": "r", "first_seen": "2026-08-31", "closed_by": "2026-09-30",
        "days_to_fix": 30, "days_in_violation": 29, "days_unknown": 0,
    }  # fmt: skip
    return Closed(**{**row, **given})


def account(**given: Any) -> AccountPosition:
    """An account with nothing open."""
    row = {
        "account_id": NUMBER, "name": "One", "environment": "production", "owner": "",
        "score": 100.0, "score_previous": None, "coverage": 100.0, "open": 0,
        "open_by_severity": BySeverity(), "collected_at": None, "carried_from": "", "unread": (),
    }  # fmt: skip
    return AccountPosition(**{**row, **given})


def role(**given: Any) -> Role:
    """A role of the organisation's own, 500 days old, of which AWS tells the last use."""
    row = {
        "account": "One", "account_id": NUMBER, "name": "r", "arn": "", "created": "2025-05-18",
        "policies": 1, "boundary": False, "trusts": (), "last_used": "", "usage_known": True,
        "idle_days": None, "age_days": 500, "aws_managed": False, "grants": (),
        "power": "below administrator",
    }  # fmt: skip
    return Role(**{**row, **given})


def user(*keys: Key, **given: Any) -> User:
    """A user without a console password."""
    row = {
        "account": "One", "account_id": NUMBER, "name": "u", "arn": "", "created": "2025-01-01",
        "console": False, "last_sign_in": "", "mfa": "none", "keys": keys, "grants": (),
        "power": "below administrator",
    }  # fmt: skip
    return User(**{**row, **given})
