"""``review``: opened, returned, followed; what it refuses."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from tests.conftest import Run

# The sample organisation's day.
TODAY = datetime.now(ZoneInfo("Australia/Sydney")).date()


@pytest.fixture
def here(sample: Path, tmp_path: Path) -> Path:
    """A copy of the sample organisation, which has two reviewers."""
    for name in ("register", "store"):
        shutil.copytree(sample / name, tmp_path / name)
    shutil.copy(sample / "reportgen.yaml", tmp_path)
    return tmp_path


def test_a_review_from_opening_to_its_end(run: Run, here: Path) -> None:
    due = TODAY + timedelta(days=30)
    done = run("review", "open", "q3", "--store", "store", "--due", due, "--kind", "users")
    assert done.returncode == 0
    # dev.kestrel is the platform lead, so the second decides on that user.
    assert "platform-lead.xlsx: 17 rows for Platform lead" in done.stdout
    assert "security-lead.xlsx: 1 rows for Security lead" in done.stdout
    for reviewer in ("platform-lead", "security-lead"):
        path = here / "register" / "reviews" / "q3" / f"{reviewer}.xlsx"
        book = openpyxl.load_workbook(path)
        for number in range(2, book["Review"].max_row + 1):
            book["Review"].cell(number, 10).value = "keep"
            book["Review"].cell(number, 12).value = TODAY
        book.save(here / f"{reviewer}.xlsx")
    done = run("review", "import", "q3", "platform-lead.xlsx")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "platform-lead.xlsx: 17 decisions taken, 0 rows without one, 0 refused\n"
    done = run("review", "status", "q3", "--store", "store", "--strict")
    assert done.returncode == 3
    assert "Security lead: 1 rows, 0 kept, 0 revoked, 0 to change, 1 open" in done.stdout
    run("review", "import", "q3", "security-lead.xlsx")
    done = run("review", "status", "--store", "store", "--strict", "--format", "json")
    assert done.returncode == 0
    (told,) = json.loads(done.stdout)
    assert (told["complete"], told["open"]) == (True, 0)


def test_a_refused_row_is_named_with_its_line(run: Run, here: Path) -> None:
    due = TODAY + timedelta(days=30)
    run("review", "open", "q3", "--store", "store", "--due", due, "--kind", "users")
    done = run("review", "import", "q3", "register/reviews/q3/platform-lead.xlsx")
    assert done.stdout.endswith("0 decisions taken, 17 rows without one, 0 refused\n")
    book = openpyxl.load_workbook(here / "register" / "reviews" / "q3" / "platform-lead.xlsx")
    book["Review"].cell(3, 5).value = "nothing"
    book.save(here / "platform-lead.xlsx")
    done = run("review", "import", "q3", "platform-lead.xlsx")
    assert done.returncode == 3
    assert done.stderr.startswith("  line 3 R-")
    assert done.stderr.endswith("was altered: May do\n")


@pytest.mark.parametrize("wrong", [
    ("open", "q3", "--store", "store", "--due", "soon"),
    ("open", "q3", "--store", "store", "--due", "2020-01-01"),
    ("open", "q3", "--store", "store", "--due", "2099-01-01", "--kind", "results"),
    ("open", "../q3", "--store", "store", "--due", "2099-01-01"),
    ("import", "q3", "none.xlsx"), ("status", "--store", "store"),
    ("status", "q3", "--store", "store"), ("status", "--store", "store", "--format", "xml"),
])  # fmt: skip
def test_what_is_wrong_is_refused(wrong: tuple[str, ...], run: Run, here: Path) -> None:
    done = run("review", *wrong)
    assert done.returncode == 2
    assert done.stderr.startswith("reportgen: ")
