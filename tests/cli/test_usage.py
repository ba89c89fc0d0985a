"""What is asked wrongly is refused with exit code 2, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import BASE, WHEN
from tests.conftest import Run


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


def test_run_on_a_store_that_is_not_there_makes_none(run: Run, tmp_path: Path) -> None:
    done = run("run", "--store", "nowhere", "--out", "o", "--skip-collect")
    assert done.returncode == 2
    assert not (tmp_path / "nowhere").exists()
