"""Asking for several things by name, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reportgen.sources.source import Aws, ReadError


def ask_of_each(
    aws: Aws, ask: Callable[[Aws, str], Mapping[str, Any]], names: Sequence[str], key: str
) -> list[dict[str, Any]]:
    """Ask for each thing by name (its ``key`` in what comes back); one refusal spoils no other.

    A thing that was refused has an Error in place of its answer, and is named in the parameters of
    the evidence (Refused). Raises ReadError where all were.
    """
    outcomes = aws.each(ask, names, workers=4)
    errors = [outcome for outcome in outcomes if isinstance(outcome, ReadError)]
    if errors and len(errors) == len(names):
        raise errors[0]
    if errors:
        aws.reading.detail = f"{len(errors)} of {len(names)} could not be read: {errors[0]}"
        refused = [n for n, o in zip(names, outcomes, strict=True) if isinstance(o, ReadError)]
        aws.reading.parameters["Refused"] = refused
    return [
        {key: name, "Error": outcome.code}
        if isinstance(outcome, ReadError)
        else {**outcome, key: name}
        for name, outcome in zip(names, outcomes, strict=True)
    ]
