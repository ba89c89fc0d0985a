"""Runs the tests of a file against one change of it after another.

The tests are collected once, in a process of their own. Each change is tried in a fork of it: the
function that is changed gets its new code there, so that nothing is imported or collected again.
A change outside of any function, and one that nothing noticed, is tried in a process that imports
all of it anew.
"""

from __future__ import annotations

import compileall
import contextlib
import gc
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

from bench.mutations import Mutant
from tests.mirror import ROOT

if TYPE_CHECKING:
    import pytest

_TOLD = "trial.txt"
# Compiled code of a function, which a class's body is not.
_OF_FUNCTION = 0x2
# Nothing notices a change so seldom that longer is worth waiting for, in seconds.
_FIRST_LIMIT = 900.0


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
    took: dict[str, float] = field(default_factory=dict)

    def learn(self, told: Path) -> None:
        """Add what a run told: the seconds of each file, and which test failed."""
        if not told.exists():
            return
        spent: dict[str, float] = {}
        each: dict[str, float] = {}
        for line in told.read_text().splitlines():
            took, outcome, when, test = line.split("\t", 3)
            file = test.partition("::")[0]
            spent[file] = spent.get(file, 0.0) + float(took)
            each[test] = each.get(test, 0.0) + float(took)
            # What a test is given may be shared with others: it is not held against the first.
            if when == "call" and float(took) > self.most:
                self.slow.add(test)
            if outcome == "failed":
                self.failed = [test, *(f for f in self.failed if f != test)][:40]
        told.unlink()
        self.took = each | self.took
        for file, took in spent.items():
            self.seconds.setdefault(file, took)

    def sort(self, items: list[pytest.Item]) -> None:
        """Put tests in order, and leave out the slow ones."""

        def place(item: pytest.Item) -> tuple[int, float, str]:
            # Tests of one file stay together: they share what they are given.
            file = item.nodeid.partition("::")[0]
            if item.nodeid in self.failed:
                return self.failed.index(item.nodeid), 0.0, ""
            return len(self.failed), self.seconds.get(file, 0.0), file

        items[:] = [item for item in items if item.nodeid not in self.slow]
        items.sort(key=place)


class _Patience:
    """Ends the process at a test that takes far longer than it did: a loop may have no end now."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if nodeid in self._order.took:
            signal.setitimer(signal.ITIMER_REAL, 15 + 8 * self._order.took[nodeid])

    def pytest_runtest_logfinish(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Trials:
    """Tries changes of one file in one copy of the tree. Close it in the end."""

    def __init__(self, folder: Path, tests: Sequence[str], order: Order) -> None:
        self.folder = folder
        self.tests = tests
        self.order = order
        self.limit = _FIRST_LIMIT
        self._pipe, theirs = Pipe()
        self._server = os.fork()
        if self._server == 0:
            self._pipe.close()
            _pytest(folder, tests, _Server(theirs, order, folder))
        theirs.close()

    def unchanged(self) -> bool:
        """Whether the tests pass as the file is; measures how long they take."""
        start = time.monotonic()
        passed = self._ask(None) == "survived"
        self.limit = 10 + 5 * (time.monotonic() - start)
        return passed

    def of(self, mutant: Mutant) -> str:
        """``killed``, ``survived`` or ``timeout``."""
        path = self.folder / mutant.file
        content = path.read_bytes()
        path.write_bytes(mutant.of(content))
        try:
            if mutant.inside and self._ask(mutant) != "survived":
                return "killed"
            return _ended(lambda: self._anew(), self.limit)
        finally:
            path.write_bytes(content)

    def _anew(self) -> NoReturn:
        _pytest(self.folder, self.tests, _Once(self.order))

    def _ask(self, mutant: Mutant | None) -> str:
        try:
            self._pipe.send((mutant, self.limit))
            end: str
            end, self.order = self._pipe.recv()
        except (EOFError, OSError):
            return "broken"
        return end

    def close(self) -> None:
        """End the process that holds the tests."""
        self._pipe.close()
        os.waitpid(self._server, 0)


class _Once(_Patience):
    """Runs the tests in order, in a process that has just begun."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._order.sort(items)


class _Server(_Patience):
    """Holds the collected tests, and forks a process for each change."""

    def __init__(self, pipe: Connection, order: Order, folder: Path) -> None:
        super().__init__(order)
        self._pipe = pipe
        self._told = folder / _TOLD
        self._forked = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self._forked:
            return None
        with contextlib.suppress(EOFError):
            while True:
                mutant, limit = self._pipe.recv()
                if session.testsfailed or not session.items:
                    self._pipe.send(("broken", self._order))
                    continue
                end = _ended(lambda m=mutant: self._try(session, m), limit)
                self._order.learn(self._told)
                self._pipe.send((end, self._order))
        return True

    def _try(self, session: pytest.Session, mutant: Mutant | None) -> NoReturn:
        self._forked = True
        code = 1
        try:
            if mutant is not None:
                _put_in_place(mutant)
            self._order.sort(session.items)
            session.config.hook.pytest_runtestloop(session=session)
            code = bool(session.testsfailed)
        finally:
            os._exit(code)

    def pytest_runtest_logreport(self, report: Any) -> None:
        with self._told.open("a") as stream:
            stream.write(f"{report.duration}\t{report.outcome}\t{report.when}\t{report.nodeid}\n")


def _put_in_place(mutant: Mutant) -> None:
    """Give the functions of a file that is imported already the code that is on disk now."""
    content = Path(mutant.file).read_bytes()
    codes: dict[tuple[str, int], CodeType] = {}

    def collect(code: CodeType) -> None:
        for const in code.co_consts:
            if isinstance(const, CodeType):
                if const.co_flags & _OF_FUNCTION:
                    codes[const.co_qualname, const.co_firstlineno] = const
                else:
                    collect(const)

    collect(compile(content, mutant.file, "exec", dont_inherit=True))
    gc.unfreeze()
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename.endswith(mutant.file):
            old = thing.__code__
            new = codes.get((old.co_qualname, old.co_firstlineno))
            if new is not None:
                thing.__code__ = new.replace(co_filename=old.co_filename)


def _ended(child: Callable[[], NoReturn], limit: float) -> str:
    """How a forked process ends within ``limit`` seconds, and all that it started with it."""
    process = os.fork()
    if process == 0:
        os.setpgid(0, 0)
        child()
    end = "timeout"
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            end = "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
            break
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    if end == "timeout":
        os.waitpid(process, 0)
    return end


def _pytest(folder: Path, tests: Sequence[str], plugin: object) -> NoReturn:
    """Be pytest in a copy of the tree, and end with its exit code."""
    os.chdir(folder)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PYTHONPATH"] = str(folder)
    # Points at which a run is killed: enough to notice a change of the code.
    os.environ.setdefault("REPORTGEN_TEST_KILLS", "2")
    sys.path[:] = [str(folder), *(p for p in sys.path if p not in ("", str(ROOT)))]
    # The table of tests came from here; the tests themselves are those of the copy.
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
    options += ["-o", "addopts=", "--basetemp", str(folder / "given")]
    code = 1
    try:
        code = int(pytest.main([*options, *tests], [plugin]))
        if code == pytest.ExitCode.NO_TESTS_COLLECTED and isinstance(plugin, _Once):
            # All were left out.
            code = 0
    finally:
        os._exit(code)


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
