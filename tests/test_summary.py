"""Periods, score, movement: against cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from reportgen import pipeline
from reportgen.errors import UsageError
from reportgen.summarise import score
from reportgen.summarise.movement import follow, movement
from reportgen.summarise.periods import month_ends, period_ending
from tests.given import ACCOUNT, short_form, store_with


def test_quarter() -> None:
    period = period_ending("quarterly", date(2026, 9, 30))
    assert (period.start, period.previous_end) == (date(2026, 7, 1), date(2026, 6, 30))
    assert (period.label, period.financial) == ("July to September 2026", "Q1 FY2026-27")
    assert period.whole
    assert not period_ending("quarterly", date(2026, 9, 15)).whole
    assert period_ending("quarterly", date(2026, 6, 30)).financial == "Q4 FY2025-26"


def test_month_ends_over_a_leap_day() -> None:
    assert month_ends(date(2024, 1, 15), date(2024, 3, 5)) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 5),
    ]


def frame(rows: list[tuple[str, str, str, str, int]]) -> pd.DataFrame:
    """Rows of account, control, resource, verdict, weight."""
    columns = ["account_id", "control_id", "resource", "verdict", "weight"]
    return pd.DataFrame(rows, columns=columns).assign(scored=True, carried=False, whole=True)


def test_score_by_hand() -> None:
    tests = score.tests(
        frame(
            [
                ("A", "C1", "r1", "pass", 8),
                ("A", "C1", "r2", "fail", 8),
                ("A", "C2", "r1", "pass", 2),
                ("A", "C3", "r1", "not-applicable", 4),
                ("A", "C4", "r1", "not-evaluated", 2),
            ]
        )
    )
    # (8 * 1/2 + 2 * 1 + 2 * 0) / (8 + 2 + 2) = 50 %; C3 is left out.
    assert score.score(tests) == 50.0
    # C1 and C2 wholly, C4 not at all: 2 of 3.
    assert score.coverage(tests) == 66.7


def test_nothing_applies() -> None:
    tests = score.tests(frame([("A", "C1", "r1", "not-applicable", 8)]))
    assert score.score(tests) is None
    assert score.coverage(tests) is None
    assert score.score(score.tests(frame([]))) is None


JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, m, d) for m, d in ((6, 30), (7, 31), (8, 31), (9, 30)))


def states(*verdicts: dict[str, str]) -> list[dict[tuple[str, str, str], object]]:
    frames = []
    for day, months in zip((JUNE, JULY, AUGUST, SEPTEMBER), verdicts, strict=True):
        rows = [("A", "C", name, verdict, 1) for name, verdict in months.items()]
        frames.append((day, frame([*rows, ("A", "C", "other", "pass", 1)])))
    return follow(frames)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("pass fail fail fail", "new"),
        ("fail fail fail fail", "repeat"),
        ("fail pass pass fail", "reopened"),
        ("fail fail pass pass", "closed"),
        ("fail fail gone gone", "closed"),
        ("pass fail pass pass", "brief"),
        ("fail not-evaluated not-evaluated not-evaluated", "repeat"),
        ("fail not-evaluated fail fail", "repeat"),
        ("pass pass pass pass", None),
    ],
)
def test_movement(history: str, expected: str | None) -> None:
    months = [{} if word == "gone" else {"r": word} for word in history.split()]
    found = states(*months)
    moved = movement(found[0], found[-1], date(2026, 7, 1))  # type: ignore[arg-type]
    names = [name for name, keys in moved.items() if ("A", "C", "r") in keys]
    assert names == ([expected] if expected else [])


def test_an_incomplete_list_closes_nothing() -> None:
    first = frame([("A", "C", "r", "fail", 1)])
    second = frame([("A", "C", "account", "not-evaluated", 1)]).assign(whole=False)
    after = follow([(JUNE, first), (JULY, second)])[-1][("A", "C", "r")]
    assert (after.open, after.confirmed, after.closed) == (True, False, None)


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


def summary_of(folder: Path, files: dict[str, str]) -> dict[str, object]:
    store, _ = store_with(folder, dict(files), collected_at=datetime(2026, 9, 30, 1, tzinfo=UTC))
    judged = pipeline.prepare(None)
    return pipeline.summary_of(store.folder, judged, "quarterly", date(2026, 9, 30))


@pytest.mark.parametrize("source", sorted(set(short_form(GOOD))))
def test_denied_source_raises_no_score(source: str, tmp_path: Path) -> None:
    files = short_form(GOOD)
    before = summary_of(tmp_path / "before", files)
    after = summary_of(tmp_path / "after", {**files, source: DENIAL})
    assert after["coverage"]["now"] < before["coverage"]["now"]  # type: ignore[index]
    assert after["score"]["now"] <= before["score"]["now"]  # type: ignore[index]
    for one, other in zip(before["frameworks"], after["frameworks"], strict=True):  # type: ignore[call-overload]
        assert (other["score"] or 0) <= (one["score"] or 0)
        for level, later in zip(one["levels"], other["levels"], strict=True):
            assert (later["score"] or 0) <= (level["score"] or 0)
    controls = {c["control_id"]: c for c in after["controls"]}  # type: ignore[attr-defined]
    earlier = {c["control_id"]: c for c in before["controls"]}  # type: ignore[attr-defined]
    for name, control in controls.items():
        assert control["pass"] <= earlier[name]["pass"], name
    assert any(c["not_evaluated"] > earlier[n]["not_evaluated"] for n, c in controls.items())


def test_quarter_without_a_snapshot(tmp_path: Path) -> None:
    store, _ = store_with(tmp_path, dict(short_form(GOOD)))
    with pytest.raises(UsageError, match="No snapshot was collected between 2026-04-01"):
        pipeline.summary_of(store.folder, pipeline.prepare(None), "quarterly", date(2026, 6, 30))


def test_sample_tells_its_story(sample: Path) -> None:
    judged = pipeline.prepare(sample / "reportgen.yaml")
    found = pipeline.summary_of(sample / "store", judged, "quarterly", date(2026, 9, 30))
    assert len(found["trend"]) == 13
    by_name = {a["name"]: a for a in found["accounts"]}
    assert by_name["Sandbox"]["carried_from"] == "2026-08-31"
    assert by_name["Sandbox"]["coverage"] == 0.0
    august = next(t for t in found["trend"] if t["day"] == "2026-08-31")
    assert august["unread"] == ["Portal production: credential-report (denied)"]
    # MFA-01 of the new user in payments, root's virtual device in the sandbox, and the pipeline
    # in development: anybody's repository can take it, and it may pass any role.
    assert found["findings"]["open_by_severity"]["critical"] == 4
    moved = {
        (r["control_id"], r["resource"].split(":")[-1]): r["movement"] for r in found["register"]
    }
    assert moved[("MFA-01", "user/ops.plover")] == "new"
    assert moved[("ROOT-06", "root")] == "reopened"
    assert moved[("KEY-03", "user/deploy-batch")] == "repeat"
    scanner = next(
        r
        for r in found["register"]
        if r["resource"].endswith("legacy-scanner") and r["control_id"] == "KEY-03"
    )
    assert (scanner["disposition"], scanner["lapsed_waiver"]) == ("open", "W-2025-03")
    probe = next(
        r
        for r in found["register"]
        if r["resource"].endswith("vendor-monitor") and r["control_id"] == "MFA-09"
    )
    assert (probe["disposition"], probe["accepted_until"]) == ("accepted", "2026-12-31")
    assert found["findings"]["accepted"] == 1
    closed = {(r["control_id"], r["account"]) for r in found["movement"]["closed_rows"]}
    assert ("ROOT-16", "Portal production") in closed
