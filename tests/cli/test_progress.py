"""What a terminal shows of a collection that is under way."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reportgen.cli.progress import Left
from tests.collect.test_fleet import organisation  # noqa: F401 - a fixture


def left(accounts: int, **done: tuple[int, int]) -> Left:
    """So many accounts; of those named, (reads that ended, reads that it takes; 0: not known)."""
    found = Left()
    found.accounts = accounts
    for account, (ended, takes) in done.items():
        if takes:
            found.reads[account] = takes
        for _ in range(ended):
            found.read(account)
    return found


@pytest.mark.parametrize(
    ("state", "share"),
    [
        (left(1), 0.0),
        (left(1, a=(2, 0)), 0.0),
        (left(1, a=(10, 40)), 0.25),
        (left(1, a=(40, 40)), 1.0),
        # One of four is known to take 40, so that all take 160.
        (left(4, a=(40, 40)), 0.25),
        (left(4, a=(40, 40), b=(0, 80)), 40 / 240),
        (left(2, a=(40, 40), b=(10, 40)), 50 / 80),
        # More reads than were foreseen, or more accounts: never over the whole.
        (left(1, a=(50, 40)), 1.0),
        (left(1, a=(1, 40), b=(0, 40)), 1 / 80),
    ],
)
def test_how_far_it_is(state: Left, share: float) -> None:
    assert state.share() == pytest.approx(share)


@pytest.mark.parametrize(
    ("state", "elapsed", "said"),
    [
        (left(50), 9.0, "0 of 50 accounts"),
        (left(1, a=(10, 40)), 30.0, "0 of 1 accounts, about 1:30 left"),
        (left(50, a=(40, 40)), 10.0, "1 of 50 accounts, about 8:10 left"),
        (left(1, a=(40, 40)), 10.0, "1 of 1 accounts, about 0:00 left"),
    ],
)
def test_the_line_of_the_whole(state: Left, elapsed: float, said: str) -> None:
    assert state.told(elapsed) == said


def test_a_read_is_the_last_when_all_have_ended() -> None:
    state = left(1)
    assert not state.read("a")
    state.reads["a"] = 2
    assert state.read("a")


@pytest.mark.usefixtures("organisation")
def test_a_terminal_has_a_line_for_each_running_account(tmp_path: Path) -> None:
    """Of 80 columns; they are gone at the end, and the closing table stays."""
    inner, outer = pty.openpty()
    command = [sys.executable, "-m", "reportgen", "collect", "--store", "s", "--organization"]
    process = subprocess.Popen(
        [*command, "--in-region", "ap-southeast-2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=outer,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(outer)
    shown = b""
    while True:
        try:
            part = os.read(inner, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(inner)
    assert process.stdout is not None
    table = process.stdout.read().decode()
    assert process.wait() == 0
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()))
    assert max(len(line) for line in lines) <= 80
    assert any(re.search(r"\d of 5 accounts, about \d+:\d\d left", line) for line in lines)
    assert any(re.search(r"\b\d{12} [a-z-]+", line) for line in lines)
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "6 accounts are in" in table
