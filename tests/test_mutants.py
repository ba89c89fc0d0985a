"""The changes that bench/mutants.py tries, and in which order tests are asked to notice them."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.mutants import TARGETS, explanations, nearest
from bench.mutations import Mutant, mutants_of
from bench.trials import Order
from tests.mirror import ROOT

SOURCE = '''
LIMIT = 45
def f(a, b=1):
    """Not < this."""
    if a < b and not b:
        return min(a + 2, b)
    return "x" + a if a in b else None
'''


def changes(folder: Path, source: str) -> dict[str, bytes]:
    (folder / "f.py").write_text(source)
    content = source.encode()
    return {f"{m.line}: {m.change}": m.of(content) for m in mutants_of("f.py", folder)}


def test_each_operator_number_and_condition_is_changed_once(tmp_path: Path) -> None:
    found = changes(tmp_path, SOURCE)
    assert set(found) == {
        "2: 45 -> 46",
        "3: 1 -> 2",
        "5: < -> <=",
        "5: and -> or",
        "5: not -> ",
        "6: min -> max",
        "6: + -> -",
        "6: 2 -> 3",
        "7: in -> not in",
    }
    for content in found.values():
        assert content != SOURCE.encode()
        ast.parse(content)
    assert b"if a <= b and not b:" in found["5: < -> <="]


def test_what_a_function_does_is_told_from_what_its_module_does(tmp_path: Path) -> None:
    """Code within a function can be replaced while it is loaded; a default cannot."""
    (tmp_path / "f.py").write_text(SOURCE)
    inside = {m.line: m.inside for m in mutants_of("f.py", tmp_path)}
    assert inside == {2: False, 3: False, 5: True, 6: True, 7: True}


@pytest.mark.parametrize("source", ["from x import y\n", "if TYPE_CHECKING:\n    import y\n"])
def test_what_only_a_reader_sees_is_not_changed(tmp_path: Path, source: str) -> None:
    assert changes(tmp_path, source) == {}


def order(*lines: str, most: float = 10.0, folder: Path) -> list[str]:
    told = folder / "told"
    told.write_text("\n".join(lines))
    found = Order(most)
    found.learn(told)
    names = ("slow.py::a", "slow.py::b", "quick.py::c", "quick.py::d")
    items: Any = [SimpleNamespace(nodeid=name) for name in names]
    found.sort(items)
    return [item.nodeid for item in items]


def test_what_failed_lately_is_asked_first_and_quick_files_before_slow(tmp_path: Path) -> None:
    told = ["5\tpassed\tcall\tslow.py::a", "1\tpassed\tcall\tquick.py::c"]
    rest = ["quick.py::c", "quick.py::d", "slow.py::a", "slow.py::b"]
    assert order(*told, folder=tmp_path) == rest
    failed = "5\tfailed\tcall\tslow.py::b"
    assert order(*told, failed, folder=tmp_path) == ["slow.py::b", *rest[:3]]


@pytest.mark.parametrize(("seconds", "left"), [("10", 4), ("10.1", 3)])
def test_what_takes_longer_than_the_most_is_left_out(
    tmp_path: Path, seconds: str, left: int
) -> None:
    assert len(order(f"{seconds}\tpassed\tcall\tslow.py::a", folder=tmp_path)) == left
    # What it was given took long: that is shared with others.
    assert len(order(f"{seconds}\tpassed\tsetup\tslow.py::a", folder=tmp_path)) == 4


@pytest.mark.parametrize(
    ("own", "named", "left"),
    [
        (False, False, ["a/test_f.py", "a/test_g.py", "b/test_f_more.py"]),
        (True, False, ["a/test_f.py", "a/test_g.py"]),
        (False, True, ["a/test_f.py", "b/test_f_more.py"]),
        (True, True, ["a/test_f.py"]),
    ],
)
def test_a_quick_look_asks_the_nearest_tests_alone(own: bool, named: bool, left: list[str]) -> None:
    tests = [f"tests/{test}" for test in ("a/test_f.py", "a/test_g.py", "b/test_f_more.py")]
    found = nearest("reportgen/a/f.py", tests, own=own, named=named)
    assert found == [f"tests/{test}" for test in left]
    # Where there are none, it asks those that there are.
    assert nearest("reportgen/c/h.py", tests, own=True, named=True) == tests


def test_every_target_is_there() -> None:
    for pattern in TARGETS:
        assert list(ROOT.glob(pattern)), pattern


def test_what_is_explained_is_a_change_that_there_is() -> None:
    """A line of the source that was rewritten takes its explanation along, or loses it."""
    told = explanations()
    there = {m.key for file in {key.partition(" | ")[0] for key in told} for m in of_file(file)}
    assert set(told) - there == set()
    assert all(told.values())


def of_file(file: str) -> list[Mutant]:
    return mutants_of(file, ROOT) if (ROOT / file).exists() else []
