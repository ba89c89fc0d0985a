"""The recipes of CONTRIBUTING.md: every block is written or run as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reportgen.render.report import render_html
from reportgen.report.summary import from_json
from tests.cli.conftest import BASE
from tests.conftest import Run

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
FILES = re.findall(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line.split()[1:]
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    for name, text in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_every_block_is_a_file_or_commands() -> None:
    assert len(FILES) + PAGE.count("```console") + PAGE.count("```text") == PAGE.count("```") / 2
    assert len(COMMANDS) == 7


def test_the_commands_run(recipes: Path, run: Run) -> None:
    said = [run(*command) for command in COMMANDS]
    assert [(d.returncode, d.stderr) for d in said if d.returncode] == []
    assert [line.split()[0] for line in said[0].stdout.splitlines()] == ["KEY-03", "ORG-01"]
    assert '"unit": "items"' in said[1].stdout
    assert "4 examples of 2 controls, 0 faults." in said[2].stderr
    assert "own-standard       2 of   2  Example access standard" in said[3].stdout


def test_they_go_all_the_way_to_the_report(recipes: Path, run: Run) -> None:
    (recipes / "d.json").write_text(
        '{"UserDetailList": [{"UserName": "b", "Arn": "arn:aws:iam::111122223333:user/b"}], '
        '"RoleDetailList": [], "GroupDetailList": [], "Policies": []}'
    )
    done = run("import", *BASE, "--authorization-details", "d.json")
    assert done.returncode == 0, done.stderr
    done = run("assess", "--store", "s", "--control", "ORG-01", "--format", "csv")
    assert "user/b,AWS::IAM::User,fail,medium,Has no cost-centre tag." in done.stdout
    period = ("--period", "quarterly", "--ending", "2026-09-30", "--format", "json")
    done = run("report", "--store", "s", *period, "--out", "o", "--framework", "own-standard")
    assert done.returncode == 0, done.stderr
    summary = json.loads(next((recipes / "o").glob("*summary.json")).read_text())
    section = render_html(from_json(summary))
    assert "Example access standard" in section
    assert "Users have an owner who pays for them." in section
