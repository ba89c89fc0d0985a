"""Verdicts counted, as several parts of a report have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCounts:
    """How many resources have each verdict; those to which a control does not apply aside."""

    passed: Annotated[int, Field(alias="pass")]
    fail: int
    not_evaluated: int
