"""The README's commands as they stand there: for an organisation, and for the auditor's pack."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pikepdf
import pytest

from reportgen.evidence.store import Store
from tests.collect.everything import HOME, OWN, trail
from tests.collect.test_fleet import organisation  # noqa: F401 - a fixture
from tests.collect.test_organisation import permission_sets
from tests.conftest import Front, Run
from tests.policies import deny

README = (Path(__file__).parents[1] / "README.md").read_text()


def commands(heading: str) -> list[list[str]]:
    """The lines of the first block of commands below a heading."""
    block = re.search(rf"^## {heading}\n+```sh\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    assert block is not None
    return [shlex.split(line) for line in block[1].splitlines()]


def guarded() -> None:
    """A service control policy at the root."""
    client: Any = boto3.client("organizations", region_name="us-east-1")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    document = json.dumps(deny(Action="organizations:LeaveOrganization"))
    about = {"Description": "x", "Name": "stay", "Type": "SERVICE_CONTROL_POLICY"}
    made = client.create_policy(Content=document, **about)["Policy"]["PolicySummary"]
    client.attach_policy(PolicyId=made["Id"], TargetId=root)


@pytest.mark.usefixtures("organisation")
def test_five_commands_from_nothing_to_the_first_report(
    front: Front, run: Run, tmp_path: Path
) -> None:
    """Of six accounts with an SCP, Identity Center and trails."""
    guarded()
    permission_sets()
    trail(front)
    lines = commands("With an organisation")
    assert len(lines) == 5
    today = datetime.now(UTC).date().isoformat()
    for number, line in enumerate(lines, start=1):
        assert line[0] == "reportgen"
        arguments = [today if word == "2026-09-30" else word for word in line[1:]]
        if ">" in arguments:
            arguments = arguments[: arguments.index(">")]
        done = run(*arguments)
        assert done.returncode == 0, f"{number}: {done.stdout}{done.stderr}"
    snapshots = {s.accounts[0]: s for s in Store.open(tmp_path / "evidence").snapshots()}
    assert len(snapshots) == 5
    own = snapshots[OWN].of_account(OWN)
    for key, said in (
        ("organization", b"stay"),
        ("identity-center", b"Everything"),
        (f"cloudtrail-trails@{HOME}", b"trail/all"),
        (f"trail-buckets@{HOME}", b"trail-logs"),
    ):
        assert said in snapshots[OWN].read(own[key]), key
    with pikepdf.open(next((tmp_path / "out").glob("*.pdf"))) as pdf:
        assert len(pdf.pages) >= 10


def test_samples_exports_and_access_reviews(run: Run) -> None:
    lines = commands("Samples and access reviews")
    exports = commands("For other programs")
    assert len(exports) == 4
    said = ""
    for line in exports:
        lines.insert(1, line)
    for line in lines:
        done = run(*line[1:])
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        said = done.stdout
    assert "Security lead: 2 rows, 0 kept" in said


def test_the_auditors_pack_as_a_shell_runs_it(tmp_path: Path) -> None:
    section = README.split("## The auditor's pack")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    script = 'reportgen() { "$PYTHON" -m reportgen "$@"; }\n' + "\n".join(blocks)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("no flaw") == 4
    assert "all as sealed" in done.stdout
    assert 'Good "reportgen-pack" signature for assurance@example.com' in done.stdout
