"""Every example of every control holds, and no control lacks one."""

from __future__ import annotations

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.examples.complete import lacking
from reportgen.examples.run import run_examples

CATALOGUE = load_catalogue()


@pytest.mark.parametrize("control", CATALOGUE.controls)
def test_examples_hold(control: str) -> None:
    assert list(run_examples(CATALOGUE, CATALOGUE.controls[control])) == []


@pytest.mark.parametrize("control", CATALOGUE.controls)
def test_no_example_is_lacking(control: str) -> None:
    assert list(lacking(CATALOGUE, CATALOGUE.controls[control])) == []
