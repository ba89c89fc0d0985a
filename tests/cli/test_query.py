"""``query`` as it is typed: filters, SQL, formats, and what it says to a wrong question."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.query.conftest import place  # noqa: F401 - a fixture

OF = ("--store", "s")
MFA = (*OF, "--control", "MFA-01", "--month", "2026-08")


@pytest.fixture
def store(place: Path, tmp_path: Path) -> Path:  # noqa: F811
    """A copy of the store of questions, where the command runs."""
    shutil.copytree(place, tmp_path / "s")
    return tmp_path / "s"


@pytest.mark.usefixtures("store")
def test_filters_in_each_format(run: Run) -> None:
    table = run("query", *MFA, "--verdict", "fail", "--account", "111122223333")
    assert table.returncode == 0
    assert table.stdout.split("\n")[0].split() == [
        "Month", "Account", "Control", "id", "Verdict", "Resource", "Reason"
    ]  # fmt: skip
    assert table.stdout.endswith("1 row.\n")
    asked = ("--columns", "month, verdict,carried", "--format")
    rows = list(csv.reader(io.StringIO(run("query", *MFA, *asked, "csv").stdout)))
    assert rows[0] == ["month", "verdict", "carried"]
    assert sorted(rows[1:]) == [
        ["2026-08", "fail", "no"],
        ["2026-08", "fail", "yes"],
        ["2026-08", "fail", "yes"],
        ["2026-08", "pass", "no"],
    ]
    data = json.loads(run("query", *MFA, *asked, "json").stdout)
    assert data["columns"] == ["month", "verdict", "carried"]
    assert len(data["rows"]) == 4
    assert "4 rows; the first 1 are shown" in run("query", *MFA, "--rows", 1).stdout


@pytest.mark.usefixtures("store")
def test_sql_sees_the_months_that_are_named(run: Run) -> None:
    sql = "SELECT DISTINCT month FROM verdicts ORDER BY month"
    done = run("query", *OF, sql, "--format", "csv", "--month", "2026-07", "--month", "2026-09")
    assert (done.returncode, done.stdout) == (0, "month\n2026-07\n2026-09\n")
    done = run("query", *OF, "SELECT * FROM read_text('s/nothing')")
    assert done.returncode == 2
    assert "disabled by configuration" in done.stderr


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "There is no question"),
        (("SELECT 1", "--control", "MFA-01"), "SQL has its own conditions"),
        (("SELECT 1", "--columns", "month"), "SQL has its own conditions"),
        (("--control", "NO-99"), "Unknown control 'NO-99'"),
        (("--month", "03-2026"), "is not a month"),
        (("--month", "2020-01"), "no position at the end of 2020-01"),
        (("--account", "1"), "has no account 1"),
        (("--verdict", "bad"), "'bad' is not a verdict"),
        (("--severity", "bad"), "'bad' is not a severity"),
        (("--month", "2026-07", "--columns", "colour"), "Unknown column 'colour'"),
        (("--month", "2026-07", "--format", "xml"), "'xml' is not a format"),
    ],
)
def test_wrong_questions(run: Run, asked: tuple[str, ...], said: str) -> None:
    done = run("query", *OF, *asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_views_are_described_without_a_store(run: Run) -> None:
    done = run("query", "--describe")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("verdicts: A row for each month end")
    assert lines[1].split(maxsplit=2)[:2] == ["month", "VARCHAR"]
    assert sum(not line.startswith(" ") for line in lines) == 7
