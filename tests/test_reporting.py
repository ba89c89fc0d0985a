"""What ``report`` comes to where evidence is damaged, or a disk fills up in the middle."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import Run
from tests.given import store_with
from tests.history.test_history import ACCOUNTS, damage, files

MOMENT = datetime(2026, 9, 20, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for account in ACCOUNTS:
        made, _ = store_with(tmp_path, files(account, 9), account, MOMENT)
    return Path(str(made.place))


ASKED = ("report", "--store", "store", "--period", "monthly", "--ending", "2026-09-30")


def written(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_damaged_account_is_told_and_the_rest_is_written(
    store: Path, run: Run, tmp_path: Path
) -> None:
    damage(store, ACCOUNTS[0], MOMENT)
    done = run(*ASKED, "--out", "out", "--format", "html,parquet,json")
    assert done.returncode == 4
    assert f"Account {ACCOUNTS[0]} was not evaluated." in done.stderr
    assert ACCOUNTS[1] not in done.stderr
    name = "iam-monthly-2026-09-30"
    lists = f"{name}-csv/findings.parquet"
    assert written(tmp_path / "out") == [lists, f"{name}.html", "summary.json"]
    found = json.loads((tmp_path / "out" / "summary.json").read_bytes())["findings"]
    rows = pq.read_metadata(tmp_path / "out" / lists).num_rows
    assert rows == found["open"] + found["accepted"] > 0


@pytest.mark.usefixtures("store")
def test_a_disk_that_fills_up_leaves_the_report_that_was_there(run: Run, tmp_path: Path) -> None:
    """A real limit of the system: no file may be larger."""
    assert run(*ASKED, "--out", "out", "--format", "json").returncode == 0
    before = (tmp_path / "out" / "summary.json").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", *ASKED, "--out", "out", "--format", "html,json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert done.returncode == 2, done.stderr
    assert ".html: cannot be written: File too large." in done.stderr
    assert "Traceback" not in done.stderr
    assert written(tmp_path / "out") == ["summary.json"]
    assert (tmp_path / "out" / "summary.json").read_bytes() == before
