"""Checks from the organisation's folder: what is found, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.assess.own import own_check
from reportgen.assess.parameters import declared
from reportgen.errors import ConfigError

GOOD = """\
from reportgen.assess.parameters import MaximumDays


def young(facts, *, maximum_days: MaximumDays):
    return iter(())


def bad(facts):
    yield 5


def broken(facts):
    yield 1 // 0


def loose(facts, *, days):
    return iter(())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(GOOD)
    return tmp_path


def test_a_function_is_found_with_its_parameters(folder: Path) -> None:
    check = own_check(folder, "mine.young")
    assert check is not None
    assert declared(check)["maximum_days"].maximum == 3650  # type: ignore[union-attr]
    assert list(check(None, maximum_days=3)) == []


def test_what_is_not_there_is_left_to_ours(folder: Path) -> None:
    assert own_check(folder, "keys.rotated") is None
    assert own_check(None, "mine.young") is None


@pytest.mark.parametrize(("name", "said"), [
    ("mine.old", "has no function old"),
    ("mine.loose", "mine.py:16: loose: days has no declared kind"),
])  # fmt: skip
def test_a_check_that_does_not_fit_is_refused(folder: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        own_check(folder, name)


@pytest.mark.parametrize(("name", "said"), [
    ("mine.bad", "mine.py:.*gave 5, no Judgement"),
    ("mine.broken", "mine.py:13: broken failed: ZeroDivisionError"),
])  # fmt: skip
def test_a_check_that_fails_names_its_line(folder: Path, name: str, said: str) -> None:
    check = own_check(folder, name)
    assert check is not None
    with pytest.raises(ConfigError, match=said):
        list(check(None))


@pytest.mark.parametrize(("text", "said"), [
    ("def f(:\n", "syntax.py:1: cannot be loaded: SyntaxError"),
    ("\nimport nowhere_at_all\n", "syntax.py:2: cannot be loaded: ModuleNotFoundError"),
])  # fmt: skip
def test_a_file_that_cannot_be_loaded(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "syntax.py").write_text(text)
    with pytest.raises(ConfigError, match=said):
        own_check(tmp_path, "syntax.f")


def test_no_file_stands_in_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "keys.py").write_text(GOOD)
    with pytest.raises(ConfigError, match="has checks of that name"):
        own_check(tmp_path, "keys.rotated")
