"""From the forms that are due to the register, by the command."""

from __future__ import annotations

import io
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import yaml

from reportgen.register.sheets import COLUMNS
from tests.conftest import Run


def test_forms_go_out_and_come_back(run: Run, sample: Path, tmp_path: Path) -> None:
    place = tmp_path / "organisation"
    shutil.copytree(sample, place)
    config = ("--config", place / "reportgen.yaml")
    made = run("init", "attestations", *config, "--store", place / "store", "--out", tmp_path / "f")
    assert made.returncode == 0, made.stderr
    form = yaml.safe_load((tmp_path / "f" / "attestations-due.yaml").read_text())
    due = {entry["control"]: entry for entry in form["attestations"]}
    # The sample's mailbox statement ended on 19 August; that of emergency access holds.
    assert "ROOT-12" in due
    assert "ROOT-15" not in due
    path = tmp_path / "f" / "attestations-due.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book["Attestations"]
    columns = COLUMNS["attestations"]
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, columns.index("control") + 1).value == "ROOT-12":
            sheet.cell(row, columns.index("by") + 1).value = "Head of Workplace Technology"
            sheet.cell(row, columns.index("signed") + 1).value = date(2026, 9, 30)
            sheet.cell(row, columns.index("expires") + 1).value = date(2027, 9, 29)
    book.save(path)
    done = run("register", "import", path, *config)
    assert done.returncode == 0, done.stderr
    assert "1 added, 0 changed" in done.stdout
    checked = run("register", "check", *config)
    assert checked.returncode == 0, checked.stderr
    again = run(
        "init", "attestations", *config, "--store", place / "store", "--out", tmp_path / "g"
    )
    assert "ROOT-12" not in (tmp_path / "g" / "attestations-due.yaml").read_text(), again.stdout


def test_a_bad_entry_is_told_by_every_command(run: Run, sample: Path, tmp_path: Path) -> None:
    place = tmp_path / "organisation"
    shutil.copytree(sample, place)
    waivers = place / "register" / "waivers.yaml"
    waivers.write_text(waivers.read_text().replace("expires: 2026-12-31", "expires: never"))
    config = ("--config", place / "reportgen.yaml")
    checked = run("register", "check", *config)
    assert checked.returncode == 1
    assert "reportgen: waivers.yaml:23: expires: " in checked.stderr
    out = run("register", "export", *config, "--out", tmp_path / "r.xlsx")
    assert out.returncode == 0, out.stderr
    back = run("register", "import", tmp_path / "r.xlsx", *config)
    assert back.returncode == 1
    assert "r.xlsx, waivers, row 3: expires: " in back.stderr


def test_without_store_and_accounts_nobody_is_asked(run: Run, tmp_path: Path) -> None:
    done = run("init", "attestations", "--out", tmp_path / "f")
    assert done.returncode == 2
    assert "No account is known" in done.stderr
