"""Files that only their owner can read, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import UsageError
from reportgen.files import write_private


def test_only_the_owner_can_read_it_and_folders_are_made_twice_without_complaint(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_private(path, b"first")
    write_private(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_what_cannot_be_replaced_is_said_and_nothing_half_written_stays(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()
    with pytest.raises(UsageError, match="taken: cannot be written"):
        write_private(folder, b"content")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_folder_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be written"):
        write_private(tmp_path / "file" / "below", b"content")
