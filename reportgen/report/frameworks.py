"""What the tests say of frameworks, requirement by requirement.

Scores, coverage and shares are percent, 0 to 100 with one decimal; None where nothing applies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from reportgen.report.counts import VerdictCounts
from reportgen.report.words import State


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """How many requirements are in each state."""

    effective: int
    partly_effective: Annotated[int, Field(alias="partly effective")]
    not_effective: Annotated[int, Field(alias="not effective")]
    not_tested: Annotated[int, Field(alias="not tested")]
    out_of_reach: Annotated[int, Field(alias="out of reach")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The score of a framework or a level, and how many of its requirements could be tested."""

    score: float | None
    requirements_total: int
    requirements_reached: int
    requirements_tested: int
    coverage: float | None
    states: States


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturityLevel(Measures):
    """A maturity level of a framework."""

    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementResult(VerdictCounts):
    """One requirement: ``tests`` counts controls in accounts, the verdicts count resources.

    ``why`` says what keeps evidence from showing the whole of it, ``conclusion`` what can be said
    by the framework's ``rule``, ``change`` what later text of the framework does to it.
    ``loosened`` names controls of which the organisation's own number is looser than the one that
    this is judged by.
    """

    id: str
    group: str
    text: str
    levels: tuple[str, ...]
    confidence: str
    change: str
    reach: str
    note: str
    why: str
    controls: tuple[str, ...]
    loosened: tuple[str, ...]
    state: State
    conclusion: str
    tests: int
    passed_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRequirement:
    """A requirement that is listed and not shown; ``text`` is its heading in the framework."""

    id: str
    group: str
    text: str
    levels: tuple[str, ...]
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosswalkRow(VerdictCounts):
    """One control under one of its thresholds (``limit``, "45 days").

    ``own`` is the threshold of this catalogue; ``asked_by`` names requirements. Verdicts count
    resources.
    """

    control_id: str
    title: str
    limit: str
    own: bool
    asked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard(Measures):
    """One framework with its levels and every requirement that a report shows.

    ``counted`` is how many requirements are not shown, being about other things; those of them that
    are listed stand in ``counted_requirements``. ``basis`` says what a result can mean
    (``catalogue.model.Framework``), ``rule`` how a requirement is concluded on.
    """

    id: str
    title: str
    short: str
    version: str
    publisher: str
    scope: str
    caveat: str
    basis: str
    rule: str
    attribution: str
    unit: str
    counted: int
    levels: tuple[MaturityLevel, ...]
    requirements: tuple[RequirementResult, ...]
    counted_requirements: tuple[CountedRequirement, ...]
