"""Import, bad input and exit codes, as a person meets them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from reportgen.model import CONFIGURATION, REGISTER
from reportgen.resources import data_folder
from tests.conftest import Run
from tests.given import ACCOUNT, authorization_details, credential_report, root_row

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
    beside = ("absent:", CONFIGURATION, REGISTER)
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


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("authorization-details", '{"UserDetailList": [', "is not JSON"),
        ("authorization-details", "hello", "is not JSON"),
        ("authorization-details", "", "is empty"),
        ("authorization-details", '{"SummaryMap": {}}', "is not the answer of"),
        ("authorization-details", "[1]", "a JSON object was expected"),
        ("credential-report", "a,b\n1,2\n", "lacks the columns user, arn"),
        ("credential-report", "!!!!", "neither CSV nor base64"),
        ("account-summary", "\x00\x01", "is not JSON"),
        (
            "authorization-details",
            json.dumps(authorization_details({"users": [{"UserName": "a"}]}, "999988887777")),
            "is of account 999988887777, not of 111122223333",
        ),
    ],
)
def test_bad_files(name: str, content: str, said: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    done = run("import", *BASE, f"--{name}", path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "s" / "store.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("assess", "--store", "nowhere"), "There is no evidence store"),
        (("assess", "--store", "s", "--as-of", "yesterday"), "'yesterday' is not a date"),
        (("assess", "--store", "s", "--as-of", "2020-01-01"), "No snapshot was collected at or"),
        (("assess", "--store", "s", "--control", "XX-01"), "Unknown control 'XX-01'"),
        (("assess", "--store", "s", "--format", "xml"), "'xml' is not a format"),
        (("assess", "--store", "s", "--fail-on", "dire"), "'dire' is not a severity"),
        (("assess", "--store", "s", "--config", "no.yaml"), "there is no such file"),
        (("report", "--store", "s", "--ending", "soon", "--out", "o"), "'soon' is not a date"),
        (("report", "--store", "s", "--ending", "2026-03-31", "--out", "o"), "No snapshot was"),
        (
            ("report", "--store", "s", "--ending", "2026-09-30", "--out", "o", "--framework", "x"),
            "Unknown framework 'x'",
        ),
        (("controls", "XX-01"), "Unknown control"),
        (("import", "--store", "s", "--account-id", "12", "--collected-at", WHEN), "twelve digits"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, report_csv: Path, run: Run) -> None:
    run("import", *BASE, "--credential-report", report_csv)
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


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


def test_policy_commands_of_the_readme(run: Run, tmp_path: Path, sample: Path) -> None:
    policies = data_folder("samples") / "policies"
    done = run("policy", "lint", policies, "--format", "json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert {r["code"] for r in rows} == {
        "INVALID_SERVICE_IN_ACTION",
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
    }
    assert set(rows[0]) == {"file", "line", "severity", "code", "message", "statement"}
    assert run("policy", "lint", policies, "--fail-on", "error").returncode == 1
    done = run("policy", "simulate", policies / "cases.jsonl")
    decisions = [json.loads(line)["decision"] for line in done.stdout.splitlines()]
    assert decisions == ["allowed", "explicit-deny", "implicit-deny"]
    exported = data_folder("samples") / "organisation" / "2026-09-30" / "210000000005"
    details = exported / "get-account-authorization-details.json"
    done = run("policy", "analyse", "--authorization-details", details, "--format", "json")
    found = {r["arn"].split("/")[-1]: r for r in json.loads(done.stdout)}
    assert found["deploy-pipeline"]["admin"] == "escalation"
    assert found["OrganizationAccountAccessRole"]["admin"] == "full"
    assert set(found["deploy-pipeline"]) >= {"arn", "admin", "paths", "boundary", "reasons"}
    assert set(found["deploy-pipeline"]["paths"][0]) >= {"id", "actions", "via", "explanation"}
    done = run("policy", "analyse", "--authorization-details", details)
    assert "deploy-pipeline" in done.stdout
    assert "by escalation" in done.stderr


POLICY_FAULTS = [
    ("lint", "nowhere.json"),
    ("simulate", "nowhere.jsonl"),
    ("analyse", "--authorization-details", "nowhere.json"),
    ("analyse", "--authorization-details", "text.json"),
    ("analyse", "--authorization-details", "ok.json", "--scps", "text.json"),
    ("lint", "ok.json", "--format", "xml"),
    ("lint", "ok.json", "--type", "tea"),
    ("lint", "ok.json", "--fail-on", "tea"),
]


@pytest.mark.parametrize("arguments", POLICY_FAULTS, ids=" ".join)
def test_policy_faults_say_what_is_wrong(
    arguments: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    (tmp_path / "text.json").write_text("not json")
    (tmp_path / "ok.json").write_text('{"UserDetailList": []}')
    done = run("policy", *arguments)
    assert done.returncode == 2
    assert "reportgen: " in done.stderr


def test_simulate_tells_lines_that_are_no_case(run: Run, tmp_path: Path) -> None:
    lines = ["5", "{}", '{"principal": "x", "action": "s3:x", "context": 3}', "", "{"]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    done = run("policy", "simulate", "c.jsonl")
    assert done.returncode == 3
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["line 1", "line 2", "line 3", "line 5"]
    assert all(row["decision"] is None and row["error"] for row in rows)


def test_run_on_a_store_that_is_not_there_makes_none(run: Run, tmp_path: Path) -> None:
    done = run("run", "--store", "nowhere", "--out", "o", "--skip-collect")
    assert done.returncode == 2
    assert not (tmp_path / "nowhere").exists()
