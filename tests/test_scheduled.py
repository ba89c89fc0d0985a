"""``run``: the whole job in one go, its log, its lock and its exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller

from reportgen.scheduled import locked
from tests.conftest import Front, Run
from tests.mailroom import Configured, Inbox
from tests.reports import Reports


def test_run_does_all_in_one_go(
    sample: Path,
    sample_report: Reports,
    inbox: Inbox,
    server: Controller,
    configured: Configured,
    tmp_path: Path,
) -> None:
    configured(server.port)
    # The store has been judged before.
    sample_report("monthly")
    shutil.copytree(sample / "store", tmp_path / "store")
    command = [
        sys.executable, "-m", "reportgen", "run", "--config", str(tmp_path / "reportgen.yaml"),
        "--store", str(tmp_path / "store"), "--out", str(tmp_path / "out"), "--period", "monthly",
        "--ending", "2026-09-30", "--skip-collect", "--fail-on", "critical", "--again",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 1, done.stderr
    log = [json.loads(line) for line in (tmp_path / "out" / "run.log").read_text().splitlines()]
    assert [entry["step"] for entry in log] == ["start", "assessed", "reported", "mail", "end"]
    assert log[-1]["exit"] == 1
    assert len(inbox.received) == 1
    with locked(tmp_path / "store"):
        held = subprocess.run(command, capture_output=True, text=True, check=False)
    assert held.returncode == 2
    assert "Another run is at work" in held.stderr
    assert len(inbox.received) == 1


def test_run_collects_first(run: Run, front: Front, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    arguments = ("run", "--store", "s", "--out", "o", "--period", "monthly", "--ending", str(today))
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    log = [json.loads(line) for line in (tmp_path / "o" / "run.log").read_text().splitlines()]
    assert log[0]["step"] == "start"
    assert {e["status"] for e in log if e["step"] == "read"} <= {"collected", "not-enabled"}
    assert (tmp_path / "o" / f"iam-monthly-{today}.pdf").exists()
    front.faults["GetCredentialReport"] = "deny"
    done = run(*arguments)
    assert done.returncode == 3
    assert "Not read: credential-report" in done.stderr
    front.faults = dict.fromkeys(["GetCallerIdentity"], "expire")
    done = run(*arguments)
    assert done.returncode == 2
    last = json.loads((tmp_path / "o" / "run.log").read_text().splitlines()[-1])
    assert (last["step"], last["exit"]) == ("end", 2)
