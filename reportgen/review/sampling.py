"""How large a sample must be, and which rows it has: drawn so that neither side can steer it.

Sizes are exact, without approximation: hypergeometric for a population that is known whole,
binomial for one that goes on. Rows are those with the smallest SHA-256 of seed and row id, where
the seed is the SHA-256 of the population's root and the auditor's nonce: who keeps the evidence
cannot choose the nonce, and who chooses the nonce cannot change the sealed population. A larger
sample of the same population and nonce begins with the smaller one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from hashlib import sha256
from math import ceil, comb

from reportgen.errors import UsageError


@dataclass(frozen=True)
class Basis:
    """Why a sample has its size.

    ``confidence`` and ``tolerable`` are percentages as they were asked, empty where the size was
    asked outright; ``deviations`` is the most that the sample may show.
    """

    size: int
    method: str
    confidence: str = ""
    tolerable: str = ""
    deviations: int = 0

    def sentence(self, rows: int) -> str:
        """What the sample shows, as a sentence for the working paper."""
        if self.method == "asked":
            return f"{self.size} of {rows} rows, the number that was asked for."
        least = "none deviates" if not self.deviations else f"at most {self.deviations} deviate"
        return (
            f"{self.size} of {rows} rows: if {least}, fewer than {self.tolerable} % of the "
            f"population deviate, with {self.confidence} % confidence ({self.method})."
        )


def percent(text: str, name: str) -> Fraction:
    """A percentage between 0 and 100, both excluded, as a share. Raises UsageError."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 < number < 100:
        raise UsageError(
            f"{name} {text!r} is not a percentage.", "Write a number between 0 and 100, such as 95."
        )
    return Fraction(number) / 100


def hypergeometric_size(
    rows: int, confidence: Fraction, tolerable: Fraction, deviations: int = 0
) -> int | None:
    """The least sample of ``rows`` that bears ``deviations`` at a confidence; None if none does.

    Were the tolerable share of the population to deviate, so few in the sample would be seen with
    a chance of at most 1 - confidence. That share is rounded up to whole rows.
    """
    bad = ceil(tolerable * rows)

    def bears(size: int) -> bool:
        ways = sum(
            comb(bad, seen) * comb(rows - bad, size - seen)
            for seen in range(min(deviations, size) + 1)
        )
        risk = 1 - confidence
        return ways * risk.denominator <= comb(rows, size) * risk.numerator

    return _least(bears, rows)


def binomial_size(confidence: Fraction, tolerable: Fraction, deviations: int = 0) -> int | None:
    """The same of a population without end. None where it were more than 65,536 rows."""
    part: int = tolerable.numerator
    whole: int = tolerable.denominator
    risk = 1 - confidence

    def bears(size: int) -> bool:
        ways = sum(
            comb(size, seen) * part**seen * (whole - part) ** (size - seen)
            for seen in range(min(deviations, size) + 1)
        )
        return bool(ways * risk.denominator <= whole**size * risk.numerator)

    # Sizes are tried upwards in doubling steps, since the powers are as long as the sample.
    limit = 1
    while limit <= 2**16:
        if (found := _least(bears, limit)) is not None:
            return found
        limit *= 2
    return None


def _least(bears: Callable[[int], bool], most: int) -> int | None:
    """The least size from 1 to ``most`` that bears; a larger sample never bears less."""
    if most < 1 or not bears(most):
        return None
    # Upwards in doubling steps first: the numbers are as long as the sample, not the population.
    high = 1
    while not bears(high):
        high *= 2
    low, high = high // 2, min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bears(middle) else (middle, high)
    return high


def basis_for(
    rows: int, confidence: str, tolerable: str, deviations: int = 0, method: str = "hypergeometric"
) -> Basis:
    """The size for a confidence and a tolerable rate. Raises UsageError where there is none."""
    sure, rate = percent(confidence, "--confidence"), percent(tolerable, "--tolerable")
    if method == "binomial":
        size = binomial_size(sure, rate, deviations)
        size = None if size is None or size > rows else size
    else:
        size = hypergeometric_size(rows, sure, rate, deviations)
    if size is None:
        raise UsageError(
            f"No sample of {rows} rows shows that with {deviations} deviations.",
            "Test every row, or allow fewer deviations.",
        )
    return Basis(size, method, confidence, tolerable, deviations)


def seed_of(root: str, nonce: str) -> bytes:
    """SHA-256 of the population's root (32 bytes) and the nonce (UTF-8)."""
    return sha256(bytes.fromhex(root) + nonce.encode("utf-8", "surrogatepass")).digest()


def score(seed: bytes, row_id: str) -> str:
    """SHA-256 of the seed and a row's id (UTF-8), hexadecimal."""
    return sha256(seed + row_id.encode("utf-8", "surrogatepass")).hexdigest()


def draw(ids: Sequence[str], root: str, nonce: str, size: int) -> list[tuple[str, int]]:
    """(score, place in ``ids``) of the rows of a sample, in the order in which they are drawn."""
    seed = seed_of(root, nonce)
    scored = sorted((score(seed, row_id), place) for place, row_id in enumerate(ids))
    return scored[:size]
