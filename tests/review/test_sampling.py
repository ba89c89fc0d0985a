"""Sizes by counting every sample there is; draws as the rule states them."""

from __future__ import annotations

import math
from fractions import Fraction
from hashlib import sha256
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import UsageError
from reportgen.review.merkle import Tree
from reportgen.review.sampling import (
    Basis,
    basis_for,
    binomial_size,
    draw,
    hypergeometric_size,
    percent,
    seed_of,
)

SURE, RATE = Fraction(95, 100), Fraction(5, 100)


@pytest.mark.parametrize(("rows", "deviations", "size"), [
    # The exact hypergeometric sizes at 95 % and 5 %: eight of 150 rows are tolerable.
    (150, 0, 46), (4000, 0, 58), (1, 0, 1), (20, 0, 19),
])  # fmt: skip
def test_known_sizes(rows: int, deviations: int, size: int) -> None:
    assert hypergeometric_size(rows, SURE, RATE, deviations) == size


def test_known_sizes_without_end() -> None:
    assert [binomial_size(SURE, RATE, d) for d in (0, 1)] == [59, 93]
    # 0.95^58 = 5.1 %, 0.95^59 = 4.85 %.
    assert 0.95**58 > 0.05 >= 0.95**59


def test_a_rate_too_small_for_a_sample_has_no_size() -> None:
    assert binomial_size(SURE, Fraction(1, 10**9)) is None
    assert hypergeometric_size(10, SURE, RATE, 5) is None


def test_the_largest_sample_of_a_population_without_end() -> None:
    """Were half tolerable, n rows without a deviation are as sure as 1 - 2^-n."""
    half = Fraction(1, 2)
    assert binomial_size(1 - half**65_536, half) == 65_536
    assert binomial_size(1 - half**65_537, half) is None


@pytest.mark.parametrize("rows", range(1, 9))
@pytest.mark.parametrize("deviations", [0, 1, 2])
@pytest.mark.parametrize("tolerable", [Fraction(1, 10), Fraction(1, 3), Fraction(1, 2)])
@pytest.mark.parametrize("sure", [SURE, Fraction(3, 5), Fraction(2, 7)])
def test_by_counting_every_sample(
    rows: int, deviations: int, tolerable: Fraction, sure: Fraction
) -> None:
    bad = math.ceil(tolerable * rows)
    fit = None
    for size in range(1, rows + 1):
        samples = list(combinations(range(rows), size))
        few = sum(sum(i < bad for i in s) <= deviations for s in samples)
        if Fraction(few, len(samples)) <= 1 - sure:
            fit = size
            break
    assert hypergeometric_size(rows, sure, tolerable, deviations) == fit


@pytest.mark.parametrize("sure", [SURE, Fraction(3, 5), Fraction(2, 7)])
@pytest.mark.parametrize("deviations", [0, 1, 2])
@pytest.mark.parametrize("tolerable", [Fraction(1, 10), Fraction(1, 3), Fraction(24, 25)])
def test_without_end_by_adding_up(sure: Fraction, deviations: int, tolerable: Fraction) -> None:
    """The chance of so few deviations in so many draws, term by term."""

    def chance(size: int) -> Fraction:
        return sum(
            (
                math.comb(size, k) * tolerable**k * (1 - tolerable) ** (size - k)
                for k in range(min(deviations, size) + 1)
            ),
            Fraction(0),
        )

    fit = next(size for size in range(1, 100) if chance(size) <= 1 - sure)
    assert binomial_size(sure, tolerable, deviations) == fit


def test_one_row_can_be_enough() -> None:
    """Of thirty rows 29 may deviate: one that does not has a chance of one in thirty."""
    assert hypergeometric_size(30, SURE, Fraction(29, 30)) == 1
    assert binomial_size(SURE, SURE) == 1


def test_a_population_without_end_needs_more() -> None:
    assert hypergeometric_size(10**6, SURE, RATE) == 59
    assert (hypergeometric_size(500, SURE, RATE) or 0) < 59


@pytest.mark.parametrize("text", ["0", "100", "-5", "nan", "inf", "ninety", "", "1e3"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a percentage"):
        percent(text, "--confidence")


def test_percentages_are_exact() -> None:
    assert percent("99.9", "--confidence") == Fraction(999, 1000)
    assert percent("1", "--tolerable") == Fraction(1, 100)
    assert percent("0.5", "--tolerable") == Fraction(1, 200)


def test_a_binomial_sample_larger_than_the_population_is_refused() -> None:
    assert basis_for(59, "95", "5", method="binomial").size == 59
    with pytest.raises(UsageError, match="No sample of 58 rows"):
        basis_for(58, "95", "5", method="binomial")


def test_a_number_that_was_asked_for_shows_nothing() -> None:
    asked = Basis(5, "asked")
    assert (asked.confidence, asked.tolerable, asked.deviations) == ("", "", 0)
    assert asked.sentence(9) == "5 of 9 rows, the number that was asked for."


def test_a_sentence_for_the_working_paper() -> None:
    assert basis_for(150, "95", "5").sentence(150) == (
        "46 of 150 rows: if none deviates, fewer than 5 % of the population deviate, with 95 % "
        "confidence (hypergeometric)."
    )
    assert "if at most 1 deviate" in basis_for(150, "95", "5", 1).sentence(150)


def ids(n: int) -> list[str]:
    return [f"row-{i}" for i in range(n)]


def test_a_draw_is_the_rule() -> None:
    root = Tree([i.encode() for i in ids(200)]).root
    seed = sha256(bytes.fromhex(root) + b"coffee").digest()
    assert seed_of(root, "coffee") == seed
    smallest = sorted(sha256(seed + i.encode()).hexdigest() for i in ids(200))[:25]
    assert [score for score, _ in draw(ids(200), root, "coffee", 25)] == smallest


@given(st.integers(0, 60), st.integers(0, 60), st.text(max_size=5))
def test_growing_keeps_the_first_part(small: int, more: int, nonce: str) -> None:
    root = Tree([]).root
    first = draw(ids(50), root, nonce, small)
    assert draw(ids(50), root, nonce, small + more)[: len(first)] == first
    assert len(first) == min(small, 50)


def test_another_nonce_or_population_is_another_sample() -> None:
    one, other = Tree([b"a"]).root, Tree([b"b"]).root
    draws = {tuple(draw(ids(500), r, n, 10)) for r in (one, other) for n in ("x", "y")}
    assert len(draws) == 4
