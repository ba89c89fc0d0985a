"""Parameters of checks: every value that does not fit is refused with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.parameters import Kind, Number, Stricter, Switch, Word, Words, declared
from reportgen.assess.run import find_check
from reportgen.catalogue import load_catalogue
from reportgen.errors import ConfigError
from tests.catalogue.faulty import altered

CATALOGUE = load_catalogue()
DAYS = Number("days", 1, 90, Stricter.LOWER)


@pytest.mark.parametrize("value", [1, 2, 89, 90])
def test_numbers_within_their_range(value: int) -> None:
    assert DAYS.fault(value) == ""


@pytest.mark.parametrize("value", [0, 91, -1, True, False, "90", "ninety", 45.0, None, [45]])
def test_numbers_outside_their_range_or_type(value: Any) -> None:
    assert DAYS.fault(value) == "is not a whole number of days from 1 to 90"


@pytest.mark.parametrize(
    ("kind", "fine", "wrong"),
    [
        (Words(), [["a"], ["a", "b"]], ["a", [], [""], [" "], [1], None, [True], {}]),
        (Word(), ["a"], ["", " ", 1, None, ["a"], True]),
        (Switch(), [True, False], [0, 1, "true", None]),
    ],
)
def test_texts_and_switches(kind: Kind, fine: list[Any], wrong: list[Any]) -> None:
    assert [kind.fault(value) for value in fine] == [""] * len(fine)
    assert all(kind.fault(value) for value in wrong)


def test_every_parameter_of_the_catalogue_is_declared() -> None:
    for control in CATALOGUE.controls.values():
        kinds = declared(find_check(CATALOGUE, control))
        assert set(kinds) == set(control.parameters)


def test_a_parameter_without_a_kind_is_a_fault_of_the_check() -> None:
    def check(facts: object, *, days: int) -> None:
        """A check whose author forgot to say what it takes."""

    with pytest.raises(TypeError, match="days has no declared kind"):
        declared(check)


def refused(folder: Path, control: str) -> str:
    catalogue = load_catalogue(folder)
    with pytest.raises(ConfigError) as caught:
        find_check(catalogue, catalogue.controls[control])
    return caught.value.message


@pytest.mark.parametrize(
    "value",
    ["true", "-1", "0", "3651", '"365"', "ninety", "1.5", "[90]", ".nan", ".inf", "1e9", "null"],
)
def test_a_control_with_a_wrong_value_names_its_line(value: str, tmp_path: Path) -> None:
    control = altered(
        tmp_path, "catalogue/KEY-03.yaml", "maximum_days: 90", f"maximum_days: {value}"
    )
    said = refused(control.folder, "KEY-03")
    assert said.startswith(f"{control.path}:{control.line}: maximum_days: ")
    assert "is not a whole number of days from 1 to 3,650" in said


@pytest.mark.parametrize("value", ["1", "3650"])
def test_a_control_at_the_ends_of_the_range_is_taken(value: str, tmp_path: Path) -> None:
    control = altered(
        tmp_path, "catalogue/KEY-03.yaml", "maximum_days: 90", f"maximum_days: {value}"
    )
    catalogue = load_catalogue(control.folder)
    assert find_check(catalogue, catalogue.controls["KEY-03"]).__name__ == "rotated"


@pytest.mark.parametrize("value", ["fourteen", "true", "-1", "129", '"14"'])
def test_a_framework_with_a_wrong_threshold_names_its_line(value: str, tmp_path: Path) -> None:
    framework = altered(
        tmp_path, "frameworks/cis-aws-v7.yaml", "minimum_length: 14", f"minimum_length: {value}"
    )
    said = refused(framework.folder, "E8-08")
    assert said.startswith(f"{framework.path}:{framework.line}: 2.8, E8-08: minimum_length: ")
    assert "is not a whole number of characters from 0 to 128" in said
