"""A threshold under which a control is judged, and who asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asking:
    """A requirement that sets a threshold: the framework's id and short name, and its own id."""

    framework: str
    short: str
    requirement: str

    def __str__(self) -> str:
        return f"{self.short} {self.requirement}"


@dataclass(frozen=True)
class Threshold:
    """One of several thresholds of a control.

    ``parameters`` are all that the control is judged with, ``numbers`` those that ask for
    something, with their units in ``said`` ("45 days"). ``own`` is the one of the catalogue, or of
    the organisation where it changed it.
    """

    control_id: str
    title: str
    parameters: Mapping[str, Any]
    numbers: Mapping[str, int]
    said: str
    own: bool
    asked_by: tuple[Asking, ...]


@dataclass(frozen=True)
class Thresholds:
    """The crosswalk, and what an organisation loosened.

    ``crosswalk`` has controls with more than one threshold, strictest first. ``loosened`` says by
    framework, requirement and control how the own number is looser ("180 days against 90").
    """

    crosswalk: tuple[Threshold, ...] = ()
    loosened: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
