"""The marker of what was sent: its states, its modes, and whom it is for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.deliver.sent import marker, sent_reports
from reportgen.errors import MailError

REPORT = "quarterly-2026-09-30-1.0"


def test_it_says_what_was_written_and_forgets(tmp_path: Path) -> None:
    found = marker(tmp_path / "a" / "deliveries", REPORT, "ciso@example.com")
    assert found.state == ""
    found.write("sending", {"to": "ciso@example.com"})
    assert found.state == "sending"
    found.write("sent", {"to": "ciso@example.com"})
    assert found.state == "sent"
    assert found.path.read_text() == '{\n "state": "sent",\n "to": "ciso@example.com"\n}\n'
    assert [p.name for p in found.path.parent.iterdir()] == [found.path.name]
    found.remove()
    assert found.state == ""
    found.remove()


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    found = marker(tmp_path / "deliveries", REPORT, "ciso@example.com")
    found.write("sent", {})
    assert found.path.stat().st_mode & 0o777 == 0o600
    assert found.path.parent.stat().st_mode & 0o777 == 0o700


def test_an_address_has_one_marker_however_it_is_written(tmp_path: Path) -> None:
    found = marker(tmp_path, REPORT, "ciso@example.com")
    assert marker(tmp_path, REPORT, " CISO@Example.com ") == found
    assert marker(tmp_path, REPORT, "cio@example.com") != found
    assert marker(tmp_path, "annual-2026-09-30-1.0", "ciso@example.com") != found
    assert found.path.parent == tmp_path
    # 64 bits of the digest: the name of a file does not give the address away.
    assert len(found.path.stem.removeprefix(f"{REPORT}-")) == 16


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"id": 1}'])
def test_one_that_is_half_written_may_have_been_sent(tmp_path: Path, content: str) -> None:
    found = marker(tmp_path, REPORT, "ciso@example.com")
    found.path.write_text(content)
    assert found.state == "sending"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "deliveries").write_text("a file")
    found = marker(tmp_path / "deliveries", REPORT, "ciso@example.com")
    with pytest.raises(MailError, match="cannot be written: "):
        found.write("sending", {})


def test_an_answer_stays_whole_where_the_next_cannot_be_written(tmp_path: Path) -> None:
    found = marker(tmp_path, REPORT, "ciso@example.com")
    found.write("sending", {})
    found.path.with_suffix(".part").mkdir()
    with pytest.raises(MailError, match="Is a directory"):
        found.write("sent", {})
    assert json.loads(found.path.read_text())["state"] == "sending"


def test_reports_that_were_sent_are_told_by_name_and_once(tmp_path: Path) -> None:
    other = "annual-2026-06-30-1.0"
    for report, who in ((REPORT, "a@example.com"), (REPORT, "b@example.com"), (other, "a@b.c")):
        marker(tmp_path, report, who).write("sent", {})
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / "x-y.txt").write_text("")
    assert sent_reports(tmp_path) == sorted([REPORT, other])
    assert sent_reports(tmp_path / "none") == []
