"""Files that only their owner can read, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import UsageError
from reportgen.files import Staged, cache_folder, state_folder, write_private


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
    with pytest.raises(UsageError, match="taken: cannot be written: Is a directory"):
        write_private(folder, b"content")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_folder_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be written"):
        write_private(tmp_path / "file" / "below", b"content")


def test_staged_files_come_into_place_together(tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    with Staged(out) as staged:
        staged.write("one", b"1")
        with staged.open("lists/of/two") as stream:
            stream.write(b"2")
        assert not [p for p in out.iterdir() if not p.name.startswith(".writing-")]
        placed = staged.publish()
    assert placed == {"one": out / "one", "lists/of/two": out / "lists" / "of" / "two"}
    assert [placed[name].read_bytes() for name in placed] == [b"1", b"2"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in placed.values())
    assert sorted(p.name for p in out.iterdir()) == ["lists", "one"]
    with Staged(out) as staged:
        staged.write("one", b"again")
        staged.publish()
    assert (out / "one").read_bytes() == b"again"


def staged(folder: Path, *files: tuple[str, bytes | None]) -> None:
    """Write files of one folder together; content that is None cannot be made."""
    with Staged(folder) as together:
        for name, content in files:
            with together.open(name) as stream:
                stream.write(content)  # type: ignore[arg-type]
        together.publish()


def test_of_staged_files_none_stays_where_one_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"before")
    with pytest.raises(TypeError):
        staged(tmp_path, ("one", b"after"), ("two", None))
    assert [p.name for p in tmp_path.iterdir()] == ["one"]
    assert (tmp_path / "one").read_bytes() == b"before"
    with pytest.raises(TypeError):
        staged(tmp_path / "new", ("one", None))
    assert not (tmp_path / "new").exists()


def test_staged_files_whose_place_is_taken_are_said(tmp_path: Path) -> None:
    (tmp_path / "taken" / "full").mkdir(parents=True)
    with pytest.raises(UsageError, match="taken: cannot be written: Is a directory"):
        staged(tmp_path, ("taken", b""))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="file: cannot be written"):
        staged(tmp_path / "file")


def test_same_name_is_not_staged_twice(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one: cannot be written: File exists"):
        staged(tmp_path, ("one", b"1"), ("one", b"2"))


def test_a_folder_that_was_there_stays_where_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(TypeError):
        staged(tmp_path / "out", ("one", None))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "variable", "usual"),
    [
        (state_folder, "XDG_STATE_HOME", ".local/state/reportgen"),
        (cache_folder, "XDG_CACHE_HOME", ".cache/reportgen"),
    ],
)
def test_where_this_machine_keeps_things(
    folder: Callable[[], Path],
    variable: str,
    usual: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """XDG Base Directory Specification: unset, empty and relative are all as good as none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, "/somewhere/else")
    assert folder() == Path("/somewhere/else/reportgen")
    for none in ("", "somewhere"):
        monkeypatch.setenv(variable, none)
        assert folder() == tmp_path / usual
    monkeypatch.delenv(variable)
    assert folder() == tmp_path / usual
