"""A disk that is full, a store that may not be written: a clear message, and nothing is lost."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from reportgen.errors import StoreError
from reportgen.evidence.store import Store
from tests.collect.account import session
from tests.collect.everything import HOME, furnish
from tests.collect.test_killed import Mortal, collect, content_of
from tests.conftest import Front, Run


class Full:
    """A function of the file system that fails for want of room from its n-th call on."""

    def __init__(self, name: str, after: int, code: int = errno.ENOSPC) -> None:
        self.real = getattr(os, name)
        self.after = after
        self.code = code
        self.calls = 0

    def __call__(self, *arguments: object, **more: object) -> object:
        self.calls += 1
        if self.calls > self.after:
            raise OSError(self.code, os.strerror(self.code))
        return self.real(*arguments, **more)


@pytest.mark.parametrize(("name", "after"), [("replace", 5), ("link", 0), ("link", 12)])
@pytest.mark.usefixtures("no_pauses")
def test_a_full_disk_loses_nothing_that_was_read(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, after: int
) -> None:
    """While what is read is kept (replace), and while the snapshot is written (link)."""
    furnish(front)
    shared = session(HOME)
    whole = Mortal(shared)
    collect(tmp_path / "whole", whole)
    Store.create(tmp_path / "full" / "s")
    with monkeypatch.context() as patch:
        patch.setattr(os, name, Full(name, after))
        with pytest.raises(StoreError, match="No space left on device") as caught:
            collect(tmp_path / "full", Mortal(shared))
    assert caught.value.exit_code == 2
    assert "still there" in caught.value.hint or "untouched" in caught.value.hint
    assert Store.open(tmp_path / "full" / "s").snapshots() == []
    # There is room again: it goes on from what was kept.
    again = Mortal(shared)
    assert collect(tmp_path / "full", again).whole
    assert content_of(tmp_path / "full") == content_of(tmp_path / "whole")
    assert again.requests < whole.requests


@pytest.mark.usefixtures("no_pauses")
def test_a_store_that_may_not_be_written_keeps_what_was_read(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(front)
    shared = session(HOME)
    Store.create(tmp_path / "s")
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", Full("link", 0, errno.EROFS))
        with pytest.raises(StoreError, match="Read-only file system"):
            collect(tmp_path, Mortal(shared))
    again = Mortal(shared)
    assert collect(tmp_path, again).whole
    assert again.requests == 0


def test_the_command_says_so_where_a_file_may_not_grow(
    front: Front, run: Run, tmp_path: Path
) -> None:
    """A real limit of the system: no file may be larger than 2,000 bytes."""
    command = [sys.executable, "-m", "reportgen", "collect", "--store", "s", "--in-region", HOME]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)),
    )
    assert done.returncode == 2, done.stderr
    assert "What was read cannot be kept" in done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    done = run("collect", "--store", "s", "--in-region", HOME)
    assert done.returncode == 0, done.stderr
    assert run("verify", "--store", "s").returncode == 0
