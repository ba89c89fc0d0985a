"""tests/ mirrors reportgen/: the tests of a file are found by its name, or told in mirror.py."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mirror import ALSO, OF_THE_WHOLE, PACKAGE, ROOT, held_by

TESTS = ROOT / "tests"
# Fewer hold no rule of their own: constants, a type, a line that hands on.
MOST_WITHOUT = 8
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name not in ("__init__.py", "__main__.py"))


def statements(path: Path) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(path.read_text())))


def lines(paths: list[Path]) -> int:
    """Lines with something in them."""
    return sum(bool(line.strip()) for path in paths for line in path.read_text().splitlines())


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_file_has_tests(path: Path) -> None:
    own = held_by(path.relative_to(ROOT).as_posix())
    assert own or statements(path) <= MOST_WITHOUT, "write tests of its name, or tell ALSO which"


def test_a_test_has_its_file() -> None:
    """A test lies in the room of the file that it is named after, unless it is of the whole."""
    for path in TESTS.rglob("test_*.py"):
        inside = path.relative_to(TESTS)
        stems = {p.stem for p in (PACKAGE / inside.parent).glob("*.py")}
        stems |= {p.name for p in (PACKAGE / inside.parent).iterdir() if p.is_dir()}
        name = path.stem.removeprefix("test_")
        named = any(name == stem or name.startswith(f"{stem}_") for stem in stems)
        assert named or inside.as_posix() in OF_THE_WHOLE, f"{inside} is of no file of its room"


def test_the_tables_name_what_is_there() -> None:
    for name in ALSO:
        assert (PACKAGE / name).exists(), name
    for name in [*OF_THE_WHOLE, *(test for tests in ALSO.values() for test in tests)]:
        assert (TESTS / name).exists(), name


def test_lines_of_tests_for_each_line_of_source() -> None:
    source = lines(list(PACKAGE.rglob("*.py")))
    assert lines(list(TESTS.rglob("*.py"))) >= 0.6 * source
