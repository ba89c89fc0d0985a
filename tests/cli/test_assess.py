"""``assess``: its files, its filters, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from reportgen.model import CONFIGURATION, HISTORY, REGISTER
from tests.cli.conftest import BASE, WHEN
from tests.conftest import Run
from tests.given import authorization_details


def test_import_and_assess(report_csv: Path, run: Run, tmp_path: Path) -> None:
    done = run("import", *BASE, "--credential-report", report_csv)
    assert done.returncode == 0, done.stderr
    assert "Not given: caller-identity, account-aliases, " in done.stderr
    assert "authorization-details, " in done.stderr
    assert "credential-report" not in done.stderr
    again = run("import", *BASE, "--credential-report", report_csv)
    assert "was already in" in again.stdout
    done = run("assess", "--store", "s", "--as-of", WHEN, "--format", "json", "-o", "r.json")
    assert done.returncode == 0
    data = json.loads((tmp_path / "r.json").read_text())
    rows = {r["resource"].split("/")[-1]: r for r in data["results"] if r["control_id"] == "MFA-01"}
    assert {k: r["verdict"] for k, r in rows.items()} == {
        "ok": "pass",
        "bad": "fail",
        "=HYPERLINK(1)": "not-evaluated",
        # Nothing shows that the report lists every user.
        "arn:aws:iam::111122223333:root": "not-evaluated",
    }
    assert rows["bad"]["severity"] == "critical"
    assert rows["bad"]["evidence"]
    known = {e["id"] for a in data["accounts"] for e in a["evidence"]}
    beside = ("absent:", CONFIGURATION, HISTORY, REGISTER)
    named = {name for r in data["results"] for name in r["evidence"]}
    assert {name for name in named if not name.startswith(beside)} <= known
    # What was not given is not-evaluated, never a pass.
    absent = [r for r in data["results"] if r["control_id"] == "ROOT-01"]
    assert [(r["verdict"], r["reason"]) for r in absent] == [
        ("not-evaluated", "Account-summary was not collected.")
    ]


def test_same_bytes_twice(report_csv: Path, run: Run, tmp_path: Path) -> None:
    run("import", *BASE, "--credential-report", report_csv)
    for name in ("a.json", "b.json"):
        run("assess", "--store", "s", "--as-of", WHEN, "--format", "json", "-o", name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_csv_is_safe_in_a_spreadsheet(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    user = {"UserName": "x", "Arn": "=cmd|' /C calc'!A0", "Tags": []}
    path.write_text(json.dumps(authorization_details({"users": [user]})))
    run("import", *BASE, "--authorization-details", path)
    done = run("assess", "--store", "s", "--format", "csv", "--control", "IDC-02")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert rows[0]["resource"] == "'=cmd|' /C calc'!A0"


def test_exit_codes(report_csv: Path, run: Run, tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    summary.write_text('{"SummaryMap": {"Users": 3}}')
    run("import", *BASE, "--credential-report", report_csv, "--account-summary", summary)
    assert run("assess", "--store", "s").returncode == 0
    assert run("assess", "--store", "s", "--fail-on", "critical").returncode == 1
    (tmp_path / "n.json").write_text('{"SummaryMap": {"Users": 3}}')
    both = ("--credential-report", report_csv, "--account-summary", "n.json")
    counted = ("import", "--store", "t", *BASE[2:], *both)
    assert run(*counted).returncode == 0
    only = ("--control", "KEY-07", "--fail-on", "low", "--strict")
    assert run("assess", "--store", "t", *only).returncode == 0
    assert run("assess", "--store", "s", "--strict").returncode == 3
    objects = [p for p in (tmp_path / "s" / "objects").rglob("*") if p.is_file()]
    evidence = next(p for p in objects if p.read_bytes().startswith(b"user,arn,"))
    evidence.write_text(evidence.read_text().replace("TRUE", "false"))
    done = run("assess", "--store", "s")
    assert done.returncode == 4
    assert "altered" in done.stderr


def test_configuration_faults_name_the_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "reportgen.yaml").write_text("organisation: X\ntimezone: Mars/Olympus\n")
    done = run("assess", "--store", "s")
    assert done.returncode == 2
    assert "reportgen.yaml:2: timezone:" in done.stderr


def test_waiver_needs_another_approver(run: Run, tmp_path: Path) -> None:
    (tmp_path / "register").mkdir()
    (tmp_path / "reportgen.yaml").write_text("organisation: X\n")
    (tmp_path / "register" / "waivers.yaml").write_text(
        "waivers:\n  - {id: W1, control: KEY-03, reason: r, compensating_control: c, owner: o,\n"
        "     requested_by: Pat, approved_by: pat, granted: 2026-01-01, expires: 2026-12-31}\n"
    )
    done = run("assess", "--store", "s")
    assert done.returncode == 2
    assert "waivers.yaml:2:" in done.stderr
    assert "another person" in done.stderr


def test_one_control_alone(report_csv: Path, run: Run) -> None:
    run("import", *BASE, "--credential-report", report_csv)
    done = run("assess", "--store", "s", "--control", "MFA-01", "--format", "json")
    data = json.loads(done.stdout)
    assert {r["control_id"] for r in data["results"]} == {"MFA-01"}
    assert data["coverage"]["results"] == len(data["results"])
    assert list(data["coverage"]["controls"]) == ["MFA-01"]
