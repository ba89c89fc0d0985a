"""A credential report to begin with, and the arguments that import it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given import ACCOUNT, credential_report, root_row

WHEN = "2026-09-30T00:00:00Z"
BASE = ("--store", "s", "--account-id", ACCOUNT, "--collected-at", WHEN)


@pytest.fixture
def report_csv(tmp_path: Path) -> Path:
    path = tmp_path / "report.csv"
    rows = [
        root_row(password_last_used="2026-09-29T00:00:00+00:00"),
        {"user": "ok", "password_enabled": "true", "mfa_active": "true"},
        {"user": "bad", "password_enabled": "TRUE", "mfa_active": "FALSE"},
        {"user": "=HYPERLINK(1)", "password_enabled": "true", "mfa_active": "soon"},
    ]
    path.write_text(credential_report(rows))
    return path
