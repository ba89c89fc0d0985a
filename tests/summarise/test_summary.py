"""The summary as a whole: losing sight raises no score, and the sample tells its story."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reportgen import pipeline, reporting
from reportgen.errors import UsageError
from reportgen.report.summary import Summary
from tests.given import ACCOUNT, short_form, store_with

GOOD = {
    "root": {"password_last_used": "no_information", "mfa_active": "true"},
    "credential-report": [
        {
            "user": "a",
            "password_enabled": "true",
            "mfa_active": "true",
            "password_last_used": "2026-09-28T00:00:00Z",
        },
        {"user": "b", "password_enabled": "true", "mfa_active": "false"},
    ],
    "authorization-details": {
        "users": [{"UserName": "a"}, {"UserName": "b"}],
        "roles": [{"RoleName": "r", "RoleLastUsed": {"LastUsedDate": "2026-09-28T00:00:00Z"}}],
    },
    "account-summary": {
        "Users": 2,
        "AccountMFAEnabled": 1,
        "AccountPasswordPresent": 1,
        "AccountAccessKeysPresent": 0,
        "AccountSigningCertificatesPresent": 0,
    },
    "password-policy": {"MinimumPasswordLength": 14, "PasswordReusePrevention": 24},
    "virtual-mfa-devices": [],
    "mfa-devices": [{"UserName": "a", "SerialNumber": f"arn:aws:iam::{ACCOUNT}:u2f/user/a/k"}],
    "server-certificates": [],
}
DENIAL = "An error occurred (AccessDenied) when calling the X operation: no policy allows it"


def summary_of(folder: Path, files: dict[str, str]) -> Summary:
    store, _ = store_with(folder, dict(files), collected_at=datetime(2026, 9, 30, 1, tzinfo=UTC))
    judged = pipeline.prepare(None)
    return reporting.summary_of(store.place, judged, "quarterly", date(2026, 9, 30))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Nothing denied."""
    return summary_of(tmp_path_factory.mktemp("before"), short_form(GOOD))


@pytest.mark.parametrize("source", sorted(set(short_form(GOOD))))
def test_denied_source_raises_no_score(source: str, before: Summary, tmp_path: Path) -> None:
    after = summary_of(tmp_path / "after", {**short_form(GOOD), source: DENIAL})
    assert after.coverage.now < before.coverage.now  # type: ignore[operator]
    assert after.score.now <= before.score.now  # type: ignore[operator]
    for one, other in zip(before.frameworks, after.frameworks, strict=True):
        assert (other.score or 0) <= (one.score or 0)
        for level, later in zip(one.levels, other.levels, strict=True):
            assert (later.score or 0) <= (level.score or 0)
    controls = {c.control_id: c for c in after.controls}
    earlier = {c.control_id: c for c in before.controls}
    for name, control in controls.items():
        assert control.passed <= earlier[name].passed, name
    assert any(c.not_evaluated > earlier[n].not_evaluated for n, c in controls.items())


def test_quarter_without_a_snapshot(tmp_path: Path) -> None:
    store, _ = store_with(tmp_path, dict(short_form(GOOD)))
    with pytest.raises(UsageError, match="No snapshot was collected between 2026-04-01"):
        reporting.summary_of(store.place, pipeline.prepare(None), "quarterly", date(2026, 6, 30))


def test_sample_tells_its_story(sample: Path) -> None:
    judged = pipeline.prepare(sample / "reportgen.yaml")
    summary = reporting.summary_of(sample / "store", judged, "quarterly", date(2026, 9, 30))
    assert len(summary.trend) == 13
    by_name = {a.name: a for a in summary.accounts}
    assert by_name["Sandbox"].carried_from == "2026-08-31"
    assert by_name["Sandbox"].coverage == 0.0
    august = next(t for t in summary.trend if t.day == "2026-08-31")
    assert august.unread == ("Portal production: credential-report (denied)",)
    # MFA-01 of the new user in payments, root's virtual device in the sandbox, and the pipeline
    # in development: anybody's repository can take it, and it may pass any role.
    assert summary.findings.open_by_severity.critical == 4
    moved = {(r.control_id, r.resource.split(":")[-1]): r.movement for r in summary.register}
    assert moved[("MFA-01", "user/ops.plover")] == "new"
    assert moved[("ROOT-06", "root")] == "reopened"
    assert moved[("KEY-03", "user/deploy-batch")] == "repeat"
    scanner = next(
        r
        for r in summary.register
        if r.resource.endswith("legacy-scanner") and r.control_id == "KEY-03"
    )
    assert (scanner.disposition, scanner.lapsed_waiver) == ("open", "W-2025-03")
    probe = next(
        r
        for r in summary.register
        if r.resource.endswith("vendor-monitor") and r.control_id == "MFA-09"
    )
    assert (probe.disposition, probe.accepted_until) == ("accepted", "2026-12-31")
    assert summary.findings.accepted == 1
    closed = {(r.control_id, r.account) for r in summary.movement.closed_rows}
    assert ("ROOT-16", "Portal production") in closed
