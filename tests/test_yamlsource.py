"""YAML with lines: how deep it may go, and one text in two files."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import ConfigError
from reportgen.yamlsource import load

DEEPEST = 50


def nested(levels: int) -> str:
    """A scalar under ``levels`` keys, a line each."""
    return "".join(f"{' ' * n}a:\n" for n in range(levels - 1)) + f"{' ' * (levels - 1)}a: 1\n"


@pytest.mark.parametrize("levels", [DEEPEST - 1, DEEPEST])
def test_as_deep_as_may_be(levels: int, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(nested(levels))
    assert load(tmp_path / "a.yaml").line(("a",) * levels) == levels


def test_deeper_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(nested(DEEPEST + 1))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.message == f"{path}:{DEEPEST + 1}: nested deeper than 50 levels."


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "a: [1\n", "a: \x01\n"])
def test_each_file_of_one_faulty_text_is_named(text: str, tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml", "one.yaml"):
        (tmp_path / name).write_text(text)
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / name)
        assert str(tmp_path / name) in caught.value.message


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for value in (1, 2, 1):
        path.write_text(f"a: {value}\n")
        source = load(path)
        assert (source.path, source.data) == (path, {"a": value})
