"""What two patterns share, and examples of patterns."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.policy.glob import matches, matches_arn, overlap, overlap_arn
from reportgen.policy.shapes import UNLISTED, common, example, shared, templates

PATTERN = st.text(alphabet="ab*?", max_size=7)
FIELDS = st.lists(st.text(alphabet="ab*", max_size=3), min_size=6, max_size=6).map(":".join)


@settings(max_examples=400)
@given(PATTERN, PATTERN)
def test_what_is_shared_is_matched_by_both(one: str, other: str) -> None:
    both = shared(one, other)
    assert (both is not None) == overlap(one, other)
    if both is not None:
        text = both.replace("*", "zz").replace("?", "z")
        assert matches(one, text)
        assert matches(other, text)


@settings(max_examples=400)
@given(FIELDS, FIELDS)
def test_arns_share_field_by_field(one: str, other: str) -> None:
    both = common(one, other)
    assert (both is not None) == overlap_arn(one, other)
    if both is not None:
        arn = both.replace("*", "zz")
        assert matches_arn(one, arn)
        assert matches_arn(other, arn)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a*", "*b", "a*b"),
        ("a*b", "*c*", "a*c*b"),
        ("*", "x?", "x?"),
        ("a*", "b*", None),
        ("role/app-*", "role/app-one", "role/app-one"),
    ],
)
def test_shared(one: str, other: str, expected: str | None) -> None:
    assert shared(one, other) == expected


def test_hostile_patterns_take_no_time() -> None:
    start = time.process_time()
    assert shared("*a" * 150 + "*", "*b" * 150 + "*") is not None
    assert shared("*a" * 3000, "*b" * 3000 + "a") is not None
    assert time.process_time() - start < 3


def test_an_example_is_what_nobody_has_in_mind() -> None:
    arn = example("arn:aws:iam::*:role/app/*", "210987654321")
    assert arn == f"arn:aws:iam::210987654321:role/app/{UNLISTED}"
    assert example("*") == "*"
    assert example("a?c") == "azc"
    assert example("arn:aws:iam::1:user/u") == "arn:aws:iam::1:user/u"


def test_templates() -> None:
    assert templates("iam:PutUserPolicy", "aws", "1") == (("arn:aws:iam::1:user/*",), ())
    assert templates("sts:GetCallerIdentity", "aws", "1") == (("*",), ())
    assert templates("nosuch:Action", "aws", "1") == ((), ("arn:aws:nosuch:*:*:*", "*"))
