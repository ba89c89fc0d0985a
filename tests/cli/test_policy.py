"""``policy``: lint, simulate and analyse as the README shows them, and their faults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.resources import data_folder
from tests.conftest import Run


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
