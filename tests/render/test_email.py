"""The letter itself: hostile text, nothing to say, and how it looks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from reportgen.render.email import letter
from reportgen.render.look import Look
from reportgen.report.summary import from_json

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_hostile_text_is_text(made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    summary["report"]["organisation"] = "<script>x</script>\r\nBcc: evil@example.com"
    summary["report"]["marking"] = "A\r\nBcc: evil@example.com"
    written = letter(from_json(summary), Look(), attached=False, link="javascript:alert(1)")
    assert "<script>" not in written.html
    assert "\n" not in written.subject
    assert 'href="javascript' not in written.html
    assert "\nBcc:" not in written.text


def test_nothing_wrong_is_said_too(made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    summary.update(register=[], finding_pages=[], waivers=[])
    summary["findings"].update(open=0, accepted=0, overdue=0)
    summary["movement"].update(new=0, repeat=0, reopened=0)
    summary["findings"]["open_by_severity"] = dict.fromkeys(
        ("critical", "high", "medium", "low"), 0
    )
    written = letter(from_json(summary), Look(), attached=True)
    assert "nothing needs your decision" in written.text
    assert "None: every critical and high finding has an owner and a date." in written.text


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize(
    ("setting", "paper", "ink"),
    [("1", (0xFF, 0xFF, 0xFF), "dark"), ("0", (0x14, 0x18, 0x1D), "light")],
)
def test_looks_in_light_and_dark(
    setting: str, paper: tuple[int, int, int], ink: str, made: Path, tmp_path: Path
) -> None:
    """The card has the colour of the scheme, and ink on it that stands out."""
    summary = json.loads((made / "summary.json").read_text())
    page, shot = tmp_path / "mail.html", tmp_path / "mail.png"
    page.write_text(letter(from_json(summary), Look(), attached=True).html)
    subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=640,900",
         f"--blink-settings=preferredColorScheme={setting}", f"--screenshot={shot}", str(page)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with Image.open(shot) as picture:
        # Below the masthead, inside the card: the key figures and their words.
        card = picture.convert("RGB").crop((40, 130, 590, 260))
        colours = card.getcolors(1_000_000) or []
    most = max(colours)[1]
    assert most == paper
    levels = [sum(colour) / 3 for _, colour in colours]
    assert min(levels) < 80 if ink == "dark" else max(levels) > 200
