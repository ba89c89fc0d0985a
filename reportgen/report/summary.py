"""The whole of a report, and its form as JSON (docs/summary.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from reportgen.report.audit import (
    Applicability,
    AttestationRow,
    ControlSheet,
    ControlTotal,
    Event,
    EvidenceLine,
    Held,
    NotEvaluated,
    Proposal,
    RegisterNote,
    Reminder,
    ResponseRow,
    SeverityRow,
    WaiverRow,
)
from reportgen.report.findings import FindingPage, FindingRow, Movement, TimeToFix
from reportgen.report.frameworks import CrosswalkRow, Scorecard
from reportgen.report.people import AccessLists, MonthlyReview, RoleUsage
from reportgen.report.position import (
    AccountPosition,
    ControlResult,
    Family,
    FindingCounts,
    Header,
    LikeForLike,
    MeasureChange,
    Owner,
    Quarter,
    TrendMonth,
)
from reportgen.report.reviews import ReviewHeld
from reportgen.report.words import Rating

# The first number changes with the meaning of what is there, the second with what is added.
SCHEMA_VERSION = "2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A list of summary.json that has its first ``shown`` entries of ``total``.

    ``list`` is a JSON Pointer (RFC 6901) to it; ``file`` of the folder of CSV files has them all.
    """

    list: str
    shown: int
    total: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Every number, name and sentence part that a report shows.

    ``frameworks`` are those that are shown; ``other_frameworks`` the rest of the catalogue's.
    ``reviews`` are those opened, open or closed in the period, as they stood at its end.
    ``cuts`` names each list that is not whole (``report/bounds.py``); every number is of the whole.
    """

    schema_version: str
    report: Header
    rating: Rating
    rating_previous: Rating | None
    score: MeasureChange
    coverage: MeasureChange
    target_score: float
    findings: FindingCounts
    movement: Movement
    time_to_fix: tuple[TimeToFix, ...]
    like_for_like: LikeForLike | None
    trend: tuple[TrendMonth, ...]
    quarters: tuple[Quarter, ...]
    held: Held
    accounts: tuple[AccountPosition, ...]
    owners: tuple[Owner, ...]
    families: tuple[Family, ...]
    controls: tuple[ControlResult, ...]
    frameworks: tuple[Scorecard, ...]
    other_frameworks: tuple[Scorecard, ...]
    crosswalk: tuple[CrosswalkRow, ...]
    applicability: tuple[Applicability, ...]
    sheets: tuple[ControlSheet, ...]
    finding_pages: tuple[FindingPage, ...]
    register: tuple[FindingRow, ...]
    waivers: tuple[WaiverRow, ...]
    severities: tuple[SeverityRow, ...]
    attestations: tuple[AttestationRow, ...]
    responses: tuple[ResponseRow, ...]
    reminders: tuple[Reminder, ...]
    register_notes: tuple[RegisterNote, ...]
    access: AccessLists
    role_usage: RoleUsage
    monthly_review: MonthlyReview
    proposals: tuple[Proposal, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    events: tuple[Event, ...]
    evidence: tuple[EvidenceLine, ...]
    control_totals: tuple[ControlTotal, ...]
    cuts: tuple[Cut, ...] = ()
    reviews: tuple[ReviewHeld, ...] = ()


@cache
def _form() -> TypeAdapter[Summary]:
    return TypeAdapter(Summary)


def to_json(summary: Summary) -> dict[str, Any]:
    """Return the data of summary.json."""
    # In Python's own types, so that text which is no Unicode passes as it came.
    data: dict[str, Any] = _form().dump_python(summary, by_alias=True)
    return data


def from_json(data: Mapping[str, Any]) -> Summary:
    """Read back what ``to_json`` wrote. Raises pydantic's ValidationError for anything else."""
    return _form().validate_python(data)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of summary.json."""
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "summary.json of reportgen",
        "version": SCHEMA_VERSION,
    }
    return {**_form().json_schema(by_alias=True, mode="serialization"), **about}
