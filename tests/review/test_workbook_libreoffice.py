"""A review through LibreOffice: filled in, saved by it as workbook and as CSV, imported, proved."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import UsageError
from reportgen.review.outcome import Proof
from reportgen.reviewing import import_decisions, review_standing
from tests.review.conftest import Clock
from tests.review.filled import fill
from tests.review.given import PEOPLE, Place, later

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")


def saved(file: Path, form: str, folder: Path) -> Path:
    """The file as LibreOffice saves it."""
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{folder / 'profile'}",
            "--headless",
            "--convert-to",
            form,
            "--outdir",
            str(folder / "saved"),
            str(file),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (found,) = (folder / "saved").glob(f"*.{form}")
    return found


def test_revocations_come_back_and_are_proved(place: Place, clock: Clock, tmp_path: Path) -> None:
    opened = place.open()
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    keep = {"Decision": "keep", "Decided on": date(2026, 10, 14)}
    revoked = {name: {**keep, "Decision": "revoke"} for name in ("heron", "heron, key 1")}
    filled = fill(opened, revoked, default=keep)
    for number, form in enumerate(("xlsx", "csv")):
        folder = tmp_path / f"office-{number}"
        folder.mkdir()
        (batch,) = import_decisions(place.rules, "q3", [saved(filled, form, folder)])
        assert batch.refused == ()
        assert len(batch.accepted) == len(opened.campaign.rows)
        assert {d.on for d in batch.accepted} == {"2026-10-14"}
    place.collect({"gull": PEOPLE["gull"]}, at=later(20))
    standing = review_standing(place.store, place.rules, "q3")
    assert standing.complete
    assert [f.proof for f in standing.followed] == [Proof.SHOWN, Proof.SHOWN]


def bent(sheet: Any, columns: dict[str, int]) -> None:
    """Numbers and dates typed anew, a row altered, one deleted, the others the other way round."""
    for number in range(2, sheet.max_row + 1):
        account = sheet.cell(number, columns["Account"])
        # As in Excel: the leading zero is gone, and it is shown as 1.23E+10.
        account.value, account.number_format = int(account.value), "0.00E+00"
        since = sheet.cell(number, columns["Since"])
        since.value, since.number_format = datetime.fromisoformat(since.value), "dd/mm/yyyy"
        sheet.cell(number, columns["Decided on"]).number_format = "d. mmm yy"
    sheet.cell(2, columns["May do"]).value = "nothing"
    sheet.delete_rows(3)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for number, row in enumerate(reversed(rows), start=2):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column).value = value


def test_what_was_bent_on_the_way_is_told_row_by_row(
    place: Place, clock: Clock, tmp_path: Path
) -> None:
    """Saved as OpenDocument, and that as a workbook again."""
    opened = place.open()
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    keep = {"Decision": "keep", "Decided on": date(2026, 10, 14)}
    ods = saved(fill(opened, default=keep, edit=bent), "ods", tmp_path)
    with pytest.raises(UsageError, match="is an OpenDocument file") as raised:
        import_decisions(place.rules, "q3", [ods])
    assert "Return the .xlsx file" in raised.value.hint
    (batch,) = import_decisions(place.rules, "q3", [saved(ods, "xlsx", tmp_path)])
    altered, deleted, *others = opened.campaign.rows
    assert {d.key for d in batch.accepted} == {row.key for row in others}
    said = {refused.key: refused.why for refused in batch.refused}
    assert set(said) == {altered.key, deleted.key}
    assert "was altered: May do" in said[altered.key]
    assert "is missing from the file" in said[deleted.key]
