"""The sample organisation: the same twice, and only where nothing lies yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import UsageError
from reportgen.samples import write_sample


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        write_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_takes_the_same_sample(tmp_path: Path, sample: Path) -> None:
    assert write_sample(tmp_path) == tmp_path / "reportgen.yaml"
    files = [p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()]
    assert len([name for name in files if name.parts[0] == "store"]) > 100
    # The other one may have been reported on: verdicts lie in its store then.
    for name in files:
        assert (tmp_path / name).read_bytes() == (sample / name).read_bytes(), name
