"""Changes one operator, number or condition at a time and asks whether a test notices.

``python -m bench.mutants [FILE ...] [--sample N] [--seed N] [--jobs N]`` prints a table and the
survivors. The tests of ``reportgen/room/file.py`` are ``tests/room/test_file*.py``, and those that
``tests/mirror.py`` names. A survivor that no test can kill has a line in ``bench/mutants.txt`` with
the reason; a line there that explains nothing any more is said.

Each mutant runs in a process forked from one that has the heavy libraries loaded already, but
nothing of reportgen: so a mutant costs its tests and not the imports.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mirror import ROOT, held_by

EXPLAINED = Path(__file__).with_name("mutants.txt")
TARGETS = (
    "reportgen/assess/checks/*.py",
    "reportgen/assess/facts/*.py",
    "reportgen/assess/judge.py",
    "reportgen/summarise/held.py",
    "reportgen/summarise/movement.py",
    "reportgen/summarise/score.py",
    "reportgen/policy/decision.py",
    "reportgen/policy/effective*.py",
    "reportgen/policy/trust.py",
    "reportgen/evidence/*.py",
    "reportgen/collect/*.py",
    "reportgen/files.py",
    "reportgen/render/look.py",
    "reportgen/audit/register.py",
    "reportgen/deliver/*.py",
)
_SWAPS = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.And: "or",
    ast.Or: "and",
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.And: "and",
    ast.Or: "or", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: bytes ``start`` to ``end`` of ``file`` become ``text``."""

    file: str
    line: int
    source: str
    change: str
    start: int
    end: int
    text: str

    @property
    def key(self) -> str:
        """How ``mutants.txt`` names it: by the line's words, which outlive its number."""
        return f"{self.file} | {self.source} | {self.change}"


class _Finder(ast.NodeVisitor):
    """Finds every place to change in one file."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.content = content
        self.mutants: list[Mutant] = []
        self._lines = content.split(b"\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def _span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno, node.end_col_offset),
        )

    def _add(self, start: int, end: int, text: str, change: str) -> None:
        line = self.content[:start].count(b"\n") + 1
        source = self._lines[line - 1].decode().strip()
        self.mutants.append(Mutant(self.file, line, source, change, start, end, text))

    def _between(self, left: ast.expr, right: ast.expr, operator: ast.AST) -> None:
        """Swap the operator that stands between two expressions."""
        new, old = _SWAPS.get(type(operator)), _SIGNS.get(type(operator))
        if new is None or old is None:
            return
        start, end = self._span(left)[1], self._span(right)[0]
        position = self.content.find(old.encode(), start, end)
        if position >= 0:
            self._add(position, position + len(old), new, f"{old} -> {new}")

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            self._between(left, right, operator)
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, node.op)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        strings = (ast.JoinedStr,)
        texts = any(
            isinstance(side, strings)
            or (isinstance(side, ast.Constant) and isinstance(side.value, str))
            for side in (node.left, node.right)
        )
        if not texts:
            self._between(node.left, node.right, node.op)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            start, _ = self._span(node)
            self._add(start, self._span(node.operand)[0], "", "not -> ")
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        # That nothing writes into what is frozen is the type checker's to see; slots save memory.
        if node.arg not in ("frozen", "slots"):
            self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        start, end = self._span(node)
        if isinstance(node.value, bool):
            self._add(start, end, str(not node.value), f"{node.value} -> {not node.value}")
        elif isinstance(node.value, int):
            self._add(start, end, str(node.value + 1), f"{node.value} -> {node.value + 1}")

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            start, end = self._span(node.func)
            new = _CALLS[node.func.id]
            self._add(start, end, new, f"{node.func.id} -> {new}")
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        # A comparison, a not, and an and/or are changed by what they hold.
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            start, end = self._span(test)
            text = f"not ({self.content[start:end].decode()})"
            self._add(start, end, text, "condition -> not condition")

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)


def mutants_of(file: str, root: Path) -> list[Mutant]:
    """Every mutant of one file below ``root``, in the order of its lines."""
    content = (root / file).read_bytes()
    finder = _Finder(file, content)
    finder.visit(ast.parse(content))
    return sorted(finder.mutants, key=lambda m: (m.start, m.change))


def _copy() -> Path:
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


def _warm() -> None:
    """Load what tests load, and nothing of reportgen."""
    import hypothesis  # noqa: F401
    import moto.server  # noqa: F401
    import pandas  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import yaml  # noqa: F401


def _run(folder: Path, tests: Sequence[str], limit: float, *, first: bool = False) -> str:
    """Run tests in a forked process: ``killed``, ``survived`` or ``timeout``.

    The ``first`` run of tests leaves them compiled for those that follow.
    """
    child = os.fork()
    if child == 0:
        _child(folder, tests, first)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _child(folder: Path, tests: Sequence[str], first: bool) -> None:
    os.setpgid(0, 0)
    os.chdir(folder)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.dont_write_bytecode = not first
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PYTHONPATH"] = str(folder)
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
        code = int(pytest.main([*options, *tests]))
    finally:
        os._exit(code)


def _judge(folder: Path, mutant: Mutant, tests: Sequence[str], limit: float) -> str:
    path = folder / mutant.file
    content = path.read_bytes()
    path.write_bytes(content[: mutant.start] + mutant.text.encode() + content[mutant.end :])
    try:
        return _run(folder, tests, limit)
    finally:
        path.write_bytes(content)


def _explained() -> dict[str, str]:
    if not EXPLAINED.exists():
        return {}
    lines = [line for line in EXPLAINED.read_text().splitlines() if line and line[0] != "#"]
    return {key.strip(): reason.strip() for key, _, reason in (x.rpartition(" | ") for x in lines)}


def _files(named: Sequence[str]) -> Iterator[str]:
    for pattern in named or TARGETS:
        for path in sorted(ROOT.glob(pattern)):
            if path.name != "__init__.py" or named:
                yield path.relative_to(ROOT).as_posix()


def main() -> int:
    parser = argparse.ArgumentParser(description="Do the tests notice a changed operator?")
    parser.add_argument("files", nargs="*", help="files or patterns; default: where limits are")
    parser.add_argument("--sample", type=int, default=0, help="at most so many mutants of a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    _warm()
    folders: SimpleQueue[Path] = SimpleQueue()
    copies = [_copy() for _ in range(options.jobs)]
    for folder in copies:
        folders.put(folder)
    explained = _explained()
    totals = {"mutants": 0, "killed": 0, "explained": 0}
    survivors: list[Mutant] = []
    # Lines of files that were looked at whole, and of which no survivor needed them.
    idle: list[str] = []
    print(f"{'file':44} {'mutants':>8} {'killed':>7} {'explained':>10} {'left':>5} {'%':>6}")
    try:
        for file in dict.fromkeys(_files(options.files)):
            # Of the copy: the tree that it was made of may be worked on meanwhile.
            mutants = mutants_of(file, copies[0])
            if options.sample and len(mutants) > options.sample:
                mutants = random.Random(f"{options.seed} {file}").sample(mutants, options.sample)
            tests = held_by(file)
            if not mutants:
                continue
            start = time.monotonic()
            if not tests or _run(copies[0], tests, 600, first=True) != "survived":
                print(f"{file:44} {len(mutants):8} no tests of its own that pass: {tests}")
                survivors += mutants
                totals["mutants"] += len(mutants)
                continue
            limit = 10 + 5 * (time.monotonic() - start)

            def judge(mutant: Mutant, tests: Sequence[str] = tests, limit: float = limit) -> str:
                folder = folders.get()
                try:
                    return _judge(folder, mutant, tests, limit)
                finally:
                    folders.put(folder)

            with ThreadPoolExecutor(options.jobs) as pool:
                ends = list(pool.map(judge, mutants))
            left = [m for m, end in zip(mutants, ends, strict=True) if end == "survived"]
            told = [m for m in left if m.key in explained]
            survivors += [m for m in left if m.key not in explained]
            if not options.sample:
                needed = {m.key for m in told}
                idle += [k for k in explained if k.startswith(f"{file} |") and k not in needed]
            killed = len(mutants) - len(left)
            totals["mutants"] += len(mutants)
            totals["killed"] += killed
            totals["explained"] += len(told)
            share = 100 * killed / len(mutants)
            rest = len(left) - len(told)
            print(f"{file:44} {len(mutants):8} {killed:7} {len(told):10} {rest:5} {share:6.1f}")
            sys.stdout.flush()
    finally:
        for folder in copies:
            shutil.rmtree(folder, ignore_errors=True)
    share = 100 * totals["killed"] / max(totals["mutants"], 1)
    rest = totals["mutants"] - totals["killed"] - totals["explained"]
    print(
        f"{'all':44} {totals['mutants']:8} {totals['killed']:7} {totals['explained']:10} "
        f"{rest:5} {share:6.1f}"
    )
    for mutant in survivors:
        print(f"{mutant.file}:{mutant.line}: {mutant.change}: {mutant.source}")
    for key in idle:
        print(f"{EXPLAINED.name} explains what is killed, or is not there any more: {key}")
    return 0 if not survivors and not idle else 1


if __name__ == "__main__":
    raise SystemExit(main())
