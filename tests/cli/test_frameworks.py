"""``frameworks``: list, show, coverage and compare; totals are those of the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from reportgen.resources import data_folder
from tests.conftest import Run

FILES = sorted((data_folder("controls") / "frameworks").glob("*.yaml"))
WORDS = {"tested": "supported", "partly": "partly", "attestation": "statement"}


def told(run: Run, *arguments: str) -> Any:
    done = run("frameworks", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_alone_it_lists_and_an_id_shows(run: Run) -> None:
    assert run("frameworks").stdout == run("frameworks", "list").stdout
    assert run("frameworks", "soc-2").stdout == run("frameworks", "show", "soc-2").stdout
    assert [f["id"] for f in told(run, "list")] == [path.stem for path in FILES]


def test_coverage_is_what_the_files_count(run: Run) -> None:
    """Counted from the YAML as it stands, for each framework and each level."""
    wanted = {}
    for path in FILES:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        for level in ("", *data.get("levels", ())):
            counts = dict.fromkeys(("supported", "partly", "statement", "outside", "counted"), 0)
            for row in data["requirements"]:
                if not level or level in row.get("levels", ()):
                    counts[WORDS.get(row.get("reach", "none"), "outside")] += 1
            for row in data.get("counted", ()):
                if not level or level in row.get("levels", ()):
                    counts["counted"] += len(row["ids"])
            wanted[path.stem, level] = {**counts, "listed": sum(counts.values())}
    found = {
        (row["framework"], row["level"]): {k: row[k] for k in wanted[row["framework"], ""]}
        for row in told(run, "coverage")
    }
    assert found == wanted
    assert found["essential-eight", "ML2"]["listed"] == 87
    table = run("frameworks", "coverage", "essential-eight").stdout.splitlines()
    assert [line.split()[:2] for line in table[1:]] == [
        ["essential-eight", "126"], ["ML1", "46"], ["ML2", "87"], ["ML3", "123"],
    ]  # fmt: skip


def test_show_is_narrowed(run: Run) -> None:
    rows = told(run, "show", "essential-eight", "--level", "ML1", "--control", "MFA-01")
    assert {r["id"] for r in rows["requirements"]} == {"ISM-1401", "ISM-1679"}
    assert rows["counted_requirements"] == []
    rows = told(run, "show", "privacy-act", "--reach", "outside")
    assert "APP 2" in {r["id"] for r in rows["requirements"]}
    assert all(not r["controls"] and r["why"] for r in rows["requirements"])


def test_show_has_every_requirement_of_the_ism(run: Run) -> None:
    rows = told(run, "show", "ism")
    counted = sum(len(row["ids"]) for row in rows["counted_requirements"])
    assert len(rows["requirements"]) + counted == 1117
    assert "CC BY 4.0" in rows["attribution"]


def test_compare_has_45_days_beside_90(run: Run) -> None:
    rows = told(run, "compare", "--control", "KEY-11")
    assert [(r["said"], r["own"]) for r in rows] == [("45 days", True), ("90 days", False)]
    assert "PCI DSS 8.2.6" in run("frameworks", "compare", "--control", "KEY-11").stdout


def test_compare_judges_a_store_by_each_limit(run: Run, tmp_path: Path) -> None:
    """A password used 60 days ago: over 45, within 90."""
    report = tmp_path / "report.csv"
    report.write_text(
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
        "mfa_active,access_key_1_active,access_key_2_active\n"
        "u,arn:aws:iam::111122223333:user/u,2020-01-01T00:00:00Z,true,2026-08-01T00:00:00Z,"
        "2020-01-01T00:00:00Z,true,false,false\n"
    )
    done = run(
        "import", "--store", "s", "--account-id", "111122223333",
        "--collected-at", "2026-09-30T00:00:00Z", "--credential-report", report,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = told(run, "compare", "--control", "KEY-11", "--store", "s")
    assert [(r["said"], r["results"]["fail"]) for r in rows] == [("45 days", 1), ("90 days", 0)]
    assert rows[1]["results"]["pass"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tea",), "Unknown framework 'tea'"),
        (("show", "ism", "--level", "ML9"), "no level 'ML9'"),
        (("show", "ism", "--reach", "far"), "'far' is no reach"),
        (("show", "ism", "--control", "XX-01"), "Unknown control 'XX-01'"),
        (("coverage", "tea"), "Unknown framework 'tea'"),
        (("compare", "--control", "XX-01"), "Unknown control 'XX-01'"),
        (("list", "--format", "xml"), "'xml' is not a format"),
    ],
)
def test_what_is_unknown_is_refused(arguments: tuple[str, ...], said: str, run: Run) -> None:
    done = run("frameworks", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
