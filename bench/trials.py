"""Runs the tests of a file against one change of it, the tests that noticed the last ones first.

Each run is a process forked from one that has the heavy libraries loaded already, but nothing of
reportgen: so a mutant costs its tests and not the imports.
"""

from __future__ import annotations

import compileall
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.mutations import Mutant
from tests.mirror import ROOT

if TYPE_CHECKING:
    import pytest

_TOLD = "trial.txt"


@dataclass
class Order:
    """In which order tests are run: those that failed lately, then files by what they take.

    ``most``: tests that took more seconds than this are left out; what is killed without them is
    killed, what survives may not be.
    """

    most: float = float("inf")
    failed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)

    def learn(self, told: Path) -> None:
        """Add what a run told: the seconds of each file, and which test failed."""
        if not told.exists():
            return
        spent: dict[str, float] = {}
        for line in told.read_text().splitlines():
            took, failed, when, test = line.split("\t", 3)
            file = test.partition("::")[0]
            spent[file] = spent.get(file, 0.0) + float(took)
            # What a test is given may be shared with others: it is not held against the first.
            if when == "call" and float(took) > self.most:
                self.slow.add(test)
            if failed == "failed":
                self.failed = [test, *(f for f in self.failed if f != test)][:40]
        told.unlink()
        for file, took in spent.items():
            self.seconds.setdefault(file, took)


class _Plugin:
    """Puts the tests of one run in order, and tells how each went."""

    def __init__(self, order: Order, told: Path) -> None:
        self._failed = {test: place for place, test in enumerate(order.failed)}
        self._order = order
        self._told = told

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        def place(item: pytest.Item) -> tuple[int, float, str]:
            # Tests of one file stay together: they share what they are given.
            file = item.nodeid.partition("::")[0]
            if item.nodeid in self._failed:
                return self._failed[item.nodeid], 0.0, ""
            return len(self._failed), self._order.seconds.get(file, 0.0), file

        items[:] = [item for item in items if item.nodeid not in self._order.slow]
        items.sort(key=place)

    def pytest_runtest_logreport(self, report: Any) -> None:
        with self._told.open("a") as stream:
            stream.write(f"{report.duration}\t{report.outcome}\t{report.when}\t{report.nodeid}\n")


def copied() -> Path:
    """A copy of the tree to change; data that no mutant touches is linked."""
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    for name in ("reportgen", "tests", "bench"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.name not in ("reportgen", "tests", "bench", ".git", "out"):
            (folder / path.name).symlink_to(path)
    # Compiled once: only the file that is changed is newer than what this leaves.
    compileall.compile_dir(folder / "reportgen", quiet=1)
    return folder


def warm() -> None:
    """Load what tests load, and nothing of reportgen."""
    import hypothesis  # noqa: F401
    import moto.server  # noqa: F401
    import pandas  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import yaml  # noqa: F401


def run(
    folder: Path, tests: Sequence[str], limit: float, order: Order, *, first: bool = False
) -> str:
    """Run tests in a forked process: ``killed``, ``survived`` or ``timeout``.

    At most ``limit`` seconds. ``order`` learns from it. The ``first`` run of tests leaves them
    compiled for those that follow.
    """
    child = os.fork()
    if child == 0:
        _child(folder, tests, order, first)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            order.learn(folder / _TOLD)
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    order.learn(folder / _TOLD)
    return "timeout"


def _child(folder: Path, tests: Sequence[str], order: Order, first: bool) -> None:
    os.setpgid(0, 0)
    os.chdir(folder)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.dont_write_bytecode = not first
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PYTHONPATH"] = str(folder)
    # Points at which a run is killed: enough to notice a change of the code.
    os.environ.setdefault("REPORTGEN_TEST_KILLS", "2")
    sys.path[:] = [str(folder), *(p for p in sys.path if p not in ("", str(ROOT)))]
    # The table of tests came from here; the tests themselves are those of the copy.
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    import pytest

    options = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--no-header",
        "-o",
        "addopts=",
    ]
    code = 1
    try:
        code = int(pytest.main([*options, *tests], [_Plugin(order, folder / _TOLD)]))
        if code == pytest.ExitCode.NO_TESTS_COLLECTED and order.slow:
            code = 0
    finally:
        os._exit(code)


def trial(folder: Path, mutant: Mutant, tests: Sequence[str], limit: float, order: Order) -> str:
    """As ``run``, of the tree in which ``mutant`` is made for as long as that takes."""
    path = folder / mutant.file
    content = path.read_bytes()
    path.write_bytes(content[: mutant.start] + mutant.text.encode() + content[mutant.end :])
    try:
        return run(folder, tests, limit, order)
    finally:
        path.write_bytes(content)
