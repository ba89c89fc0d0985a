"""The form of rows: each kind of value at its place, and where the first fault is."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.sources import own_sources
from reportgen.sources.rows import LOOKED_AT, Each, Form, Maybe, Null, misshapen

ROW: Form = {"Arn": str, "On": bool, "Days": Maybe(int), "Tags": Maybe([{"Key": str}])}
GOOD = {"Arn": "a", "On": False}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({}, dict),
        (GOOD, ROW),
        ({**GOOD, "Days": 0, "Tags": []}, ROW),
        ({**GOOD, "Tags": [{"Key": ""}, {"Key": "b", "Value": None}]}, ROW),
        ({**GOOD, "Other": None}, ROW),
        (None, Null(str)),
        ("a", Null(str)),
        ({"a": 1, "b": 2}, Each(int)),
        ({}, Each(int)),
        ([], [str]),
        (None, LOOKED_AT),
        ({"Fingerprint": "f", "Kind": "k", "Line": 3}, LOOKED_AT),
    ],
)
def test_what_fits(value: Any, form: Form) -> None:
    assert misshapen(value, form) == ""


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        ([], dict, "is not an object"),
        ({"On": True}, ROW, "Arn is missing"),
        ({"Arn": None, "On": True}, ROW, "Arn is not a text"),
        ({"Arn": 7, "On": True}, ROW, "Arn is not a text"),
        ({"Arn": "a", "On": 1}, ROW, "On is not true or false"),
        ({**GOOD, "Days": None}, ROW, "Days is not a whole number"),
        ({**GOOD, "Days": True}, ROW, "Days is not a whole number"),
        ({**GOOD, "Days": 1.0}, ROW, "Days is not a whole number"),
        ({**GOOD, "Tags": None}, ROW, "Tags is not a list"),
        ({**GOOD, "Tags": {}}, ROW, "Tags is not a list"),
        ({**GOOD, "Tags": [{"Key": "a"}, "b"]}, ROW, "Tags.1 is not an object"),
        ({**GOOD, "Tags": [{}]}, ROW, "Tags.0.Key is missing"),
        ([GOOD, {**GOOD, "Arn": []}], [ROW], "1.Arn is not a text"),
        ({"a": 1, "b": "2"}, Each(int), "b is not a whole number"),
        ([], Each(int), "is not an object"),
        (7, Null(str), "is not a text"),
        ({"Kind": "k"}, LOOKED_AT, "Fingerprint is missing"),
    ],
)
def test_the_first_fault_is_told_with_its_place(value: Any, form: Form, said: str) -> None:
    assert misshapen(value, form) == said


@pytest.mark.parametrize("source", own_sources().values(), ids=lambda s: s.name)
def test_the_rows_of_a_source_are_among_the_keys_of_its_answer(source: Any) -> None:
    """One of the keys tells the answer from another's; the rows stand below them."""
    if isinstance(source.rows, dict):
        assert set(source.rows) & set(source.keys)
