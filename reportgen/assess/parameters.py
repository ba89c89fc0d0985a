"""What a check may be told: type, unit, range, and the direction in which stricter lies.

A check declares its parameters by annotating its keyword-only arguments with the types below; the
catalogue and the frameworks' own thresholds are refused where a value does not fit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_type_hints

# Given by the runner, not by the catalogue.
_GIVEN = {"control"}


class Stricter(StrEnum):
    """Which of two numbers asks for more."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True)
class Number:
    """A whole number from ``minimum`` to ``maximum``, both allowed."""

    unit: str
    minimum: int
    maximum: int
    stricter: Stricter

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty where it fits. ``true`` is no number here."""
        right = f"a whole number of {self.unit} from {self.minimum:,} to {self.maximum:,}"
        if isinstance(value, bool) or not isinstance(value, int):
            return f"is not {right}"
        return "" if self.minimum <= value <= self.maximum else f"is not {right}"


@dataclass(frozen=True)
class Words:
    """A list of texts, none of them empty, at least one."""

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty where it fits."""
        if not isinstance(value, list) or not value:
            return "is not a list of texts"
        fits = all(isinstance(item, str) and item.strip() for item in value)
        return "" if fits else "holds something that is no text, or an empty one"


@dataclass(frozen=True)
class Word:
    """One text, not empty."""

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty where it fits."""
        return "" if isinstance(value, str) and value.strip() else "is not a text"


@dataclass(frozen=True)
class Switch:
    """True or false."""

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty where it fits."""
        return "" if isinstance(value, bool) else "is neither true nor false"


Kind = Number | Words | Word | Switch

# Ten years: what is older than IAM's own records says nothing.
MaximumDays = Annotated[int, Number("days", 1, 3650, Stricter.LOWER)]
GraceDays = Annotated[int, Number("days", 0, 3650, Stricter.LOWER)]
# Days for which something must have lain quiet: more asks for more.
QuietDays = Annotated[int, Number("days", 0, 3650, Stricter.HIGHER)]
# Days for which something must be kept.
KeptDays = Annotated[int, Number("days", 1, 3650, Stricter.HIGHER)]
# IAM's own range of MaxSessionDuration is one to twelve hours (API_UpdateRole).
SessionHours = Annotated[int, Number("hours", 1, 12, Stricter.LOWER)]
MaximumCount = Annotated[int, Number("items", 0, 100_000, Stricter.LOWER)]
# API_UpdateAccountPasswordPolicy: up to 128 characters, 24 passwords; 0 asks for nothing.
PasswordLength = Annotated[int, Number("characters", 0, 128, Stricter.HIGHER)]
PasswordHistory = Annotated[int, Number("passwords", 0, 24, Stricter.HIGHER)]
Texts = Annotated[list[str], Words()]
Text = Annotated[str, Word()]
YesNo = Annotated[bool, Switch()]


@cache
def declared(check: Callable[..., Any]) -> Mapping[str, Kind]:
    """The parameters of a check by name. Raises TypeError for one without a declared kind."""
    hints = get_type_hints(check, include_extras=True)
    found: dict[str, Kind] = {}
    for name, parameter in inspect.signature(check).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name in _GIVEN:
            continue
        kinds = [k for k in getattr(hints.get(name), "__metadata__", ()) if isinstance(k, Kind)]
        if not kinds:
            raise TypeError(f"{check.__name__}: {name} has no declared kind")
        found[name] = kinds[0]
    return found


def described(check: Callable[..., Any]) -> dict[str, dict[str, Any]]:
    """What each parameter of a check takes: ``type``, ``said``, and of numbers unit and range."""
    return {name: _described(kind) for name, kind in declared(check).items()}


_TYPES = {Words: "list of texts", Word: "text", Switch: "true or false"}


def _described(kind: Kind) -> dict[str, Any]:
    if not isinstance(kind, Number):
        return {"type": _TYPES[type(kind)], "said": _TYPES[type(kind)]}
    return {
        "type": "whole number",
        "unit": kind.unit,
        "minimum": kind.minimum,
        "maximum": kind.maximum,
        "stricter": kind.stricter.value,
        "said": f"{kind.unit}, from {kind.minimum:,} to {kind.maximum:,}; "
        f"{kind.stricter.value} is stricter",
    }
