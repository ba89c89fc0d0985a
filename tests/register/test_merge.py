"""Entries that come back: taken, changed, refused with file and row, while the rest goes on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from reportgen.audit.register import load_register
from reportgen.errors import UsageError
from reportgen.register.merge import Taken, entries_of, take
from reportgen.register.sheets import write

CONTROLS = ("KEY-03", "E8-06", "ROOT-13")
WAIVER: dict[str, Any] = {
    "id": "W-1",
    "control": "KEY-03",
    "reason": "r",
    "compensating_control": "c",
    "owner": "o",
    "requested_by": "Platform lead",
    "approved_by": "CISO",
    "granted": date(2026, 7, 1),
    "expires": date(2026, 9, 30),
}
FORM = {
    "id": "E8-06-2026-09-30",
    "control": "E8-06",
    "accounts": ["012345678901"],
    "statement": "Backups are out of reach.",
    "by": "",
    "signed": None,
    "expires": None,
}
SIGNED = {**FORM, "by": "CISO", "signed": date(2026, 9, 1), "expires": date(2027, 8, 31)}


def came(folder: Path, lists: dict[str, list[dict[str, Any]]], form: str = "xlsx") -> Taken:
    path = folder / f"back.{form}"
    if form == "xlsx":
        path.write_bytes(write(lists))
    else:
        path.write_text(yaml.safe_dump(lists, sort_keys=False))
    return take(folder / "register", path, CONTROLS, {"ROOT-13"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "register").mkdir()
    (tmp_path / "register" / "waivers.yaml").write_text(yaml.safe_dump({"waivers": [WAIVER]}))
    return tmp_path


@pytest.mark.parametrize("form", ["xlsx", "yaml"])
def test_a_form_that_was_filled_in_attests(folder: Path, form: str) -> None:
    taken = came(folder, {"attestations": [SIGNED, {**FORM, "id": "open"}]}, form)
    assert (taken.added, taken.blank, taken.faults) == (1, 1, ())
    register = load_register(folder / "register", CONTROLS)
    assert "E8-06" in register.attested("012345678901", date(2026, 9, 30))


def test_what_did_not_change_is_not_written(folder: Path) -> None:
    before = (folder / "register" / "waivers.yaml").read_bytes()
    taken = came(folder, {"waivers": [WAIVER]})
    assert (taken.same, taken.written) == (1, ())
    assert (folder / "register" / "waivers.yaml").read_bytes() == before


def test_a_change_is_taken_and_the_file_as_it_was_stays(folder: Path) -> None:
    before = (folder / "register" / "waivers.yaml").read_bytes()
    taken = came(folder, {"waivers": [{**WAIVER, "expires": date(2026, 12, 31)}]})
    assert taken.changed == 1
    (kept,) = entries_of(folder / "register", "waivers")
    assert kept["expires"] == date(2026, 12, 31)
    assert (folder / "register" / "waivers.yaml.before").read_bytes() == before


def test_what_is_left_out_of_the_workbook_stays(folder: Path) -> None:
    came(folder, {"waivers": [{**WAIVER, "id": "W-2"}]})
    assert [w["id"] for w in entries_of(folder / "register", "waivers")] == ["W-1", "W-2"]


BAD = {
    "no end": ({**WAIVER, "id": "W-9", "expires": None}, "expires: is missing"),
    "own approval": ({**WAIVER, "id": "W-9", "approved_by": "platform lead"}, "another person"),
    "unknown control": ({**WAIVER, "id": "W-9", "control": "KEY-99"}, "unknown control"),
    "a date that may be two": ({**WAIVER, "id": "W-9", "expires": "10/11/2026"}, "expires"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_row_that_cannot_be_right_is_told_and_the_next_is_taken(folder: Path, name: str) -> None:
    bad, said = BAD[name]
    taken = came(folder, {"waivers": [bad, {**WAIVER, "id": "W-2"}]})
    (fault,) = taken.faults
    assert fault.where == "back.xlsx, waivers, row 2"
    assert said in fault.wrong
    assert [w["id"] for w in entries_of(folder / "register", "waivers")] == ["W-1", "W-2"]


def test_what_an_api_answers_is_refused(folder: Path) -> None:
    taken = came(folder, {"attestations": [{**SIGNED, "control": "ROOT-13"}]})
    assert "answered by an API" in taken.faults[0].wrong
    assert taken.written == ()


def test_a_response_is_known_by_what_it_speaks_of(folder: Path) -> None:
    response = {"control": "KEY-03", "response": "Later.", "owner": "o", "due": date(2026, 9, 30)}
    came(folder, {"responses": [response]})
    taken = came(folder, {"responses": [{**response, "response": "Now.", "accounts": ["*"]}]})
    assert (taken.changed, taken.added) == (1, 0)
    other = {**response, "accounts": ["012345678901"]}
    assert came(folder, {"responses": [other]}).added == 1


def test_a_yaml_file_of_another_kind_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="other keys"):
        came(folder, {"tea": []}, "yaml")
