"""``cache``: what is shown, found damaged or false, and removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.evidence.seal import sha256
from reportgen.model import AccountAssessment, Verdict
from reportgen.summarise.accountfile import basis_of, decode_history, encode_history
from reportgen.verdicts.form import decode, encode
from tests.cli.conftest import BASE
from tests.conftest import Run

OF = ("--store", "s")


@pytest.fixture
def kept(run: Run, report_csv: Path, tmp_path: Path) -> Path:
    """The verdicts of a store of which a report was made: a point, its lists and the history."""
    assert run("import", *BASE, "--credential-report", report_csv).returncode == 0
    made = run("report", *OF, "--ending", "2026-09-30", "--out", "o", "--format", "json")
    assert made.returncode == 0
    (found,) = (tmp_path / "s" / "judged").rglob("*.parquet")
    return found


def test_what_serves_is_counted(run: Run, kept: Path) -> None:
    done = run("cache", "show", *OF)
    assert done.stdout.startswith("current: 3 files, ")
    assert len(done.stdout.splitlines()) == 1


def test_what_judging_comes_to_is_no_flaw(run: Run, kept: Path) -> None:
    done = run("cache", "check", *OF)
    assert (done.returncode, done.stdout) == (0, "What is kept is what judging comes to.\n")


def test_damage_is_told_and_removed(run: Run, kept: Path) -> None:
    kept.write_bytes(kept.read_bytes()[:-1])
    assert "damaged: 1 files" in run("cache", "show", *OF).stdout
    done = run("cache", "check", *OF)
    assert done.returncode == 4
    assert f"damaged: judged/{kept.parent.name}/{kept.name}" in done.stdout
    # With it go the lists and the history, which serve no report without the verdicts.
    assert run("cache", "prune", *OF).stdout.startswith("Removed 3 files")
    assert not kept.exists()


def test_a_false_file_under_a_right_name_is_found(run: Run, kept: Path) -> None:
    """Every fail made a pass, and the file named as it has to be: only judging again tells."""
    judged = decode(kept.read_bytes())
    found = judged.assessment()
    rows = tuple(
        r._replace(verdict=Verdict.PASS) if r.verdict is Verdict.FAIL else r for r in found.results
    )
    assert rows != found.results
    false = AccountAssessment(**{**vars(found), "results": rows})
    content = encode(false, judged.basis)
    key = kept.name.split(".")[0]
    kept.unlink()
    kept.with_name(f"{key}.{sha256(content)}.parquet").write_bytes(content)
    assert "current: 3 files" in run("cache", "show", *OF).stdout
    done = run("cache", "check", *OF)
    assert done.returncode == 4
    assert done.stdout.startswith("false: judged/")


def test_a_false_history_under_a_right_name_is_found(run: Run, kept: Path, tmp_path: Path) -> None:
    """Every finding left out: only making it again of its verdicts tells."""
    (path,) = (tmp_path / "s" / "judged").rglob("*.history")
    history = decode_history(path.read_bytes())
    assert history.courses
    false = encode_history(replace(history, courses=()), basis_of(path.read_bytes()))
    path.unlink()
    name = f"{path.name.split('.')[0]}.{sha256(false)}.history"
    path.with_name(name).write_bytes(false)
    assert "current: 3 files" in run("cache", "show", *OF).stdout
    done = run("cache", "check", *OF)
    assert done.returncode == 4
    assert done.stdout == f"false: judged/{path.parent.name}/{name}\n"


def test_other_rules_make_it_older(run: Run, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "reportgen.yaml").write_text("evidence: {maximum_age_days: 30}\n")
    assert "older: 3 files" in run("cache", "show", *OF).stdout
    assert run("cache", "prune", *OF).stdout.startswith("Removed 3 files")


def test_what_is_not_ours_is_left_alone(run: Run, kept: Path, tmp_path: Path) -> None:
    note = tmp_path / "s" / "judged" / "notes.txt"
    note.write_text("x")
    assert "foreign: 1 files" in run("cache", "show", *OF).stdout
    assert run("cache", "prune", *OF).stdout.startswith("Removed 0 files")
    assert note.exists()
