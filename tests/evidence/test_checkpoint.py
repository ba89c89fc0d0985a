"""How far this machine verified a store: kept apart from it, and never taken on trust."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reportgen.evidence.chain import Chain
from reportgen.evidence.checkpoint import (
    Checkpoint,
    checkpoint_path,
    read_checkpoint,
    write_checkpoint,
)
from tests.evidence.test_chain import row

SEALS = row(4)
DAY = "2026-11-25T00:00:00Z"
SOME = Checkpoint(SEALS[0].root, 2, SEALS[1].root, DAY, DAY)


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "state" / "verified" / "a.json"
    assert read_checkpoint(path) is None
    assert write_checkpoint(path, SOME)
    assert read_checkpoint(path) == SOME
    assert path.stat().st_mode & 0o077 == 0


def test_each_place_has_its_own(tmp_path: Path) -> None:
    paths = {checkpoint_path(tmp_path, place) for place in ("/a", "/b", "s3://a/b")}
    assert len(paths) == 3
    assert {path.parent for path in paths} == {tmp_path / "verified"}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another"},
        {"more": 1},
        {"sequence": 0},
        {"sequence": "2"},
        {"sequence": True},
        {"root": "x"},
        {"first": None},
        {"verified_at": "yesterday"},
        {"whole_at": 1},
    ],
)
def test_another_form_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_checkpoint(path, SOME)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(ValueError, match="no checkpoint"):
        read_checkpoint(path)


def test_the_first_seal_can_be_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_checkpoint(path, replace(SOME, sequence=1))
    found = read_checkpoint(path)
    assert found is not None
    assert found.sequence == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        read_checkpoint(path)


def test_a_folder_in_its_place_is_refused_and_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_checkpoint(tmp_path)
    assert not write_checkpoint(tmp_path, SOME)


def test_it_fits_the_chain_that_it_is_of() -> None:
    assert SOME.misfit(Chain(SEALS)) == ""
    assert SOME.misfit(Chain(SEALS[:2])) == ""
    assert "another chain" in SOME.misfit(Chain([]))
    assert "another chain" in replace(SOME, first="f" * 64).misfit(Chain(SEALS))
    assert "cut" in SOME.misfit(Chain(SEALS[:1]))
    assert "forged" in replace(SOME, root=SEALS[2].root).misfit(Chain(SEALS))
