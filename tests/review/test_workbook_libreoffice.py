"""A review through LibreOffice: filled in, saved by it as workbook and as CSV, imported, proved."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

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
    (found,) = (folder / "saved").iterdir()
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
